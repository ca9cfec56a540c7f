import type { Environment } from "../../modules/dify-gke/environment";
import type { Stack } from "./stacks";

/** One finished Terraform command. */
export interface StepRecord {
  /** Name of the stack. */
  readonly stack: string;
  /** `apply`, `plan again`, … */
  readonly title: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** What it did: `80 added`, `empty`. */
  readonly result: string;
  /** What Terraform printed, without values. */
  readonly log: string;
  /** Seconds for each resource that Terraform created, changed or destroyed, by address. */
  readonly resources: ReadonlyMap<string, number>;
}

/** What a run has seen, for checks and report. */
export interface Evidence {
  readonly environment: Environment;
  readonly stacks: readonly Stack[];
  readonly steps: readonly StepRecord[];
}

/** @returns the steps with a title, of the named stacks or of all */
export function stepsOf({ steps }: Evidence, title: string, stack?: string): StepRecord[] {
  return steps.filter((step) => step.title === title && (stack === undefined || step.stack === stack));
}
