import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examine, type Finding } from "../../__tests__/fuzz/examine";
import { kinds } from "../../__tests__/fuzz/kinds";
import type { StackJson } from "../../__tests__/terraform/synth";
import { type Diagnostic, fetchProviders, type Providers, validate } from "../../__tests__/terraform/terraform";
import type { Console } from "../terminal/console";
import type { Options } from "./options";
import type { Case, Tally } from "./tally";

/** Most of the time goes into loading the providers' schemas, once per run, however many stacks there are. */
const AT_ONCE = 40;

/** Validates stacks of accepted inputs with Terraform, if it is installed with its providers. */
export async function validateStacks(tally: Tally, options: Options, work: string, terminal: Console): Promise<void> {
  const step = Math.max(1, tally.accepted.length / options.validate);
  const chosen = tally.accepted.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  if (options.validate === 0 || chosen.length === 0) return;
  let done = 0;
  const stop = terminal.start("terraform validate", () => `${done} of ${chosen.length}`);
  let providers: Providers | undefined;
  let missing = "";
  for (let from = 0; from < chosen.length && missing === ""; from += AT_ONCE) {
    const modules: Module[] = [];
    for (const one of chosen.slice(from, from + AT_ONCE)) modules.push(...(await modulesOf(one, options.seed, work)));
    const application = modules.at(-1)?.json.terraform;
    if (providers === undefined) {
      const found = fetchProviders({ required_providers: application?.required_providers });
      if ("missing" in found) missing = found.missing;
      else providers = found;
    }
    if (providers === undefined) break;
    for (const { of, finding } of await together(modules, providers, join(work, "validate")))
      tally.found(of, [finding]);
    done = Math.min(chosen.length, from + AT_ONCE);
  }
  if (providers) rmSync(providers.directory, { recursive: true, force: true });
  const took = stop();
  terminal.line(
    missing === "" ? `terraform validate: ${done} inputs  ${took}` : `NOT validated with Terraform: ${missing}`,
  );
}

/** A stack as one of many modules of a configuration. */
interface Module {
  readonly name: string;
  readonly of: Case;
  readonly json: StackJson;
}

async function modulesOf(one: Case, seed: number, work: string): Promise<readonly Module[]> {
  const { stacks } = await examine(kinds[one.kind](seed).at(one.index), join(work, "case"));
  return stacks.map(({ id, json }) => ({ name: `${one.kind}_${one.index}_${id}`, of: one, json }));
}

/** @returns what Terraform says about each */
async function together(
  modules: readonly Module[],
  { directory }: Providers,
  work: string,
): Promise<readonly { readonly of: Case; readonly finding: Finding }[]> {
  rmSync(work, { recursive: true, force: true });
  // As `terraform init` notes where the modules are.
  const notes = [
    { Key: "", Source: "", Dir: "." },
    ...modules.map(({ name }) => ({ Key: name, Source: `./${name}`, Dir: name })),
  ];
  mkdirSync(join(work, ".terraform", "modules"), { recursive: true });
  symlinkSync(join(directory, ".terraform", "providers"), join(work, ".terraform", "providers"));
  copyFileSync(join(directory, ".terraform.lock.hcl"), join(work, ".terraform.lock.hcl"));
  writeFileSync(join(work, ".terraform", "modules", "modules.json"), JSON.stringify({ Modules: notes }));
  const calls = modules.map(({ name, json }) => [name, { source: `./${name}`, ...argumentsOf(json) }] as const);
  writeFileSync(join(work, "main.tf.json"), JSON.stringify({ module: Object.fromEntries(calls) }));
  for (const { name, json } of modules) {
    mkdirSync(join(work, name));
    // A module has no state of its own.
    const terraform = { ...json.terraform, backend: undefined };
    writeFileSync(join(work, name, "cdk.tf.json"), JSON.stringify({ ...json, terraform }));
  }
  const diagnostics = (await validate(work)).filter(({ severity }) => severity === "error");
  return diagnostics.flatMap((diagnostic) => {
    const of = modules.find(({ name }) => diagnostic.range?.filename.startsWith(`${name}/`));
    return [{ of: of?.of ?? (modules[0] as Module).of, finding: { kind: "terraform", text: textOf(diagnostic) } }];
  });
}

function textOf({ summary, detail }: Diagnostic): string {
  return `${summary}: ${detail ?? ""}`;
}

/** What is passed at apply has no default. */
function argumentsOf({ variable = {} }: StackJson): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(variable)
      .filter(([, block]) => !("default" in block))
      .map(([name, { type }]) => [name, type === "string" ? "x" : {}]),
  );
}
