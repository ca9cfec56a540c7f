import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../modules/dify-gke/environment";
import type { Console } from "../terminal/console";
import type { Checks } from "./checks";
import type { Options } from "./options";
import type { Change } from "./points";
import { type Record, writeRecord } from "./record";
import { keptByGoogle, type Stack } from "./stacks";
import { StepFailure, type Steps } from "./steps";

export interface Beginning {
  /** The record of an earlier run that this one continues, or of a new one. */
  readonly record: Record;
  /** Whether what is applied has deletion protection. */
  readonly isProtected: boolean;
  /** Nothing is applied, and what exists is destroyed. */
  readonly destroying: boolean;
}

/** The life of an environment from the first apply to the destroy. */
export class Life {
  constructor(
    private readonly options: Pick<Options, "keep" | "runDirectory">,
    private readonly output: Console,
    private readonly steps: Steps,
    private readonly checks: Checks,
    /** Creates the stacks again, with other values of variables. */
    private readonly synthesize: (variables: Change["variables"]) => Promise<readonly Stack[]>,
  ) {}

  /** @throws StepFailure, Interrupted */
  async run(environment: Environment, stacks: readonly Stack[], beginning: Beginning): Promise<void> {
    const { options, steps, checks } = this;
    const { isProtected, destroying } = beginning;
    let { record } = beginning;
    const note = async (change: Partial<Record>): Promise<void> => {
      record = { ...record, ...change };
      await writeRecord(options.runDirectory, record);
    };
    for (const stack of stacks) await steps.init(stack);
    if (!destroying) {
      await note({ phase: "apply", protected: record.protected || isProtected });
      for (const stack of stacks) await steps.apply(stack);
      await note({ phase: "check", protected: isProtected });
      let empty = true;
      for (const stack of stacks) empty = (await steps.planIsEmpty(stack)) && empty;
      if (!empty) throw new StepFailure("plan again");
      await checks.probe(stacks);
      const changed = await checks.change(environment, steps, this.synthesize);
      if (changed && options.keep) {
        for (const stack of await this.synthesize({})) await steps.apply(stack, "as the file says");
      }
    }
    if (options.keep) return;
    if (record.protected) {
      for (const stack of stacks) await steps.unprotect(stack);
    }
    await note({ phase: "destroy", protected: false });
    for (const stack of [...stacks].reverse()) await steps.destroy(stack);
    await this.reportLeft(stacks);
    await rm(join(options.runDirectory, "run.json"), { force: true });
  }

  private async reportLeft(stacks: readonly Stack[]): Promise<void> {
    const { output, steps } = this;
    let total = 0;
    for (const stack of stacks) {
      const left = await steps.left(stack);
      total += left.length;
      const mark = left.length === 0 ? output.paint("green", "✓") : output.paint("red", "✗");
      output.line(`${mark} ${stack.name}: left in the state  ${left.length === 0 ? "nothing" : left.length}`);
      for (const address of left) output.line(`    ${address}`);
    }
    if (total > 0) throw new StepFailure("left in the state");
    output.line("Google keeps by design:");
    for (const what of keptByGoogle(stacks)) output.line(`  - ${what}`);
  }
}
