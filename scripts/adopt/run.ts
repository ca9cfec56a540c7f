import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import type { Variables } from "../../modules/dify-gke/variables";
import { Refusal } from "../acceptance/options";
import { Terraform } from "../acceptance/terraform";
import { type Credentials, credentials } from "../google-apis/credentials";
import { ADOPT_FILE } from "../synth/whole";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { google, type Google } from "./google";
import { importBlocks, importFile } from "./imports";
import { lookUp } from "./lookups";
import { EXIT, type Options } from "./options";
import { planWith } from "./planned";
import { addressesIn, readState, withEntries } from "./state";
import { endOf, Impossible, ownStates, resourcesIn, stacksIn, step, synthesize } from "./steps";
import { judge, lines, type Verdict } from "./verdict";

/** What is to be written for a stack. */
interface Writing {
  readonly directory: string;
  readonly file: string;
  readonly state?: string;
}

/** The command. @returns the exit code */
export async function adopt(options: Options, context: Context): Promise<number> {
  const { terminal, complain } = context;
  const { environments, problems } = await readEnvironments({
    directory: options.directory,
    only: [options.environment],
  });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.impossible;
  const scratch = await mkdtemp(join(tmpdir(), "dify-adopt-"));
  try {
    const run = new Run(context, scratch);
    return await run.adopt(environment.name, environment.variables, options);
  } catch (error) {
    return endOf(error, context, "Interrupted. Nothing was written.", "Nothing was written.");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

class Run {
  private readonly output: Console;

  constructor(
    private readonly context: Context,
    private readonly scratch: string,
  ) {
    this.output = new Console(context.terminal);
  }

  async adopt(name: string, variables: Variables, options: Omit<Options, "environment">): Promise<number> {
    const { env, signal } = this.context;
    ownStates(env);
    const terraform = await Terraform.find(env, signal);
    const clients = google(await signedIn(env, variables), env, quotaProject(variables));
    const outdir = resolve(env.CDKTF_OUTDIR || "cdktf.out");
    await step(this.output, "synthesize", () => synthesize(name, options.directory, env));
    const stacks = ["-foundation", "-operators", ""].map((end) => `dify-${name}${end}`);
    const writings: Writing[] = [];
    for (const stack of await stacksIn(outdir, stacks)) {
      const writing = await this.examine(terraform, clients, join(outdir, "stacks", stack), { stack, ...options });
      if (writing) writings.push(writing);
    }
    if (writings.length === 0) {
      this.output.line("Nothing is to be taken over.");
      return EXIT.done;
    }
    await this.confirm(options.yes);
    for (const { directory, file, state } of writings) {
      if (state) {
        await step(this.output, "terraform state push", () => terraform.capture(["state", "push", state], directory));
      }
      await writeFile(join(directory, ADOPT_FILE), file);
      this.output.line(`${this.output.paint("green", "✓")} ${join(directory, ADOPT_FILE)}`);
    }
    this.output.line("\nNext, without a synth in between:");
    for (const { directory } of writings) this.output.line(`  terraform -chdir=${directory} apply`);
    return EXIT.done;
  }

  /** Finds out what of a stack exists. @returns what is to be written for it; `undefined` for nothing */
  private async examine(
    terraform: Terraform,
    clients: Google,
    directory: string,
    { stack, relabel }: { readonly stack: string; readonly relabel: boolean },
  ): Promise<Writing | undefined> {
    const { output } = this;
    const json = JSON.parse(await readFile(join(directory, "cdk.tf.json"), "utf8")) as Record<string, unknown>;
    await step(output, `${stack}: terraform init`, () => terraform.capture(["init", "-input=false"], directory));
    const state = readState(
      await step(output, `${stack}: terraform state pull`, () => terraform.capture(["state", "pull"], directory)),
    );
    const all = resourcesIn(json);
    const resources = new Map(all.map((one) => [one.address, one]));
    const known = addressesIn(state);
    const wanted = all.filter(({ address }) => !known.has(address));
    if (wanted.length === 0) {
      output.line(`${output.paint("green", "✓")} ${stack}: its state has all ${all.length} resources.`);
      return undefined;
    }
    const found = await step(output, `${stack}: what only Google knows`, () => lookUp(wanted, resources, clients));
    const blocks = importBlocks(wanted, found.known);
    const scratch = join(this.scratch, stack);
    const version = (await terraform.versions([directory]))[0]?.split(" ")[1] ?? "";
    const written = withEntries(state, found.entries, version);
    let count = blocks.length;
    const planned = await step(
      output,
      `${stack}: what exists`,
      () =>
        planWith(blocks, {
          ...{ terraform, stackDirectory: directory, scratch, json, resources, state: written },
          progress: (left) => (count = left),
        }),
      () => `${count} of ${wanted.length} looked for`,
    );
    const verdict = judge(planned.plan);
    const entries = found.entries.filter(([{ address }]) => !verdict.made.includes(address));
    if (verdict.imported + entries.length === 0) {
      output.line(`  Nothing exists under the names of ${stack}.`);
      return undefined;
    }
    for (const line of lines(verdict, entries.length)) output.line(`  ${line}`);
    refuse(stack, verdict, relabel);
    if (verdict.strangers.length > 0)
      output.line(`  ${verdict.strangers.length} have others' labels, and get this environment's:`);
    for (const { address, label } of verdict.strangers) output.line(`    ${address}: ${printable(label)}`);
    const path = join(scratch, "pushed.tfstate");
    await writeFile(path, JSON.stringify(withEntries(state, entries, version)), { mode: 0o600 });
    return { directory, file: importFile(planned.imports), state: entries.length > 0 ? path : undefined };
  }

  private async confirm(yes: boolean): Promise<void> {
    const { output, context } = this;
    if (yes) return;
    output.line(
      "\nIf a colleague still has a state of this environment, use theirs: with two states, each apply could undo the other's.",
    );
    if (!output.interactive) throw new Refusal("This is not a terminal, so nobody can be asked: confirm with --yes.");
    if (!(await output.confirm("Write the import blocks and the entries of the states?", context.signal))) {
      throw new Refusal("You did not confirm.");
    }
  }
}

/** @throws Impossible if the next apply would do harm */
function refuse(stack: string, { lost, strangers }: Verdict, relabel: boolean): void {
  const taken = relabel ? strangers.filter(({ ours }) => ours) : strangers;
  if (taken.length > 0) {
    throw new Impossible(
      `Resources with names of ${stack} belong to somebody else, according to their labels:\n` +
        taken.map(({ address, label }) => `  ${address}: ${label}\n`).join("") +
        `An apply would take it from them. Check project_id, tenant_id and the names in the variable file.` +
        (taken.some(({ ours }) => ours)
          ? ""
          : " If the documented Terraform modules made it, run this with --relabel."),
    );
  }
  if (lost.length === 0) return;
  throw new Impossible(
    `The next apply of ${stack} would destroy or replace:\n${lost.map((address) => `  ${address}\n`).join("")}` +
      `They differ from the variable file in something that cannot be changed in place. Change the file to match what ` +
      `exists, then run this again.`,
  );
}

async function signedIn(env: NodeJS.ProcessEnv, variables: Variables): Promise<Credentials> {
  try {
    const auth = await credentials(env, variables);
    await auth.getAccessToken();
    return auth;
  } catch (error) {
    throw new Refusal(
      `There are no credentials for Google Cloud: ${(error as Error).message.split("\n")[0]}\n` +
        "Sign in, then run it again:\n  gcloud auth application-default login",
    );
  }
}

function quotaProject({ quota_project: own, project_id: project }: Variables): string | undefined {
  return own === "none" ? undefined : own || project;
}
