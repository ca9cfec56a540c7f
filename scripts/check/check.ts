import { parseArgs } from "node:util";
import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { silencedSum } from "../../modules/dify-gke/silences";
import { readEnvironments, type ReadResult } from "../../modules/dify-gke/variable-files";
import { askedFor } from "./asked";
import { explanationOf, listOfRules } from "./explain";
import { countOf, reportOf } from "./report";
import { variablesDirectory, wrongUsage } from "../terminal/usage";

const HELP = `Checks variable files like a synth, but writes nothing.

  npm run check                        every file in variables/
  npm run check -- <environment>…      these: dev prod
  npm run check -- variables/*.tfvars  the same by their files, or a whole directory: other/variables/
  npm run check -- <environment>… --strict
                                       warnings fail the check as well
  npm run check -- --json              one JSON object, for pipelines (npm --silent run check prints nothing else)
  npm run check -- --explain <id>      explains a rule, by the id in its message
  npm run check -- --rules             the ids of all rules
  npm run check -- --help              this text

Environment:
  DIFY_VARIABLES     directory of the variable files (default variables)
  DIFY_ENVIRONMENTS  what to check if none is named, separated by commas
  NO_COLOR           turns colors off

To silence a warning that you have decided about, name the id of its rule in the file, with a reason:

  silenced_warnings = { cors-restricted = "The API is called from our intranet only." }

Exit codes: 0 no errors, 1 errors (with --strict, or warnings), 2 nothing could be checked.
The format of the JSON is in docs/operations.md.`;

export const EXIT = { sound: 0, broken: 1, failed: 2 } as const;

/** Where the output goes. */
export interface Output {
  readonly color: boolean;
  /** Writes whole lines of the result. */
  readonly print: (text: string) => void;
  /** Writes why there is no result. */
  readonly complain: (text: string) => void;
}

/** The whole command. @returns the exit code */
export async function check(args: readonly string[], env: NodeJS.ProcessEnv, output: Output): Promise<number> {
  let parsed;
  try {
    parsed = parse(args);
  } catch (error) {
    output.complain(printable(`${wrongUsage(error)} See npm run check -- --help.`));
    return EXIT.failed;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    output.print(HELP);
    return EXIT.sound;
  }
  if (values.rules) {
    output.print(listOfRules());
    return EXIT.sound;
  }
  if (values.explain !== undefined) {
    const found = explanationOf(values.explain);
    if ("text" in found) output.print(found.text);
    else output.complain(printable(`${found.unknown} See npm run check -- --rules.`));
    return "text" in found ? EXIT.sound : EXIT.failed;
  }
  const named = positionals.length > 0 ? positionals : (env.DIFY_ENVIRONMENTS ?? "").split(",");
  const asked = askedFor(named.map((name) => name.trim()).filter(Boolean), variablesDirectory(env));
  if (typeof asked === "string") {
    output.complain(printable(`${asked} See npm run check -- --help.`));
    return EXIT.failed;
  }
  const result = await readEnvironments({ ...asked, exported: env });
  // In JSON too, characters that a terminal would interpret are written by number.
  if (values.json) output.print(printable(JSON.stringify(reportOf(result), null, 2)));
  else for (const text of texts(result, output.color)) output.print(text);
  const broken = hasErrors(result.problems) || (values.strict === true && result.problems.length > 0);
  return broken ? EXIT.broken : EXIT.sound;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      strict: { type: "boolean" },
      json: { type: "boolean" },
      explain: { type: "string" },
      rules: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

function texts({ problems, silenced, notes, read }: ReadResult, color: boolean): string[] {
  const count = (severity: "error" | "warning") => countOf(problems, severity);
  const sums = [plural(count("error"), "error"), plural(count("warning"), "warning"), ...silencedSum(silenced)];
  const names = read.map(({ name }) => name);
  return [
    ...notes.map(printable),
    ...(problems.length > 0 ? [`${formatProblems(problems, { color })}\n`] : []),
    printable(`${names.length > 0 ? `${names.join(", ")}: ` : ""}${sums.join(", ")}`),
  ];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
