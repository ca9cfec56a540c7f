import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App } from "cdktf";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import type { Environment } from "../../modules/dify-gke/environment";
import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { checkRules } from "../../modules/dify-gke/rules";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { Refusal } from "../acceptance/options";
import { Terraform } from "../acceptance/terraform";
import { planWith } from "../adopt/planned";
import { EXIT } from "../adopt/options";
import { addressesIn, readState, type State } from "../adopt/state";
import { endOf, Impossible, ownStates, resourcesIn, stacksIn, step, synthesize } from "../adopt/steps";
import { judge } from "../adopt/verdict";
import { withValues } from "../discover/edit";
import { readFileText, replaceText } from "../discover/write";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { ADDRESSES, type Options, type Service } from "./options";

/** The command. @returns the exit code */
export async function handover(options: Options, context: Context): Promise<number> {
  const { terminal, complain } = context;
  const { directory, environment: name } = options;
  const { environments, problems } = await readEnvironments({ directory, only: [name] });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.impossible;
  const scratch = await mkdtemp(join(tmpdir(), "dify-handover-"));
  try {
    return await examine(environment, options, context, scratch);
  } catch (error) {
    return endOf(error, context, "Interrupted. Nothing was written.");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function examine(
  environment: Environment,
  options: Options,
  { env, signal, terminal, complain }: Context,
  scratch: string,
): Promise<number> {
  const output = new Console(terminal);
  const { name } = environment;
  const services = [...new Set([...environment.variables.handed_over_services, ...options.services])];
  const proposed = { ...environment, variables: { ...environment.variables, handed_over_services: services } };
  const broken = checkRules(proposed);
  if (hasErrors(broken)) {
    complain(`${formatProblems(broken, { color: terminal.color })}\n`);
    return EXIT.impossible;
  }
  ownStates(env);
  const terraform = await Terraform.find(env, signal);
  const outdir = resolve(env.CDKTF_OUTDIR || "cdktf.out");
  await step(output, "synthesize", () => synthesize(name, options.directory, env));
  const stacks = await stacksIn(outdir, [`dify-${name}-foundation`, `dify-${name}`]);
  const then = synthesizeTo(join(scratch, "cdktf.out"), proposed);
  for (const stack of stacks) {
    const directory = join(outdir, "stacks", stack);
    await step(output, `${stack}: terraform init`, () => terraform.capture(["init", "-input=false"], directory));
    const state = readState(
      await step(output, `${stack}: terraform state pull`, () => terraform.capture(["state", "pull"], directory)),
    );
    if (stack.endsWith("-foundation")) requireAll(stack, state, options.services);
    if (!state) continue;
    const json = JSON.parse(await readFile(join(then, stack, "cdk.tf.json"), "utf8")) as Record<string, unknown>;
    const resources = new Map(resourcesIn(json).map((one) => [one.address, one]));
    const { plan } = await step(output, `${stack}: terraform plan`, () =>
      planWith([], {
        ...{ terraform, stackDirectory: directory, scratch: join(scratch, stack), json, resources, state },
        progress: () => undefined,
      }),
    );
    const { lost, made, changed, forgotten } = judge(plan);
    if (lost.length > 0) {
      throw new Impossible(
        `The plan of ${stack} would destroy or replace:\n${lost.map((address) => `  ${address}\n`).join("")}` +
          `Apply what the variable file says now, then run this again.`,
      );
    }
    const say = (title: string, addresses: readonly string[]): void => {
      if (addresses.length > 0)
        output.line(`  ${title}:\n${addresses.map((one) => `    ${printable(one)}`).join("\n")}`);
    };
    say("no longer managed, and not destroyed", forgotten);
    say("made", made);
    say(
      "changed in place",
      changed.map(({ address, arguments: names }) => `${address}: ${names.join(", ")}`),
    );
    if (forgotten.length + made.length + changed.length === 0) output.line("  No changes.");
  }
  await record(environment.file, services, options.yes, { output, signal });
  output.line("\nNext, before anybody destroys anything:");
  output.line("  npm run synth");
  for (const stack of stacks) output.line(`  terraform -chdir=${join(outdir, "stacks", stack)} apply`);
  return EXIT.done;
}

/** Writes the services into the variable file, if that is confirmed; otherwise it says what to write. */
async function record(
  file: string,
  services: readonly Service[],
  yes: boolean,
  { output, signal }: { readonly output: Console; readonly signal: AbortSignal },
): Promise<void> {
  const before = readFileText(file);
  const after = withValues(file, before.text, { handed_over_services: services });
  output.line(`\nNothing is destroyed. In ${file}, handed_over_services has to be ${JSON.stringify(services)}.`);
  if (!yes && !(output.interactive && (await output.confirm("Write that now?", signal)))) return;
  if (!replaceText(file, before, after)) throw new Refusal(`Somebody has changed ${file} meanwhile. Run this again.`);
  output.line(`${output.paint("green", "✓")} ${file}`);
}

/** @throws Refusal if the foundation's state does not have one of the services */
function requireAll(stack: string, state: State | undefined, services: readonly Service[]): void {
  const known = addressesIn(state);
  const missing = services.filter((service) => !known.has(ADDRESSES[service]));
  if (missing.length === 0) return;
  throw new Refusal(
    `The state of ${stack} has no ${missing.map((service) => ADDRESSES[service]).join(", ")}, so there is nothing to hand ` +
      `over: it was made elsewhere, or handed over before. If the state was lost, run npm run adopt first.`,
  );
}

/** @returns the directory of the stacks */
function synthesizeTo(outdir: string, { name, variables, siblings }: Environment): string {
  // It would take precedence over the app's own directory.
  delete process.env.CDKTF_OUTDIR;
  const app = new App({ outdir, skipValidation: true });
  new DifyGke(app, { environment: name, variables, siblings });
  app.synth();
  return join(outdir, "stacks");
}
