import { hcl } from "../misuse/templates";
import type { Given } from "../terraform/synth";

/** A directory of variable files, as somebody might have written them. */
export interface Input {
  /** Contents by name: `dev.tfvars`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** In a line, what was done to a good file. */
  readonly what: string;
}

/** How a file is written. */
export type Form = "tfvars" | "json";

/** @returns the text of a variable file */
export function written(values: Readonly<Record<string, unknown>>, form: Form): string {
  if (form === "json") return JSON.stringify(values, undefined, 1);
  return Object.entries(values)
    .map(([name, value]) => `${/^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name)} = ${hcl(value)}\n`)
    .join("");
}

/** @returns one environment, `dev` */
export function inputOf(values: Given, what: string, form: Form = "tfvars"): Input {
  const name = form === "json" ? "dev.tfvars.json" : "dev.tfvars";
  return { files: { [name]: Buffer.from(written(values, form)) }, what };
}
