import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Console } from "../terminal/console";
import { Progress } from "./events";
import type { StepRecord } from "./evidence";
import { summarizePlan } from "./plan-summary";
import { existing, type Stack } from "./stacks";
import type { Terraform } from "./terraform";

/** A step failed; the reason has been printed. */
export class StepFailure extends Error {}

/** The run was interrupted. */
export class Interrupted extends Error {}

const TAIL_LINES = 30;

/** Terraform's commands as steps, with a line and a log file each. */
export class Steps {
  /** Finished steps, in order. */
  readonly records: StepRecord[] = [];
  private count = 0;

  constructor(
    private readonly terraform: Terraform,
    private readonly console: Console,
    private readonly logs: string,
    private readonly signal: AbortSignal,
  ) {}

  async init(stack: Stack): Promise<void> {
    // The run's state never moves, so what an earlier init remembers of it does not matter.
    await this.step(stack, "init", ["init", "-input=false", "-no-color", "-reconfigure"]);
  }

  /** @param change what is different from the variable file. @default - nothing */
  async apply(stack: Stack, change?: string): Promise<void> {
    await this.step(stack, titled("apply", change), ["apply", "-json", "-input=false", "-auto-approve"]);
  }

  /** Applies only to what exists: deletion protection is an argument like any other. */
  async unprotect(stack: Stack): Promise<void> {
    const targets = (await existing(stack.state)).map((address) => `-target=${address}`);
    if (targets.length === 0) return;
    await this.step(stack, "lift protection", ["apply", "-json", "-input=false", "-auto-approve", ...targets]);
  }

  async destroy(stack: Stack): Promise<void> {
    await this.step(stack, "destroy", ["destroy", "-json", "-input=false", "-auto-approve"]);
  }

  /**
   * @param change what is different from the variable file. @default - nothing
   * @returns whether a plan has nothing to do; what it would do is printed.
   */
  async planIsEmpty(stack: Stack, change?: string): Promise<boolean> {
    const plan = join(this.logs, `${stack.name}.tfplan`);
    try {
      const args = ["plan", "-json", "-input=false", "-detailed-exitcode", `-out=${plan}`];
      const code = await this.step(stack, titled("plan again", change), args, {
        accept: [0, 2],
        describe: (c) => (c === 0 ? "empty" : "not empty"),
      });
      if (code === 0) return true;
      const summary = summarizePlan(await this.capture(stack, ["show", "-json", plan]));
      this.console.line(`  Right after the apply ${stack.name} would change again:`);
      for (const line of summary) this.console.line(`    ${line}`);
      return false;
    } finally {
      await rm(plan, { force: true });
    }
  }

  /** @returns the addresses in a stack's state. */
  async left(stack: Stack): Promise<string[]> {
    this.stopWhenInterrupted();
    // `state list` fails if there has never been a state.
    if (!existsSync(stack.state)) return [];
    const list = await this.capture(stack, ["state", "list"]);
    return list.split("\n").filter(Boolean);
  }

  private async capture(stack: Stack, args: readonly string[]): Promise<string> {
    try {
      return await this.terraform.capture(args, stack.directory);
    } catch (error) {
      this.console.line(`  ${error instanceof Error ? error.message : String(error)}`);
      throw new StepFailure(`${stack.name}: terraform ${args.slice(0, 2).join(" ")}`);
    }
  }

  private async step(
    stack: Stack,
    title: string,
    args: readonly string[],
    options: { readonly accept: readonly number[]; readonly describe?: (code: number) => string } = { accept: [0] },
  ): Promise<number> {
    this.stopWhenInterrupted();
    await mkdir(this.logs, { recursive: true });
    this.count += 1;
    const file = `${String(this.count).padStart(2, "0")}-${stack.name}-${title.replaceAll(/[^a-z]+/g, "-")}.log`;
    const log = join(this.logs, file);
    const heading = `${stack.name}: ${title}`;
    const progress = new Progress();
    const end = this.console.start(heading, () => (this.signal.aborted ? "terraform is stopping" : progress.status));
    const began = Date.now();
    const code = await this.terraform.run(args, { cwd: stack.directory, log, read: (line) => progress.read(line) });
    const time = end();
    const accepted = options.accept.includes(code);
    const good = code === 0;
    const mark = good ? this.console.paint("green", "✓") : this.console.paint("red", "✗");
    const result = options.describe && accepted ? options.describe(code) : progress.result;
    this.console.line([`${mark} ${heading}`, time, result].filter(Boolean).join("  "));
    this.records.push({
      stack: stack.name,
      title,
      passed: good,
      seconds: (Date.now() - began) / 1000,
      result,
      log: await readFile(log, "utf8"),
      resources: progress.resources,
    });
    if (accepted) return code;
    if (this.signal.aborted) throw new Interrupted();
    await this.showTail(log);
    throw new StepFailure(heading);
  }

  private async showTail(log: string): Promise<void> {
    const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
    this.console.line(`  The last lines of ${log}:`);
    for (const line of lines.slice(-TAIL_LINES)) this.console.line(`  | ${line}`);
  }

  private stopWhenInterrupted(): void {
    if (this.signal.aborted) throw new Interrupted();
  }
}

function titled(title: string, change?: string): string {
  return change === undefined ? title : `${title}, ${change}`;
}
