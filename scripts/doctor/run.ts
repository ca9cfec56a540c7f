import { resolve4, resolve6 } from "node:dns/promises";
import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { resourcesOf } from "../stacks/resources";
import { google } from "../google-apis/clients";
import { quotaProjectOf, usableCredentials } from "../google-apis/credentials";
import { Console } from "../terminal/console";
import { variablesDirectory } from "../terminal/usage";
import { access } from "./checks/access";
import { names } from "./checks/names";
import { services } from "./checks/named-services";
import { builds, dns } from "./checks/outside";
import { perimeter } from "./checks/perimeter";
import { policies } from "./checks/policies";
import { apis, project, state } from "./checks/project";
import { quotas, zones } from "./checks/room";
import { type Finding, unseen } from "./finding";
import { type DoctorContext, EXIT, type Options } from "./options";
import type { Check, Subject } from "./subject";

export const CHECKS: readonly Check[] = [
  project,
  apis,
  access,
  policies,
  perimeter,
  quotas,
  zones,
  names,
  services,
  state,
  builds,
  dns,
];

/** What a check found. */
interface Looked {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** The command. @returns the exit code */
export async function doctor(options: Options, context: DoctorContext): Promise<number> {
  const { env, terminal, complain } = context;
  const directory = variablesDirectory(env, options.directory);
  const { environments, problems } = await readEnvironments({ directory, only: [options.environment] });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.problems;
  const auth = await usableCredentials(env, environment.variables);
  if (typeof auth === "string") {
    complain(auth);
    return EXIT.usage;
  }
  const subject: Subject = {
    variables: environment.variables,
    resources: (await resourcesOf(environment)).flat(),
    google: google(auth, env, quotaProjectOf(environment.variables)),
    resolve: context.resolve ?? addressesOf,
  };
  const looked = await examine(CHECKS, subject, options.json ? undefined : new Console(terminal));
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
export async function examine(checks: readonly Check[], subject: Subject, output?: Console): Promise<Looked[]> {
  const running = checks.map((check) => lookAt(check, subject));
  const looked: Looked[] = [];
  for (const [index, check] of checks.entries()) {
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
    const finding = unseen(error, capital(check.title)) ?? {
      level: "unseen" as const,
      fact: `${capital(check.title)} could not be checked: ${firstLine(error)}`,
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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
