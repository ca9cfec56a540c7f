import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../../modules/dify-gke/printable";
import { Refusal } from "../acceptance/options";
import type { Context } from "../terminal/command";
import type { Console } from "../terminal/console";
import { type Adoptable, adoptables } from "./imports";

/** It cannot be done, and the message says why. Exit code 1. */
export class Impossible extends Error {}

/**
 * Says why a run has ended before its end.
 * @param interrupted what is said where somebody has stopped it
 * @param after a line after any other reason
 * @returns the exit code: 130, 1 where it cannot be done, 2 where nothing was done @throws any other error
 */
export function endOf(
  error: unknown,
  { complain, signal }: Pick<Context, "complain" | "signal">,
  interrupted: string,
  after?: string,
): number {
  if (signal.aborted) {
    complain(`${interrupted}\n`);
    return 130;
  }
  if (!(error instanceof Refusal || error instanceof Impossible)) throw error;
  complain(`${printable(error.message)}\n${after === undefined ? "" : `${after}\n`}`);
  return error instanceof Impossible ? 1 : 2;
}

/** @throws Refusal if Terraform would be led to another state than that of the stack's directory */
export function ownStates(env: NodeJS.ProcessEnv): void {
  for (const variable of ["TF_WORKSPACE", "TF_DATA_DIR"]) {
    if (env[variable]) {
      throw new Refusal(
        `${variable} is set, and this command does not follow it: it would look into another state than your next ` +
          `apply. Unset it.`,
      );
    }
  }
}

/** Does one thing, with a line that says how long it took. @param status its progress, asked for now and then */
export async function step<T>(output: Console, title: string, work: () => Promise<T>, status = () => ""): Promise<T> {
  const end = output.start(title, status);
  try {
    const result = await work();
    output.line(`${output.paint("green", "✓")} ${title}  ${end()}`);
    return result;
  } catch (error) {
    end();
    throw fromOutside(title, error);
  }
}

/** @returns the words of Terraform or Google as a refusal; a mistake of this program as it is */
function fromOutside(title: string, error: unknown): unknown {
  const own = error instanceof Refusal || error instanceof Impossible || error instanceof TypeError;
  return own || !(error instanceof Error) ? error : new Refusal(`${title}: ${error.message}`);
}

/** @returns those stacks that the environment has, by the list that a synth writes */
export async function stacksIn(outdir: string, names: readonly string[]): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(outdir, "manifest.json"), "utf8")) as { stacks: object };
  return names.filter((name) => name in manifest.stacks);
}

/** @returns the resources of a stack */
export function resourcesIn(json: Readonly<Record<string, unknown>>): Adoptable[] {
  const types = (json.resource ?? {}) as Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  const own = new Set(((json.import ?? []) as readonly { readonly to: string }[]).map(({ to }) => to));
  return adoptables(
    Object.entries(types).flatMap(([type, named]) =>
      Object.entries(named).map(([name, block]) => ({ type, name, block })),
    ),
    new Set(),
  ).map((resource) => {
    const again = own.has(resource.address) ? BY_ITSELF : LATE_MEMBER.test(String(resource.block.member)) ? LATE : "";
    return again === "" ? resource : { ...resource, way: { again } };
  });
}

/** Terraform refuses a second `import` block for one resource. */
const BY_ITSELF = "The stack has an import block of its own for it, which finds it by its name.";
/** Accounts of Google's that are known only once an apply has asked for them. */
const LATE_MEMBER = /terraform_data[.]|google_storage_project_service_account/;
const LATE = "The role is granted once more: its member is Google's own account, which an apply first asks for.";

/** Runs the synth of one environment, with its messages. @throws Impossible if it fails */
export function synthesize(name: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [join(__dirname, "..", "synth.mjs")], {
      env: { ...env, DIFY_ENVIRONMENTS: name, DIFY_VARIABLES: directory },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) done();
      else reject(new Impossible(errors.trim() || `The synth ended with ${code ?? "a signal"}.`));
    });
  });
}
