import type { Postcondition } from "cdktf";

/** What is said of a service that does not meet a requirement. */
export interface RequirementMessage {
  /** What is so, without a full stop. */
  readonly fact: string;
  /** What follows from it: the rest of a sentence. */
  readonly consequence: string;
  /** What to do about it: sentences, the last with a colon if a command follows. */
  readonly remedy: string;
  /** A command that does it. @default - none */
  readonly help?: string;
}

/**
 * What an existing service has to have to be used by its name. It is checked by every plan, in Terraform's language, and
 * by the commands that ask Google themselves: both have it, and what they say, from here.
 */
export interface Requirement<Found> {
  /** `network-policies` */
  readonly id: string;
  /** Of a data source, as `self`. @default - the data source does not tell: only commands check it */
  readonly condition?: string;
  /** The same of what Google's API answered. */
  readonly met: (found: Found) => boolean;
  /** What is missing, in a few words: `no private address`. */
  readonly lack: (found: Found) => string;
  /** The value that the message shows. @default - it shows none */
  readonly shown?: { readonly expression: string; readonly of: (found: Found) => string };
  /** @param shown the value, or the expression for it in Terraform's language */
  readonly message: (shown: string) => RequirementMessage;
}

/** @returns the checks of a data source */
export function postconditions<Found>(requirements: readonly Requirement<Found>[]): Postcondition[] {
  return requirements.flatMap(({ condition, shown, message }) => {
    if (condition === undefined) return [];
    const { fact, consequence, remedy, help } = message(shown?.expression ?? "");
    return [
      {
        condition: `\${${condition}}`,
        errorMessage: [`${fact}: ${consequence}.`, remedy, ...(help ? [help] : [])].join(" "),
      },
    ];
  });
}
