import type { Environment } from "../../modules/dify-gke/environment";
import type { Console } from "../terminal/console";
import type { Evidence } from "./evidence";
import { CHANGES, judgeChange, notTried, POINTS, type Change } from "./points";
import { carryOut, PROBES, type ProbeContext } from "./probes";
import type { Judged } from "./report";
import type { Stack } from "./stacks";
import { Interrupted, type Steps } from "./steps";

/** The results of the points that only a real project shows, as far as the run has got. */
export class Checks {
  private readonly probed = new Map<string, Judged>();

  constructor(
    private readonly console: Console,
    private readonly context: ProbeContext,
  ) {}

  /** Does to the resources what happens to them in real life. */
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
   * Applies each change that the environment allows, one at a time, and plans again.
   * @param synthesize creates the stacks with other values of variables
   * @returns whether what exists no longer matches the variable file
   */
  async change(
    environment: Environment,
    steps: Steps,
    synthesize: (variables: Change["variables"]) => Promise<readonly Stack[]>,
  ): Promise<boolean> {
    const changes = CHANGES.filter(({ applies }) => applies(environment.variables));
    for (const change of changes) {
      const stacks = await synthesize(change.variables);
      for (const stack of stacks) await steps.apply(stack, change.title);
      for (const stack of stacks) await steps.planIsEmpty(stack, change.title);
    }
    return changes.length > 0;
  }

  /** @returns all points of docs/acceptance.md, in its order */
  judge(evidence: Evidence): Judged[] {
    return [
      ...PROBES.map(({ what }) => this.probed.get(what) ?? { what, ...notTried("The run did not get that far.") }),
      ...POINTS.map(({ what, judge }) => ({ what, ...judge(evidence) })),
      ...CHANGES.map((change) => ({ what: change.what, ...judgeChange(evidence, change) })),
    ];
  }

  /** Prints their results. */
  show(points: readonly Judged[]): void {
    for (const point of points) this.line(point);
  }

  private line({ what, result, why }: Judged): void {
    const marks = { passed: ["green", "✓"], failed: ["red", "✗"], "not tried": ["yellow", "–"] } as const;
    const [color, mark] = marks[result];
    this.console.line(`${this.console.paint(color, mark)} ${what}: ${result}. ${why}`);
  }
}
