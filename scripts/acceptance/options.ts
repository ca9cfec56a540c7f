import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { variablesDirectory, wrongUsage } from "../terminal/usage";

const HELP = `Applies an environment from scratch, checks that a second plan is empty, tries what only a real project shows, destroys
everything again, lists what is left and writes a report.

  npm run acceptance -- <environment> [options]

  -y, --yes               do not ask before spending money
      --lift-protection   run with deletion_protection = false, whatever the variable file says
      --keep              destroy nothing
      --resume            continue an earlier run that was interrupted or failed
      --destroy-only      destroy what an earlier run left, apply nothing
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
      --run-dir DIR       where states and logs of the run are kept (default: .acceptance/<environment>)
  -h, --help              this text

Exit codes: 0 passed, 1 failed, 2 nothing was done (wrong usage, or not confirmed), 130 interrupted.
Terraform's own environment variables pass through: credentials, proxy, CA file, custom endpoints, TF_VAR_….
TERRAFORM_BINARY_NAME names another terraform. NO_COLOR turns colours off. More in docs/acceptance.md.
`;

export interface Options {
  readonly environment: string;
  readonly directory: string;
  readonly runDirectory: string;
  readonly yes: boolean;
  readonly liftProtection: boolean;
  readonly keep: boolean;
  readonly resume: boolean;
  readonly destroyOnly: boolean;
}

/** Nothing was done, and the message says why. Exit code 2. */
export class Refusal extends Error {}

export const EXIT = { passed: 0, failed: 1, refused: 2, interrupted: 130 } as const;

/** @returns what the command line asks for, or the exit code where there is nothing to run: help, or a mistake in it */
export function commandLine(
  args: readonly string[],
  { env, terminal }: Pick<Context, "env" | "terminal">,
): Options | number {
  const output = new Console(terminal);
  try {
    const options = parseOptions(args, env);
    if (options) return options;
    output.line(HELP.trimEnd());
    return EXIT.passed;
  } catch (error) {
    return refused(output, error);
  }
}

/** Says why nothing was done. @returns the exit code @throws any other error */
export function refused(output: Console, error: unknown): number {
  if (!(error instanceof Refusal)) throw error;
  output.line(`${output.paint("red", "Nothing was done.")} ${error.message}`);
  return EXIT.refused;
}

/** @returns what the command line asks for, or `undefined` if it asks for help */
function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [environment, ...others] = positionals;
  if (environment === undefined || others.length > 0) {
    throw new Refusal("Name one environment: npm run acceptance -- dev. See --help.");
  }
  const destroyOnly = values["destroy-only"] ?? false;
  const keep = values.keep ?? false;
  if (keep && destroyOnly) throw new Refusal("--keep and --destroy-only exclude each other.");
  return {
    environment,
    directory: variablesDirectory(env, values.directory),
    runDirectory: values["run-dir"] ?? join(".acceptance", environment),
    yes: values.yes ?? false,
    liftProtection: values["lift-protection"] ?? false,
    keep,
    resume: values.resume ?? false,
    destroyOnly,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        yes: { type: "boolean", short: "y" },
        "lift-protection": { type: "boolean" },
        keep: { type: "boolean" },
        resume: { type: "boolean" },
        "destroy-only": { type: "boolean" },
        directory: { type: "string" },
        "run-dir": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Refusal(`${wrongUsage(error)} See --help.`);
  }
}

/** @returns the command that repeats a run in another mode, to be pasted into a shell. */
export function command(options: Options, mode: "--resume" | "--destroy-only", liftProtection: boolean): string {
  const words = ["npm run acceptance --", options.environment, mode];
  if (liftProtection) words.push("--lift-protection");
  if (options.keep && mode === "--resume") words.push("--keep");
  if (options.yes) words.push("--yes");
  if (options.directory !== "variables") words.push("--directory", quote(options.directory));
  if (options.runDirectory !== join(".acceptance", options.environment)) {
    words.push("--run-dir", quote(options.runDirectory));
  }
  return words.join(" ");
}

function quote(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
