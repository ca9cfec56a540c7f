import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import type { Environment } from "../../modules/dify-gke/environment";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import type { Context } from "../terminal/command";
import { Console, duration } from "../terminal/console";
import { Checks } from "./checks";
import { command, EXIT, type Options, Refusal, refused } from "./options";
import { Life } from "./life";
import { claim, type Record, readRecord } from "./record";
import { type Judged, writeReport } from "./report";
import { costly, existing, inventory, keptByGoogle, type Stack, type SynthesisOptions, synthesize } from "./stacks";
import { Interrupted, StepFailure, Steps } from "./steps";
import { Terraform } from "./terraform";

/** The acceptance run. @returns the exit code */
export async function acceptance(options: Options, context: Omit<Context, "complain">): Promise<number> {
  const output = new Console(context.terminal);
  try {
    return await new Run(options, context, output).run();
  } catch (error) {
    if (!(error instanceof Interrupted)) return refused(output, error);
    output.line("Interrupted before anything was done.");
    return EXIT.interrupted;
  }
}

class Run {
  constructor(
    private readonly options: Options,
    private readonly context: Omit<Context, "complain">,
    private readonly output: Console,
  ) {}

  async run(): Promise<number> {
    const terraform = await Terraform.find(this.context.env, this.context.signal);
    const environment = await this.readEnvironment();
    if (!environment) return EXIT.failed;
    const release = await claim(this.options.runDirectory);
    try {
      return await this.runClaimed(terraform, environment);
    } finally {
      await release();
    }
  }

  private async runClaimed(terraform: Terraform, environment: Environment): Promise<number> {
    const { options, context, output } = this;
    const began = Date.now();
    const earlier = await this.earlierRun(environment);
    // What was being destroyed is not created again only to be destroyed.
    const destroying = options.destroyOnly || earlier?.phase === "destroy";
    if (destroying && options.keep)
      throw new Refusal("An earlier run has begun to destroy: --keep is not possible any more.");
    const liftProtection = await this.decideProtection(environment, earlier);
    const stacks = await this.synthesize(environment, liftProtection);
    await this.confirm(environment, stacks, { liftProtection, destroying });
    const attempt = new Date(began).toISOString().slice(0, 19).replaceAll(":", "-");
    const logs = resolve(options.runDirectory, "logs", attempt);
    const steps = new Steps(terraform, output, logs, context.signal);
    const checks = new Checks(output, { env: context.env, signal: context.signal });
    const life = new Life(options, output, steps, checks, (variables) =>
      synthesize(
        { ...environment, variables: { ...environment.variables, ...variables } },
        this.synthesis(environment, liftProtection),
      ),
    );
    const report = async (outcome: string): Promise<readonly Judged[]> => {
      const evidence = { environment, stacks, steps: steps.records };
      const points = checks.judge(evidence);
      const file = await writeReport(options.runDirectory, {
        evidence,
        points,
        outcome,
        began: new Date(began),
        seconds: (Date.now() - began) / 1000,
        versions: await terraform.versions(stacks.map(({ directory }) => directory)),
        left: await left(stacks),
        kept: steps.records.some(({ title }) => title === "destroy") ? keptByGoogle(stacks) : undefined,
      });
      output.line(`Report, to attach to an issue: ${file}`);
      return points;
    };
    try {
      await life.run(environment, stacks, {
        record: {
          project: environment.variables.project_id,
          phase: earlier?.phase ?? "apply",
          liftProtection,
          protected: earlier?.protected ?? false,
        },
        isProtected: environment.variables.deletion_protection && !liftProtection,
        destroying,
      });
    } catch (error) {
      if (!(error instanceof Interrupted || error instanceof StepFailure)) throw error;
      const code = await this.brokenOff(error, stacks, liftProtection);
      await report(error instanceof Interrupted ? "interrupted" : `failed: ${error.message}`);
      return code;
    }
    const wrong = checks
      .judge({ environment, stacks, steps: steps.records })
      .filter(({ result }) => result === "failed");
    output.line();
    checks.show(await report(wrong.length === 0 ? "passed" : `failed: ${wrong.map(({ what }) => what).join("; ")}`));
    const time = duration(Date.now() - began);
    output.line(
      wrong.length === 0 ? `${output.paint("green", "Passed")} in ${time}.` : output.paint("red", `Failed in ${time}.`),
    );
    if (options.keep) output.line(`Everything is still there. To clean up: ${this.cleanUp(liftProtection)}`);
    return wrong.length === 0 ? EXIT.passed : EXIT.failed;
  }

  private async readEnvironment(): Promise<Environment | undefined> {
    const { options, output } = this;
    const { environments, problems, notes } = await readEnvironments({
      directory: options.directory,
      only: [options.environment],
    });
    for (const note of notes) output.line(note);
    if (problems.length > 0) output.line(formatProblems(problems, { color: this.context.terminal.color }));
    if (!hasErrors(problems)) return environments[0];
    output.line("\nNothing was done.");
    return undefined;
  }

  /** Checks what an earlier run left: starting from scratch and continuing are different things. */
  private async earlierRun(environment: Environment): Promise<Record | undefined> {
    const { options } = this;
    const { project_id: project } = environment.variables;
    const record = await readRecord(options.runDirectory);
    const names = ["-foundation", "-operators", ""].map((end) => `dify-${environment.name}${end}`);
    const states = names.map((name) => resolve(options.runDirectory, `${name}.tfstate`));
    const left = (await Promise.all(states.map(existing))).flat();
    if (left.length > 0 && record && record.project !== project) {
      throw new Refusal(
        `An earlier run left ${left.length} resources in project ${record.project}, and the variable file is for ` +
          `${project} now: set project_id back and clean up first, or take another --run-dir.`,
      );
    }
    const goesOn = options.resume || options.destroyOnly;
    if (left.length > 0 && !goesOn) {
      throw new Refusal(
        `An earlier run left ${left.length} resources. To continue it: ${command(options, "--resume", false)}. ` +
          `To destroy what it left: ${command(options, "--destroy-only", false)}.`,
      );
    }
    if (left.length === 0 && options.destroyOnly) throw new Refusal("No run has left anything.");
    if (goesOn) return record;
    for (const name of ["cdktf.out", "logs"]) {
      await rm(resolve(options.runDirectory, name), { recursive: true, force: true });
    }
    return undefined;
  }

  /** @returns whether the run sets deletion_protection = false against the variable file. */
  private async decideProtection(environment: Environment, earlier: Record | undefined): Promise<boolean> {
    const { options, output, context } = this;
    if (!environment.variables.deletion_protection) return false;
    if (options.liftProtection || earlier?.liftProtection) return true;
    if (options.keep) return false;
    output.line(
      output.paint(
        "yellow",
        `${environment.name} is protected (deletion_protection = true) and cannot be destroyed: `,
      ) + "cluster, database instance, data disk and buckets would stay, and cost money.",
    );
    if (output.interactive && (await output.confirm("Lift the protection for this run?", context.signal))) return true;
    if (context.signal.aborted) throw new Interrupted();
    throw new Refusal(
      `Run with --lift-protection (deletion_protection = false for this run only; the variable file stays as it is)` +
        `${options.destroyOnly ? "" : ", or with --keep, which destroys nothing"}.`,
    );
  }

  private async synthesize(environment: Environment, liftProtection: boolean): Promise<readonly Stack[]> {
    const { output } = this;
    const end = output.start(`synthesize ${environment.name}`, () => "");
    const stacks = await synthesize(environment, this.synthesis(environment, liftProtection));
    output.line(`${output.paint("green", "✓")} synthesize ${stacks.map(({ name }) => name).join(", ")}  ${end()}`);
    return stacks;
  }

  private synthesis({ variables }: Environment, liftProtection: boolean): SynthesisOptions {
    return {
      runDirectory: this.options.runDirectory,
      deletionProtection: variables.deletion_protection && !liftProtection,
    };
  }

  private async confirm(
    environment: Environment,
    stacks: readonly Stack[],
    mode: { readonly liftProtection: boolean; readonly destroying: boolean },
  ): Promise<void> {
    const { liftProtection, destroying } = mode;
    const { options, output, context } = this;
    const { variables } = environment;
    output.line();
    output.line(`${output.paint("bold", "Project")}      ${variables.project_id}`);
    output.line(`${output.paint("bold", "Environment")}  ${environment.name} (${environment.file})`);
    output.line(`${output.paint("bold", "States, logs")} ${options.runDirectory}`);
    if (variables.state_bucket) {
      output.line(
        `state_bucket = ${variables.state_bucket} is left alone: the run keeps its states in that directory.`,
      );
    }
    if (liftProtection) output.line("deletion_protection = false, for this run only.");
    if (context.env.TF_LOG && !context.env.TF_LOG_PATH) {
      output.line(output.paint("yellow", "TF_LOG is set: the logs will contain what is sent, including secrets."));
    }
    for (const stack of stacks) {
      const { total, text } = inventory(stack);
      const exist = (await existing(stack.state)).length;
      const what = destroying ? `${exist} resources to destroy` : `${total} resources, ${exist} of them there`;
      output.line(`\n${output.paint("bold", stack.name)}: ${what}`);
      if (!destroying) output.line(`  ${text}`);
    }
    output.line();
    const costs = costly(stacks);
    const ending = options.keep ? "until they are destroyed" : "until the run destroys them";
    if (!destroying && costs.length > 0) {
      output.line(output.paint("yellow", `This costs money: ${costs.join(", ")} are billed by the hour, ${ending}.`));
    }
    if (options.yes) return;
    if (!output.interactive) throw new Refusal("This is not a terminal, so nobody can be asked: confirm with --yes.");
    const question = destroying ? "Destroy all of it?" : `Go ahead in project ${variables.project_id}?`;
    if (await output.confirm(question, context.signal)) return;
    if (context.signal.aborted) throw new Interrupted();
    throw new Refusal("You did not confirm.");
  }

  /** Prints how to continue. @returns the exit code */
  private async brokenOff(
    error: Interrupted | StepFailure,
    stacks: readonly Stack[],
    liftProtection: boolean,
  ): Promise<number> {
    const { options, output } = this;
    const count = (await left(stacks)).length;
    const interrupted = error instanceof Interrupted;
    output.line();
    output.line(output.paint("red", interrupted ? "Interrupted." : `Failed: ${error.message}.`));
    output.line(
      `${count === 1 ? "1 resource exists" : `${count} resources exist`}${count > 0 ? ", and cost money until destroyed" : ""}.`,
    );
    output.line(`To continue:  ${command(options, "--resume", liftProtection)}`);
    if (count > 0) output.line(`To clean up:  ${this.cleanUp(liftProtection)}`);
    return interrupted ? EXIT.interrupted : EXIT.failed;
  }

  private cleanUp(liftProtection: boolean): string {
    return command(this.options, "--destroy-only", liftProtection);
  }
}

/** @returns the addresses in the states of the stacks */
async function left(stacks: readonly Stack[]): Promise<string[]> {
  return (await Promise.all(stacks.map(({ state }) => existing(state)))).flat();
}
