import { apiOf, isDisabled, statusOf } from "../google-apis/answers";

/** What a check has to say, in the order in which a message says it. */
export interface Finding {
  /**
   * `problem`: the apply will fail, or do harm. `warning`: it may. `unseen`: these credentials may not look, or there is nothing to
   * look at yet, which is no failure. `good`: all is well.
   */
  readonly level: "good" | "unseen" | "warning" | "problem";
  /** The fact, with the value. */
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

/**
 * @param what was looked for: `the region's quotas`
 * @returns the finding that it could not be seen; `undefined` where the error is another one
 */
export function unseen(error: unknown, what: string): Finding | undefined {
  const status = statusOf(error);
  const { message } = error as Error;
  const api = apiOf(error);
  if (isDisabled(error)) {
    return {
      level: "unseen",
      fact: `${what} cannot be checked yet: the API ${api ? `${api} ` : ""}is not enabled in the project.`,
      remedy: "To check it now, enable the API. The apply enables the APIs that it needs itself.",
      ...(api ? { help: `gcloud services enable ${api}` } : {}),
    };
  }
  if (status === 403 || status === 401) {
    return {
      level: "unseen",
      fact: `${what} cannot be checked: ${message.split("\n")[0] ?? "Google refused"}`,
      remedy: "This is not an error. Ask somebody who has the permission, or continue.",
    };
  }
  return undefined;
}
