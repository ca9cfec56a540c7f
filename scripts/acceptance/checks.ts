import type { Environment } from "../../modules/dify-gke/environment";
import type { Console } from "../terminal/console";
import type { Evidence } from "./evidence";
import { CHANGES, judgeChange, notTried, POINTS, type Change } from "./points";
import { carryOut, PROBES, type ProbeContext } from "./probes";
import type { Judged } from "./report";
import type { Stack } from "./stacks";
import { Interrupted, type Steps } from "./steps";

/** What the points that only a real project shows came to, as far as the run has come. */
export class Checks {
  private readonly probed = new Map<string, Judged>();

  constructor(
    private readonly console: Console,
    private readonly context: ProbeContext,
  ) {}

  /** Does to what is there what a real life would do to it. */
  async probe(stacks: readonly Stack[]): Promise<void> {
    for (const probe of PROBES) {
      const end = this.console.start(probe.title, () => "");
      try {
        const judged = { what: probe.what, ...(await carryOut(probe, stacks, this.context)) };
        this.probed.set(probe.what, judged);
      } catch (error) {
        throw this.context.signal.aborted ? new Interrupted() : error;
      } finally {
        end();
      }
    }
  }

  /**
   * Applies each change that the environment allows, alone, and plans again.
   * @param synthesize makes the stacks with other values of variables
   */
  async change(
    environment: Environment,
    steps: Steps,
    synthesize: (variables: Change["variables"]) => Promise<readonly Stack[]>,
  ): Promise<void> {
    for (const change of CHANGES.filter(({ applies }) => applies(environment.variables))) {
      const stacks = await synthesize(change.variables);
      for (const stack of stacks) await steps.apply(stack, change.title);
      for (const stack of stacks) await steps.planIsEmpty(stack, change.title);
    }
  }

  /** @returns every point of docs/acceptance.md, in its order */
  judge(evidence: Evidence): Judged[] {
    return [
      ...PROBES.map(({ what }) => this.probed.get(what) ?? { what, ...notTried("The run did not come that far.") }),
      ...POINTS.map(({ what, judge }) => ({ what, ...judge(evidence) })),
      ...CHANGES.map((change) => ({ what: change.what, ...judgeChange(evidence, change) })),
    ];
  }

  /** Says what came of them. */
  show(points: readonly Judged[]): void {
    for (const point of points) this.line(point);
  }

  private line({ what, result, why }: Judged): void {
    const marks = { passed: ["green", "✓"], failed: ["red", "✗"], "not tried": ["yellow", "–"] } as const;
    const [color, mark] = marks[result];
    this.console.line(`${this.console.paint(color, mark)} ${what}: ${result}. ${why}`);
  }
}
