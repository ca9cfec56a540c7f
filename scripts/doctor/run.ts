import { resolve4, resolve6 } from "node:dns/promises";
import { parseArgs } from "node:util";
import { formatProblems, hasErrors, printable } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { resourcesOf } from "../stacks/resources";
import { google } from "../google-apis/clients";
import { type Credentials, credentials } from "../google-apis/credentials";
import { Console, type Terminal } from "../terminal/console";
import { access } from "./checks/access";
import { names } from "./checks/names";
import { services } from "./checks/named-services";
import { builds, dns } from "./checks/outside";
import { policies } from "./checks/policies";
import { apis, project, state } from "./checks/project";
import { quotas, zones } from "./checks/room";
import { type Finding, unseen } from "./finding";
import type { Check, Subject } from "./subject";

export const CHECKS: readonly Check[] = [
  project,
  apis,
  access,
  policies,
  quotas,
  zones,
  names,
  services,
  state,
  builds,
  dns,
];

export const EXIT = { well: 0, problems: 1, usage: 2 } as const;

const HELP = `Looks at a project before the first plan, with application default credentials: what would an apply be refused?
Reads only, changes nothing, and takes less than a minute.

  npm run doctor -- <environment> [options]

      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
      --json              every finding, for programs
      --strict            exit code 1 with warnings as well
  -h, --help              this text

Exit codes: 0 nothing will be refused, as far as could be seen; 1 something will, or the variable file has mistakes; 2 wrong
usage, or no credentials. What you may not look at is said, and is no failure.
Credentials are those of Terraform's Google provider: gcloud auth application-default login, GOOGLE_CREDENTIALS,
GOOGLE_OAUTH_ACCESS_TOKEN, GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.
`;

export interface DoctorContext {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  readonly complain: (text: string) => void;
  /** @default - the system's resolver */
  readonly resolve?: Subject["resolve"];
}

/** What a check found. */
interface Looked {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** The command. @returns the exit code */
export async function doctor(args: readonly string[], context: DoctorContext): Promise<number> {
  const { env, terminal, complain } = context;
  const options = parse(args);
  if (typeof options === "string") {
    complain(`${options} See --help.\n`);
    return EXIT.usage;
  }
  if (options.help) {
    terminal.write(HELP);
    return EXIT.well;
  }
  const directory = options.directory ?? env.DIFY_VARIABLES ?? "variables";
  const { environments, problems } = await readEnvironments({ directory, only: [options.environment] });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.problems;
  let auth: Credentials;
  try {
    auth = await credentials(env);
    await auth.getAccessToken();
  } catch (error) {
    complain(
      `There are no credentials for Google Cloud: ${firstLine(error)}\n` +
        "Nothing was looked at. Sign in, then run it again:\n  gcloud auth application-default login\n",
    );
    return EXIT.usage;
  }
  const subject: Subject = {
    variables: environment.variables,
    resources: (await resourcesOf(environment)).flat(),
    google: google(auth, env, environment.variables.quota_project || undefined),
    resolve: context.resolve ?? addressesOf,
  };
  const looked = await examine(subject, options.json ? undefined : new Console(terminal));
  const levels = looked.flatMap(({ findings }) => findings.map(({ level }) => level));
  const bad = levels.includes("problem") || (options.strict && levels.includes("warning"));
  if (options.json) {
    const { project_id, region } = environment.variables;
    const result = { environment: environment.name, project: project_id, region, ok: !bad, checks: looked };
    terminal.write(`${printable(JSON.stringify(result, null, 2))}\n`);
  } else terminal.write(`\n${verdict(levels)}\n`);
  return bad ? EXIT.problems : EXIT.well;
}

/** All at once, as each waits for Google; said in the order of the list, as soon as those before have been said. */
export async function examine(subject: Subject, output?: Console): Promise<Looked[]> {
  const running = CHECKS.map((check) => lookAt(check, subject));
  const looked: Looked[] = [];
  for (const [index, check] of CHECKS.entries()) {
    const end = output?.start(`looking at ${check.title}`, () => "");
    const one = await running[index];
    end?.();
    if (!one) continue;
    looked.push(one);
    for (const finding of one.findings) output?.line(lines(finding, output));
  }
  return looked;
}

async function lookAt(check: Check, subject: Subject): Promise<Looked> {
  try {
    return { check: check.id, findings: await check.look(subject) };
  } catch (error) {
    const finding = unseen(error, `What concerns ${check.title}`) ?? {
      level: "unseen" as const,
      fact: `What concerns ${check.title} could not be looked at: ${firstLine(error)}`,
      remedy: "Run it again; if it stays, report it.",
    };
    return { check: check.id, findings: [finding] };
  }
}

function lines({ level, fact, consequence, remedy, help }: Finding, output: Console): string {
  const marks = {
    good: ["green", "✓"],
    unseen: ["yellow", "?"],
    warning: ["yellow", "!"],
    problem: ["red", "✗"],
  } as const;
  const [color, mark] = marks[level];
  return [
    `${output.paint(color, mark)} ${printable(fact)}`,
    ...(consequence ? [`  ${printable(consequence)}`] : []),
    ...(remedy ? [`  ${printable(remedy)}`] : []),
    ...(help ? [`    ${printable(help)}`] : []),
  ].join("\n");
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0] ?? "";
}

function verdict(levels: readonly Finding["level"][]): string {
  const count = (level: Finding["level"], one: string, many: string): string[] => {
    const number = levels.filter((other) => other === level).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const said = [
    ...count("problem", "problem", "problems"),
    ...count("warning", "warning", "warnings"),
    ...count("unseen", "thing that could not be looked at", "things that could not be looked at"),
  ];
  return said.length === 0 ? "Nothing will be refused, as far as can be seen from here." : `${said.join(", ")}.`;
}

async function addressesOf(host: string): Promise<string[]> {
  const answers = await Promise.allSettled([resolve4(host), resolve6(host)]);
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const [first] = answers;
  if (found.length === 0 && first.status === "rejected") throw first.reason as Error;
  return found;
}

interface Options {
  readonly environment: string;
  readonly directory?: string;
  readonly json: boolean;
  readonly strict: boolean;
  readonly help: boolean;
}

/** @returns what is asked for, or what is wrong with it */
function parse(args: readonly string[]): Options | string {
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
    const { directory, json = false, strict = false, help = false } = values;
    const [environment = ""] = positionals;
    if (!help && positionals.length !== 1) return "One environment is wanted: npm run doctor -- dev.";
    return { environment, directory, json, strict, help };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}.`;
  }
}
