import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import { askedFor, variablesDirectory, wrongUsage } from "../terminal/usage";

export const EXIT = { done: 0, impossible: 1, wrong: 2, interrupted: 130 } as const;

const HELP = `Raises the numbers that have Terraform generate new secrets, in an environment's variable file.

  npm run rotate -- <environment> <secret> [<secret> …] [options]
  npm run rotate -- <environment> --all [options]

  secret: keys, for all keys between components at once (internal_key_generation), or what secret_revisions takes: redis-password, db-password …

      --all               everything that no request notices in this environment
      --with-interruptions
                          with --all, also what refuses requests for some minutes: at a quiet time
      --after-leak        also secrets whose rotation loses something: secret-key, agent-server-key and the like
  -y, --yes               write the variable file without asking
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
  -h, --help              this text

It says what to apply next, in which order, and changes nothing else: secrets only rotate with these applies. The database's login
rotates automatically with enable_auto_password_rotation. More in docs/operations.md.

Exit codes: 0 written, or shown; 1 nothing could be written, or the variable file has mistakes; 2 wrong usage; 130 interrupted.
`;

export interface Options {
  readonly environment: string;
  readonly secrets: readonly string[];
  readonly all: boolean;
  /** With `all`, also what refuses requests for some minutes. */
  readonly interrupting: boolean;
  readonly afterLeak: boolean;
  readonly directory: string;
  readonly yes: boolean;
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
        all: { type: "boolean" },
        "with-interruptions": { type: "boolean" },
        "after-leak": { type: "boolean" },
        yes: { type: "boolean", short: "y" },
        directory: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return undefined;
    const [environment, ...secrets] = positionals;
    const all = values.all === true;
    if (environment === undefined || all === secrets.length > 0)
      return "Name an environment, and either secrets or --all: npm run rotate -- dev keys redis-password.";
    const interrupting = values["with-interruptions"] === true;
    if (interrupting && !all)
      return "--with-interruptions says what --all means: npm run rotate -- dev --all --with-interruptions.";
    return {
      environment,
      secrets: [...new Set(secrets)],
      all,
      interrupting,
      afterLeak: values["after-leak"] === true,
      directory: variablesDirectory(env, values.directory),
      yes: values.yes === true,
    };
  } catch (error) {
    return wrongUsage(error);
  }
}
