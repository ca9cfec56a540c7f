import type { Given } from "./given";

/** Values that break a rule, and values next to them that do not. */
export interface RuleCase {
  readonly id: string;
  readonly breaks: readonly Given[];
  readonly holds: readonly Given[];
  /** Problems that each of `breaks` makes. @default 1 */
  readonly count?: number;
  /** The variable that it is shown at. */
  readonly shows?: string;
}
