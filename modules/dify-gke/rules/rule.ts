import type { Risk } from "../problems";
import type { VariableName, Variables } from "../variables";

/** Where the documented rules come from. */
export const PITFALLS = "Dify GKE documentation, pitfalls table";
export const DOCUMENTATION = "Dify GKE documentation";
export const DESIGN = "this project's design";
export const KUBERNETES = "Kubernetes";
export const GOOGLE = "Google Cloud";

/** Something that must hold between variables. */
export interface Rule {
  /** Stable, in words: `redis-required`. */
  readonly id: string;
  /** What it prevents, for documents: `enable_nfs = false` without `redis_host`. */
  readonly what: string;
  /** What would happen, in a sentence. */
  readonly why: string;
  readonly risk: Risk;
  /** An error stops the environment, a warning is printed. */
  readonly severity: "error" | "warning";
  /** The variables that it checks; a problem that names none of them is shown at the first one that the file sets. */
  readonly variables: readonly [VariableName, ...VariableName[]];
  readonly source: string;
  /**
   * Whether the rule is broken; each entry of a list is one problem. An entry that is the name of a variable is shown
   * there, any other one where the file has it.
   */
  brokenBy(variables: Variables, given: ReadonlySet<string>, environment: string): boolean | readonly string[];
  /** The fact, what would follow from it, and what to do. */
  message(variables: Variables, subject: string): string;
}

/** @returns the entries that occur more than once. */
export function duplicates(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.filter((entry, index) => entries.indexOf(entry) !== index))];
}
