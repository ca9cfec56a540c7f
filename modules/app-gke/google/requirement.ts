import type { Postcondition } from "cdktf";

/** The message about a service that does not meet a requirement. */
export interface RequirementMessage {
  /** The fact, without a full stop. */
  readonly fact: string;
  /** What follows from it: the rest of a sentence. */
  readonly consequence: string;
  /** What to do about it: sentences, the last with a colon if a command follows. */
  readonly remedy: string;
  /** A command that does it. @default - none */
  readonly help?: string;
}

/**
 * What an existing service has to have to be used by its name. Every plan checks it, in Terraform's language, and so do the commands
 * that ask Google themselves: condition and message are the same for both.
 */
export interface Requirement<Found> {
  /** `network-policies` */
  readonly id: string;
  /** The condition in Terraform's language, with the data source as `self`. @default - its attributes do not show it: only commands check */
  readonly condition?: string;
  /** The same condition for what Google's API answered. */
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
