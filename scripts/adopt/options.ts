import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import { askedFor, variablesDirectory, wrongUsage } from "../terminal/usage";

export const EXIT = { done: 0, impossible: 1, nothing: 2, interrupted: 130 } as const;

const HELP = `Imports what exists under the names of an environment whose state was lost, for both of its stacks.

  npm run adopt -- <environment> [options]

  -y, --yes               do not ask before writing
      --relabel           also take over what has others' labels, unless another environment of this project made it: of what the
                          documented Terraform modules deployed. The apply gives it this environment's
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
  -h, --help              this text

Synthesizes the environment, finds out what exists and is not in its states, and shows what the next apply would do. If that
destroys or replaces nothing, it writes, once you agree:
  adopt.tf.json           next to each cdk.tf.json: an import block for everything that exists. The next synth removes it
  entries of the state    for what cannot be imported: versions of secrets, without their values, and a few more
Nothing in the project is changed. Plan and apply both stacks afterwards, the foundation first.

Exit codes: 0 written, or nothing to take over; 1 it cannot be taken over, or the variable file has mistakes; 2 nothing was
done (wrong usage, no credentials, or not confirmed); 130 interrupted.
Needs Terraform 1.11 or newer, and the environment of an apply: credentials, TF_VAR_…. More in docs/adopt.md.
`;

export interface Options {
  readonly environment: string;
  readonly directory: string;
  readonly yes: boolean;
  /** Whether what has others' labels is taken over too, unless another environment of this project made it. */
  readonly relabel: boolean;
}

/** @returns what the command line asks for, or the exit code where there is nothing to run: help, or a mistake in it */
export function commandLine(args: readonly string[], context: Omit<Context, "signal">): Options | number {
  return askedFor(parseOptions(args, context.env), HELP, context);
}

function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        yes: { type: "boolean", short: "y" },
        directory: { type: "string" },
        relabel: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return undefined;
    const [environment] = positionals;
    if (environment === undefined || positionals.length > 1) {
      return "Name one environment: npm run adopt -- dev.";
    }
    return {
      environment,
      directory: variablesDirectory(env, values.directory),
      yes: values.yes ?? false,
      relabel: values.relabel ?? false,
    };
  } catch (error) {
    return wrongUsage(error);
  }
}
