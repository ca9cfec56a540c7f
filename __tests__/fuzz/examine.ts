import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import type { Environment } from "../../modules/dify-gke/environment";
import { formatProblems, hasErrors, type Problem } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { duplicateNames } from "../terraform/duplicates";
import type { StackJson } from "../terraform/synth";
import { clusterProblems } from "./api-server";
import { googleProblems } from "./google-names";
import { parts } from "../misuse/templates";
import { TELLTALE } from "./hostile";
import type { Input } from "./input";
import "../terraform/quick";

/** What became of an input. */
export interface Verdict {
  readonly outcome: "accepted" | "refused";
  /** What should not be: none where all is well. */
  readonly findings: readonly Finding[];
  /** Kinds of what was reported as an error. */
  readonly refusedBy: readonly string[];
  /** Of the processor, to read and check the files. */
  readonly milliseconds: number;
  /** What was made of them. */
  readonly stacks: readonly StackOf[];
}

export interface Finding {
  /** What the input breaks: `trace`, `no-place`, `evaluated`, `api-server`. */
  readonly kind: string;
  readonly text: string;
}

export interface StackOf {
  readonly id: string;
  readonly json: StackJson;
}

/** Longer than a file is read by anybody. */
const MOST_MILLISECONDS = 2000;
const MOST_CHARACTERS = 100_000;

/** @param directory for the files; what is in it is lost @returns what becomes of them, with everything that it must not be */
export async function examine(input: Input, directory: string): Promise<Verdict> {
  rmSync(directory, { recursive: true, force: true });
  const variables = writeInput(input, directory);
  const began = process.cpuUsage();
  let read: Awaited<ReturnType<typeof readEnvironments>>;
  try {
    read = await readEnvironments({ directory: variables });
  } catch (error) {
    return verdict("refused", [trace("reading", error)], cpuSince(began));
  }
  const { environments, problems } = read;
  const milliseconds = await least(cpuSince(began), variables);
  const findings = [
    ...(milliseconds > MOST_MILLISECONDS ? [{ kind: "slow", text: "reading takes longer than two seconds" }] : []),
    ...problems.flatMap((problem) => problemFindings(problem, variables, input)),
    ...outputFindings(problems),
  ];
  const refused = problems.filter(({ severity }) => severity === "error");
  if (hasErrors(problems)) {
    const refusedBy = refused.map(({ id, rule }) => rule?.id ?? id ?? "unnamed");
    return { ...verdict("refused", findings, milliseconds), refusedBy };
  }
  // The common file alone is no environment.
  if (environments.length !== 1) findings.push({ kind: "lost", text: "neither accepted nor refused" });
  let stacks: readonly StackOf[] = [];
  try {
    stacks = synthesized(environments, join(directory, "out"));
  } catch (error) {
    findings.push(trace("synthesis", error));
  }
  return { ...verdict("accepted", [...findings, ...stackFindings(stacks)], milliseconds), stacks };
}

/** A machine has moments in which everything takes long: what seems to is read once more. */
async function least(milliseconds: number, directory: string): Promise<number> {
  if (milliseconds <= MOST_MILLISECONDS) return milliseconds;
  const began = process.cpuUsage();
  await readEnvironments({ directory });
  return Math.min(milliseconds, cpuSince(began));
}

/** What others do on this machine does not count. */
function cpuSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** @returns the directory that the files are in */
export function writeInput({ files }: Input, directory: string): string {
  const variables = join(directory, "variables");
  mkdirSync(variables, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(variables, name), content);
  return variables;
}

function verdict(outcome: Verdict["outcome"], findings: readonly Finding[], milliseconds: number): Verdict {
  return { outcome, findings, milliseconds, refusedBy: [], stacks: [] };
}

function trace(doing: string, error: unknown): Finding {
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  // Where it was, to mend it.
  const [at = ""] = /at .*modules\/[^)\n]*/.exec(stack) ?? [];
  return { kind: "trace", text: `${doing}: ${message.split("\n")[0] ?? ""} ${at}` };
}

function synthesized(environments: readonly Environment[], outdir: string): readonly StackOf[] {
  const app = new App({ outdir, skipValidation: true });
  return environments.flatMap(({ name, variables, siblings }) =>
    new DifyGke(app, { environment: name, variables, siblings }).stacks.map((stack) => ({
      id: stack.node.id,
      json: JSON.parse(JSON.stringify(stack.toTerraform())) as StackJson,
    })),
  );
}

/** What is about a file as a whole, or about what is not there. */
const NO_LINE = /^(file-|directory-|environment-name$|more-problems$|variable-missing$)/;
/** A sentence that says what to do begins with one of these, or a message says what is allowed. */
const REMEDY =
  /(?:^|[.:;,?] |\bor |\band |\bthen )(?:add|allow|change|choose|close|copy|correct|count|delete|describe|do|drop|enable|give|give|have|keep|leave|let|lower|make|merge|mount|move|name|pass|pick|point|put|raise|read|remove|rename|replace|run|save|say|set|shorten|spell|start|take|turn|use|wait|write)\b|Did you mean "/i;
const CODE = /\b(undefined|NaN|\[object \w+\]|TypeError|Cannot read prop|is not a function)\b|\n\s+at /;

function problemFindings(problem: Problem, directory: string, input: Input): readonly Finding[] {
  const { file, line, message, allowed, severity, id, rule } = problem;
  const name = rule?.id ?? id ?? "unnamed";
  const about = `${name}: ${message}`;
  const found = (kind: string): Finding => ({ kind, text: about });
  const hidden = line === undefined && !NO_LINE.test(name) && (rule === undefined || isGiven(problem, input));
  return [
    ...(file.startsWith(directory) ? [] : [found("no-file")]),
    ...(hidden ? [found("no-place")] : []),
    ...(severity === "error" && allowed === undefined && !REMEDY.test(message) ? [found("no-remedy")] : []),
    ...(CODE.test(message.replaceAll(/"[^"]*"/g, "")) ? [found("code-in-message")] : []),
    ...(rule === undefined && id === undefined ? [found("no-name")] : []),
  ];
}

/** Whether a file gives a variable that the problem is about: then it has a line. */
function isGiven({ variable, related = [] }: Problem, { files }: Input): boolean {
  const text = Object.values(files)
    .map((content) => new TextDecoder().decode(content))
    .join("\n");
  return [variable, ...related].some(
    (name) => name !== undefined && new RegExp(`^\\s*"?${name}"?\\s*[=:]`, "m").test(text),
  );
}

function outputFindings(problems: readonly Problem[]): readonly Finding[] {
  const output = formatProblems(problems, { color: false });
  const [control] = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u.exec(output) ?? [];
  return [
    ...(control === undefined
      ? []
      : [{ kind: "terminal", text: `U+${control.charCodeAt(0).toString(16)} is printed` }]),
    ...(output.length > MOST_CHARACTERS ? [{ kind: "flood", text: "more is printed than anybody reads" }] : []),
    ...(/(:\/\/|user:)secret@/.test(output) ? [{ kind: "secret", text: "a password is printed" }] : []),
  ];
}

function stackFindings(stacks: readonly StackOf[]): readonly Finding[] {
  const all = stacks.map(({ json }) => json);
  const application = all.at(-1);
  return [
    ...all.flatMap((json) => evaluatedFindings(json)),
    ...duplicateNames(all).map((text) => ({ kind: "named-twice", text })),
    ...(application === undefined ? [] : clusterProblems(application).map((text) => ({ kind: "api-server", text }))),
    ...all.flatMap((json) => googleProblems(json).map((text) => ({ kind: "google", text }))),
  ];
}

/** What of a user's Terraform would evaluate, what of CDKTF's is left over, and what is no value at all. */
function evaluatedFindings(value: unknown, path = ""): readonly Finding[] {
  if (typeof value === "string") return textFindings(value, path);
  if (Array.isArray(value)) return value.flatMap((item, index) => evaluatedFindings(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...textFindings(key, `a key of ${path}`),
    ...evaluatedFindings(item, path === "" ? key : `${path}.${key}`),
  ]);
}

function textFindings(text: string, path: string): readonly Finding[] {
  if (/^(undefined|NaN|\[object Object\])$/.test(text)) return [{ kind: "no-value", text: `${path}: ${text}` }];
  if (!/[$%]\{/.test(text)) return [];
  return parts(text).flatMap((part) => {
    if (!("expression" in part)) return [];
    // In quotes it is a text of ours that a user's word is in.
    const bare = part.expression.replaceAll(/"(?:\\.|[^"\\])*"/g, (quoted) =>
      parts(quoted).some((inner) => "expression" in inner && inner.expression.includes(TELLTALE)) ? TELLTALE : '""',
    );
    return bare.includes(TELLTALE) || part.expression.includes("TfToken[")
      ? [{ kind: "evaluated", text: `${path}: ${part.expression.slice(0, 120)}` }]
      : [];
  });
}
