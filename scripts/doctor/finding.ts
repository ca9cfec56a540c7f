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

export function good(fact: string): Finding {
  return { level: "good", fact };
}
