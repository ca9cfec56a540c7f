import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { networkProjectOf } from "../../modules/dify-gke/shared-services";
import { readValues } from "../../modules/dify-gke/variable-files";
import { quotaProjectOf, usableCredentials } from "../google-apis/credentials";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { variablesDirectory } from "../terminal/usage";
import { askFor } from "./ask";
import { type Change, changeOf, withFile, write } from "./change";
import { sources } from "./google";
import type { Picked } from "./kind";
import { KINDS } from "./kinds";
import { isBlind, look, type Seen } from "./look";
import { EXIT, type Options } from "./options";
import { choose, unambiguous } from "./pick";
import { Reader } from "./reader";
import { shelves, show } from "./report";
import { type Home, ownOf, wantedOf } from "./wanted";

/** What came of the picks. */
interface Outcome {
  /** Why nothing was written. */
  readonly complaints: readonly string[];
  readonly picked?: Picked;
  readonly change?: Change;
  readonly written: boolean;
}

const NOTHING: Outcome = { complaints: [], written: false };

/** The command. @returns the exit code */
export async function discover(options: Options, context: Context): Promise<number> {
  const { env, terminal, complain } = context;
  const directory = variablesDirectory(env, options.directory);
  const { environments, problems } = await readValues({ directory, only: [options.environment] });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [asked] = environments;
  if (hasErrors(problems) || !asked) return EXIT.refused;
  const auth = await usableCredentials(env, asked.variables);
  if (typeof auth === "string") {
    complain(auth);
    return EXIT.usage;
  }
  const all = (await readValues({ directory })).environments;
  const environment: Home = { ...asked, neighbours: all.filter(({ name }) => name !== asked.name) };
  const { project_id: project, region } = environment.variables;
  // Google answers for that project which APIs are enabled.
  const quotaProject = quotaProjectOf(environment.variables);
  const where = { project, networkProject: options.networkProject ?? networkProjectOf(environment.variables), region };
  const output = new Console(terminal);
  const end = options.json ? undefined : output.start(`looking at ${project}`, () => "");
  const seen = await look(KINDS, new Reader(sources(auth, env, quotaProject), { ...where, quotaProject }));
  end?.();
  const table = shelves(seen, environment);
  if (!options.json) {
    const networks = where.networkProject === project ? "" : `, networks of ${where.networkProject}`;
    output.line(output.paint("bold", printable(`${environment.name}: ${project}, ${region}${networks}`)));
    show(table, output);
  }
  const outcome = await pickAndWrite(seen, environment, options, context, output);
  if (options.json) {
    const result = { version: 1, environment: environment.name, file: environment.file, ...where, kinds: table };
    terminal.write(`${printable(JSON.stringify({ ...result, ...jsonOf(outcome) }, null, 2))}\n`);
  }
  const blind = seen.every(({ status }) => status === "denied" || status === "failed");
  if (blind)
    complain(`Nothing in ${printable(project)} could be read. Check that this is its id, and that you may see it.\n`);
  return outcome.complaints.length > 0 || blind ? EXIT.refused : EXIT.done;
}

async function pickAndWrite(
  seen: readonly Seen[],
  environment: Home,
  options: Options,
  { terminal, complain, signal }: Context,
  output: Console,
): Promise<Outcome> {
  const asks = terminal.interactive && !options.json && options.picks.size === 0 && !options.yes;
  const say = (text: string): void => {
    if (!options.json) output.line(printable(text));
  };
  const refused = (complaints: readonly string[], rest: Partial<Outcome> = {}): Outcome => {
    if (!options.json) for (const text of complaints) complain(`${printable(text)}\n`);
    if (!options.json) complain("Nothing was written.\n");
    return { ...NOTHING, ...rest, complaints };
  };
  const picks = asks ? await askFor(seen, environment, output, signal) : picksOf(seen, environment, options);
  if (picks === undefined) {
    say("\nNothing was written.");
    return NOTHING;
  }
  if ("complaints" in picks) return refused(picks.complaints);
  if (picks.size === 0) {
    say(`\n${nothingPicked(seen, environment, options)}`);
    return NOTHING;
  }
  const choice = choose(seen, picks, environment);
  if ("complaints" in choice) return refused(choice.complaints);
  if (Object.keys(choice.values).length === 0) {
    say(`\n${environment.file} says so already. Nothing was written.`);
    return { ...NOTHING, picked: choice };
  }
  const done = await withFile(environment, choice.file, async () => {
    const change = await changeOf(environment, choice);
    if (!options.json) {
      output.line(`\n${painted(change.diff, output)}`);
      for (const note of choice.notes) say(`- ${note}`);
      if (change.problems.length > 0) complain(`${formatProblems(change.problems, { color: terminal.color })}\n`);
    }
    if (!change.sound) {
      const file = `With this, ${environment.file} would not pass npm run check: see its errors above.`;
      return {
        ...refused([options.json ? `${file.split(":")[0] ?? ""}.` : file], { picked: choice, change }),
        keep: false,
      };
    }
    const wants = !options.dryRun && (!asks || (await output.confirm(`Write ${environment.file}?`, signal)));
    if (!wants) {
      say("Nothing was written.");
      return { ...NOTHING, picked: choice, change, keep: false };
    }
    if (!write(environment, change)) {
      const text = `${environment.file} was changed by somebody else in the meantime, and is left as it is. Run this again.`;
      return { ...refused([text], { picked: choice, change }), keep: false };
    }
    say(`Wrote ${environment.file}. Next: npm run check -- ${environment.name}, npm run doctor -- ${environment.name}`);
    return { ...NOTHING, picked: choice, change, written: true, keep: true };
  });
  const name = choice.file?.name ?? "";
  return (
    done ??
    refused([
      `${name} exists already, next to ${environment.file}, with other content. Rename it, then run this again.`,
    ])
  );
}

/** @returns picks by name, and with `--yes` what is unambiguous next to them */
function picksOf(seen: readonly Seen[], environment: Home, { picks, yes }: Options) {
  if (!yes) return picks;
  const first = choose(seen, picks, environment);
  if ("complaints" in first) return first;
  const { variables } = wantedOf(environment, first.values);
  const more = unambiguous(seen, { ...environment, variables });
  return "complaints" in more ? more : new Map([...more, ...picks]);
}

/** What can be done now, where nothing was picked. */
function nothingPicked(seen: readonly Seen[], environment: Home, { yes }: Options): string {
  const { name, variables } = environment;
  const more = unambiguous(seen, environment);
  const blind = seen.filter(({ kind }) => kind.variable !== undefined).some(isBlind);
  const rest = variables.require_services_gcp_module
    ? "require_services_gcp_module is true, so services without a name are not created. Set it to false to create them."
    : "The foundation creates services without a name.";
  if (!("complaints" in more) && more.size > 0) {
    const list = [...more].map(([variable, value]) => `--pick ${variable}=${value}`).join(" ");
    return `Nothing was written. To write what is unambiguous, use --yes, or name it:\n  npm run discover -- ${name} ${list}`;
  }
  if ("complaints" in more && !yes) {
    return `Nothing was written. Pick by name, for example: npm run discover -- ${name} --pick gke_cluster_name=NAME`;
  }
  if (seen.some((shelf) => shelf.kind.variable !== undefined && ownOf(shelf, environment) !== undefined))
    return "Nothing was written: the services that this environment's foundation has made (·) are its own, and are found without a name.";
  return `Nothing was written: ${blind ? "nothing that could be read" : "nothing that exists"} fits and has no name yet. ${rest}`;
}

function painted(diff: string, output: Console): string {
  const colors = { "+": "green", "-": "red" } as const;
  return diff
    .split("\n")
    .map((line) => {
      const color = /^(\+\+\+|---)/.test(line) ? undefined : colors[line.charAt(0) as "+" | "-"];
      return color ? output.paint(color, printable(line)) : printable(line);
    })
    .join("\n");
}

function jsonOf({ complaints, picked, change, written }: Outcome) {
  return {
    complaints,
    change:
      picked === undefined
        ? null
        : {
            values: picked.values,
            notes: picked.notes,
            diff: change?.diff ?? "",
            problems: (change?.problems ?? []).map(({ id, rule, severity, variable, message }) => ({
              id: rule?.id ?? id ?? "unknown",
              severity,
              variable: variable ?? null,
              message,
            })),
          },
    written,
  };
}
