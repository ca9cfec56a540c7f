/** What a check has to say, in the order in which a message says it. */
export interface Finding {
  /**
   * `problem`: the apply will fail, or do harm. `warning`: it may. `unseen`: whoever asks may not look, or there is nothing to
   * look at yet, which is no failure. `good`: all is well.
   */
  readonly level: "good" | "unseen" | "warning" | "problem";
  /** What is so, with the value. */
  readonly fact: string;
  /** What follows from it. @default - nothing */
  readonly consequence?: string;
  /** What to do about it: a sentence. @default - nothing */
  readonly remedy?: string;
  /** A command that helps, or a page. @default - none */
  readonly help?: string;
}

/** One thing that is looked at. */
export interface Check {
  /** `quotas` */
  readonly id: string;
  /** What is being looked at, while it is. */
  readonly title: string;
  readonly look: (subject: Subject) => Promise<readonly Finding[]>;
}

import type { Variables } from "../../modules/dify-gke/variables";
import type { Resource } from "../cost/usage";
import type { Google } from "./google";

/** What the checks look at. */
export interface Subject {
  readonly variables: Variables;
  /** Of all stacks. */
  readonly resources: readonly Resource[];
  readonly google: Google;
  /** @returns the addresses of a host name. Throws as `node:dns` does. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

export function good(fact: string): Finding {
  return { level: "good", fact };
}

/** @returns the resources of a type */
export function ofType({ resources }: Subject, type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}
