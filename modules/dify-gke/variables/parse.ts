import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { isObject } from "./convert";
import { hclAssignments, jsonPositions } from "./positions";

/** Something wrong with a file as a text. */
export interface SyntaxProblem {
  /** Counted from 1. @default - not known */
  readonly line?: number;
  readonly message: string;
  /** The variable concerned, where it is about one. @default - about none */
  readonly variable?: string;
}

/** A variable file as it was written, nothing checked. */
export interface Parsed {
  /** By name. @default - the file cannot be read */
  readonly values?: ReadonlyMap<string, unknown>;
  /** Line of each variable. */
  readonly lines: ReadonlyMap<string, number>;
  readonly problems: readonly SyntaxProblem[];
}

/**
 * Reads a .tfvars or .tfvars.json file. Texts come back as Terraform templates, in which `$${` stands for `${`: that is
 * what they have to be in cdk.tf.json.
 */
export async function parseFile(path: string): Promise<Parsed> {
  let text: string;
  try {
    text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch {
    return { lines: new Map(), problems: [{ message: "This file cannot be read." }] };
  }
  const json = path.endsWith(".json");
  const positions = json ? jsonPositions(text) : { assignments: hclAssignments(text) };
  const lines = new Map<string, number>();
  const problems: SyntaxProblem[] = [];
  for (const { name, line, block } of positions.assignments) {
    const first = lines.get(name);
    if (first !== undefined && !isComment(name)) {
      problems.push({ line, variable: name, message: `"${name}" has a value already, in line ${first}.` });
    } else lines.set(name, line);
    if (block) {
      problems.push({ line, variable: name, message: `"${name}" is written as a block: "${name} = { … }" is meant.` });
    }
  }
  const parsed = json ? parseJson(text, positions.invalid) : await parseHcl(text);
  if (Array.isArray(parsed)) return { lines, problems: [...problems, ...parsed] };
  const blocks = new Set(positions.assignments.filter(({ block }) => block).map(({ name }) => name));
  const values = Object.entries(parsed).filter(([name]) => !blocks.has(name) && !(json && isComment(name)));
  return { values: new Map(values), lines, problems };
}

/** Keys that JSON uses for want of comments, and for the editor's schema. */
function isComment(name: string): boolean {
  return name.startsWith("//") || name.startsWith("$schema");
}

const FILE = "variables.tfvars";

/**
 * The parser is Go's as WebAssembly, which V8 checks and compiles as a whole and then once more for speed: four times as
 * long as it takes to parse a dozen files. With these it compiles what is called, when it is called.
 * https://v8.dev/docs/wasm-compilation-pipeline
 */
const COMPILE_ON_CALL = ["--liftoff-only", "--wasm-lazy-compilation", "--wasm-lazy-validation"];

async function parseHcl(text: string): Promise<Readonly<Record<string, unknown>> | SyntaxProblem[]> {
  // Only here: no other file needs it.
  for (const flag of COMPILE_ON_CALL) setFlagsFromString(flag);
  const { parse } = await import("@cdktf/hcl2json");
  try {
    return (await parse(FILE, text)) as Record<string, unknown>;
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/^[^[]*\[|\]\s*$/g, "");
    const parts = message.split(/(?:^| )variables\.tfvars:(\d+),\d+-(?:\d+,)?\d+: /).slice(1);
    const found: SyntaxProblem[] = [];
    for (let index = 0; index + 1 < parts.length; index += 2) {
      const what = parts[index + 1] ?? "";
      // Reported from the text, with both lines.
      if (!what.startsWith("Attribute redefined")) found.push({ line: Number(parts[index]), message: sentence(what) });
    }
    const unknown = parts.length === 0 ? [{ message: "This is not a readable .tfvars file." }] : [];
    return [...found, ...unknown];
  }
}

/** The parser's "Invalid expression; Expected the start of …" as two sentences. */
function sentence(diagnostic: string): string {
  return diagnostic.trim().replace(/;\s+/, ". ");
}

function parseJson(text: string, invalidLine?: number): Readonly<Record<string, unknown>> | SyntaxProblem[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own message may quote the file, secrets and all.
    return [{ line: invalidLine, message: "This is not valid JSON." }];
  }
  if (!isObject(value)) return [{ line: 1, message: 'The file must hold an object: { "project_id": … }.' }];
  return escapeTemplates(value) as Readonly<Record<string, unknown>>;
}

/** JSON has no templates; in Terraform's JSON syntax, where the text goes next, `${` begins one. */
function escapeTemplates(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/([$%])\{/g, "$1$1{");
  if (Array.isArray(value)) return value.map(escapeTemplates);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeTemplates(item)]));
}

/** @returns an expression inside a value that was read from HCL, if there is one. */
export function findExpression(value: unknown): string | undefined {
  if (typeof value === "string") return /(?<![$%])[$%]\{/.test(value) ? value : undefined;
  if (Array.isArray(value)) return value.map(findExpression).find((found) => found !== undefined);
  if (!isObject(value)) return undefined;
  return Object.entries(value)
    .flatMap(([key, item]) => [findExpression(key), findExpression(item)])
    .find((found) => found !== undefined);
}
