import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import type { Subject } from "./subject";
import { askedFor, wrongUsage } from "../terminal/usage";

export const EXIT = { well: 0, problems: 1, usage: 2 } as const;

const HELP = `Looks at a project before the first plan, with application default credentials, and says what would stop an apply.
Reads only, changes nothing, and takes less than a minute.

  npm run doctor -- <environment> [options]

      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
      --json              every finding, for programs
      --strict            exit code 1 with warnings as well
  -h, --help              this text

Exit codes: 0 nothing will be refused, as far as could be seen; 1 something will, or the variable file has mistakes; 2 wrong
usage, or no credentials. What you may not look at is named, and is not a failure.
Credentials are those of Terraform's Google provider: gcloud auth application-default login, GOOGLE_CREDENTIALS,
GOOGLE_OAUTH_ACCESS_TOKEN, GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.
`;

/** What a run has from outside. */
export interface DoctorContext extends Pick<Context, "env" | "terminal" | "complain"> {
  /** @default - the system's resolver */
  readonly resolve?: Subject["resolve"];
}

export interface Options {
  readonly environment: string;
  readonly directory?: string;
  readonly json: boolean;
  readonly strict: boolean;
}

/** @returns what is asked for, or the exit code where nothing is: help, or a mistake */
export function commandLine(
  args: readonly string[],
  context: Pick<DoctorContext, "terminal" | "complain">,
): Options | number {
  return askedFor(parse(args), HELP, context);
}

/** @returns what is asked for, what is wrong with it, or `undefined` for help */
function parse(args: readonly string[]): Options | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        directory: { type: "string" },
        json: { type: "boolean" },
        strict: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    const { directory, json = false, strict = false, help } = values;
    if (help) return undefined;
    const [environment, ...others] = positionals;
    if (environment === undefined || others.length > 0) return "Name one environment: npm run doctor -- dev.";
    return { environment, directory, json, strict };
  } catch (error) {
    return wrongUsage(error);
  }
}
