import { setFlagsFromString } from "node:v8";
import { isObject } from "./convert";
import { tooDeep } from "./depth";
import { InnerPlaces } from "./inner-places";
import { Marks, WrittenNumber } from "./marks";
import { shorten } from "./mention";
import { type Assignment, hclPositions, jsonPositions, MOST_REPETITIONS, type TextPosition } from "./positions";
import { readText, type SyntaxProblem } from "./read-file";
import { namesSecret } from "./secret-detection";
import v8Flags from "./v8-flags.json";

/** A variable file as written, unchecked. */
export interface Parsed {
  /** Values by name. @default - the file cannot be read */
  readonly values?: ReadonlyMap<string, unknown>;
  /** Where each variable first gets a value. */
  readonly places: ReadonlyMap<string, TextPosition>;
  readonly problems: readonly SyntaxProblem[];
  /** What is where inside of a variable's value. @default - the file cannot be read */
  readonly inside?: (variable: string) => InnerPlaces | undefined;
}

/**
 * Reads a .tfvars or .tfvars.json file. Texts are returned as they are meant: `$${` in a .tfvars file as the two
 * characters `${`. A .tfvars.json file has no templates and therefore no escapes, as in Terraform itself
 * (https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files).
 * @param proposed what the file is to hold. @default - what it holds
 */
export async function parseFile(path: string, proposed?: string): Promise<Parsed> {
  const file = proposed === undefined ? await readText(path) : { text: proposed };
  if (!("text" in file)) return { places: new Map(), problems: [file] };
  const { text } = file;
  const json = path.endsWith(".json");
  const deep = tooDeep(text, json);
  if (deep) return { places: new Map(), problems: [deep] };
  const positions = json ? jsonPositions(text) : hclPositions(text);
  const places = new Map<string, TextPosition>();
  const problems: SyntaxProblem[] = [];
  for (const { name, line, column, block } of positions.assignments) {
    const place = { line, column, variable: name };
    const first = places.get(name);
    if (first !== undefined && !isComment(name)) {
      const message = `"${name}" has a value already, in line ${first.line}: only one of them can count. Take one of them out.`;
      problems.push({ id: "variable-given-twice", ...place, message });
    } else places.set(name, { line, column });
    if (block) {
      const message = `"${name}" is written as a block, and a variable file has no blocks. Write ${name} = { … } instead.`;
      problems.push({ id: "variable-as-block", ...place, message });
    }
  }
  for (const { name, line, column, first } of positions.repetitions.slice(0, MOST_REPETITIONS)) {
    const variable = positions.assignments.findLast(
      (each) => each.line < line || (each.line === line && each.column < column),
    )?.name;
    if (variable === undefined) continue;
    const message = `"${name}" has a value already, in line ${first}: only one of them can count. Take one of them out.`;
    problems.push({ id: "field-given-twice", line, column, variable, message });
  }
  if (positions.assignments.length > MOST_VARIABLES) {
    const message = `This file gives ${positions.assignments.length} variables a value, and there are fewer than ${MOST_VARIABLES}. Take out what is not a variable.`;
    return { places, problems: [{ id: "file-too-large", message }] };
  }
  const entries = positions.assignments.reduce((sum, each) => sum + each.entries, 0);
  if (entries > MOST_ENTRIES) return { places, problems: [...problems, tooMany(entries, positions.assignments)] };
  if ((positions.lines ?? 0) > MOST_LINES) {
    const message = `This file has ${positions.lines} lines outside texts, and a variable file has at most ${MOST_LINES}. Take out what is not a setting.`;
    return { places, problems: [...problems, { id: "file-too-large", message }] };
  }
  const marks = new Marks(text, positions);
  const parsed = json ? parseJson(marks.text, positions.invalid) : await parseHcl(marks.text);
  if (Array.isArray(parsed)) return { places, problems: [...problems, ...parsed] };
  const blocks = new Set(positions.assignments.filter(({ block }) => block).map(({ name }) => name));
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(parsed)) {
    if (blocks.has(name) || (json && isComment(name))) continue;
    const read = json ? { meant: marks.read(value) } : fromTemplates(marks, value);
    const problem =
      "expression" in read ? EXPRESSION : texts(read.meant).some((text) => IMPOSSIBLE.test(text)) && CHARACTER;
    // Maps are not shown, because they may contain secrets.
    const shown = problem === EXPRESSION && typeof value === "string" && !namesSecret(name) ? value : undefined;
    if (problem) problems.push({ variable: name, path: pathOf(value, problem), ...problem, ...expression(shown) });
    else if ("meant" in read) values.set(name, read.meant);
  }
  return { values, places, problems, inside: insideOf(text, json, places) };
}

/** Read once for each variable that something is wrong with, and for no other. */
function insideOf(text: string, json: boolean, places: ReadonlyMap<string, TextPosition>): Parsed["inside"] {
  const known = new Map<string, InnerPlaces>();
  return (variable) => {
    const place = places.get(variable);
    const found = known.get(variable) ?? (place && new InnerPlaces(text, json, place));
    if (found) known.set(variable, found);
    return found;
  };
}

/** @returns where in a value the text is that the problem is about; nothing where it is the value itself */
function pathOf(value: unknown, problem: SyntaxProblem): readonly PropertyKey[] {
  const pattern = problem === EXPRESSION ? TEMPLATE : IMPOSSIBLE;
  if (!Array.isArray(value) && !isObject(value)) return [];
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    if (texts(item).some((text) => pattern.test(text))) return [step, ...pathOf(item, problem)];
    if (pattern.test(key)) return [step];
  }
  return [];
}

function tooMany(entries: number, assignments: readonly Assignment[]): SyntaxProblem {
  const most = assignments.reduce((a, b) => (b.entries > a.entries ? b : a));
  const { name, line, column } = most;
  const message = `This file has lists and maps with ${entries} entries, ${most.entries} of them in ${name}, and a variable file has at most ${MOST_ENTRIES}. Take out what is not a setting, or keep it where it is read, such as in a bucket.`;
  return { id: "file-too-large", line, column, variable: name, message };
}

const EXPRESSION: SyntaxProblem = {
  id: "value-is-expression",
  message:
    "This value holds an expression, and expressions and references are not evaluated in a variable file. Write a plain value.",
  allowed: "a plain value, a text in quotes; $${ for the two characters ${, and %%{ for %{",
};
const CHARACTER: SyntaxProblem = {
  id: "value-has-no-character",
  message:
    "This value has a character that no text can have (NUL, half a surrogate pair, or one of U+FDD0 to U+FDD3), which no container could be given. " +
    "Take it out.",
};

/** Keys that replace comments in JSON, and the editor's schema. */
function isComment(name: string): boolean {
  return name.startsWith("//") || name.startsWith("$schema");
}

/** @returns the problem that an expression is: a single word is most likely a text without its quotes */
function expression(value: string | undefined): Partial<SyntaxProblem> {
  if (value === undefined) return {};
  const [, word] = /^\$\{([\p{ID_Start}_][\p{ID_Continue}-]*)\}$/u.exec(value) ?? [];
  if (word === undefined) return { given: shorten(beginning(value)) };
  // The word itself may be a secret, and only the given value of a sensitive variable is hidden.
  const meant = ["true", "false", "null"].find((plain) => plain === word.toLowerCase()) ?? "it in quotes";
  return {
    given: shorten(word).slice(1, -1),
    message: `This value is a word without quotes, which stands for something else, and references are not evaluated in a variable file. Write ${meant}.`,
    allowed: undefined,
  };
}

/** Of an expression, no argument: it may hold what a map would. */
function beginning(expression: string): string {
  return expression.replace(/([(["]|\{(?!\w)).*/s, "$1…");
}

const MOST_VARIABLES = 1000;
/** Ten times as many as every variable with all that it may need; of more, the parser alone takes a second. */
const MOST_ENTRIES = 5000;
const MOST_LINES = 20_000;
const FILE = "variables.tfvars";
const SYNTAX = "file-syntax";
const GAVE_UP = "Terraform's parser cannot read this file: it is not in Terraform's language, or nests too deeply.";
const HCL = 'lines such as region = "us-central1", with texts in quotes, lists in [ ] and maps in { }';
const JSON_FILE = "an object in JSON, without comments and without a comma after the last value";
/** The first mistake explains most of the later ones. */
const MOST_SYNTAX_PROBLEMS = 10;

async function parseHcl(text: string): Promise<Readonly<Record<string, unknown>> | SyntaxProblem[]> {
  // The parser is a Go program in WebAssembly, which V8 checks and compiles as a whole, and then again for speed: that
  // takes four times as long as parsing a dozen files. With these flags it only compiles what is called:
  // https://v8.dev/docs/wasm-compilation-pipeline
  for (const flag of v8Flags) setFlagsFromString(flag);
  const { parse } = await import("@cdktf/hcl2json");
  try {
    return (await parse(FILE, text)) as Record<string, unknown>;
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/^[^[]*\[|\]\s*$/g, "");
    const parts = message.split(/(?:^| )variables\.tfvars:(\d+),(\d+)-(?:\d+,)?\d+: /).slice(1);
    const found: SyntaxProblem[] = [];
    for (let index = 0; index + 2 < parts.length; index += 3) {
      const [line, column, what = ""] = parts.slice(index);
      // Reported separately, with both lines.
      if (what.startsWith("Attribute redefined")) continue;
      const place = { line: Number(line), column: Number(column) };
      const message = sentence(what);
      // Two quotes in a line are the same mistake twice.
      if (!found.some((each) => each.line === place.line && each.message === message))
        found.push({ id: SYNTAX, ...place, message, allowed: HCL });
    }
    if (parts.length === 0) return [{ id: SYNTAX, message: GAVE_UP, allowed: HCL }];
    const more = found.length - MOST_SYNTAX_PROBLEMS;
    return more > 0
      ? [
          ...found.slice(0, MOST_SYNTAX_PROBLEMS),
          { id: SYNTAX, message: `${more} more like these follow. Correct these first.` },
        ]
      : found;
  }
}

/** The parser's "Invalid expression; Expected the start of …" as two sentences. */
function sentence(diagnostic: string): string {
  return diagnostic.trim().replace(/;\s+/, ". ");
}

function parseJson(text: string, invalid?: TextPosition): Readonly<Record<string, unknown>> | SyntaxProblem[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own message may quote the file, including secrets.
    return [{ id: SYNTAX, ...invalid, message: "This is not valid JSON.", allowed: JSON_FILE }];
  }
  if (!isObject(value)) return [{ id: SYNTAX, line: 1, message: 'The file must hold an object: { "project_id": … }.' }];
  return value;
}

/**
 * Takes a value as the HCL parser returns it: as a template in which literal text is escaped. The parser escapes each
 * `${` and `%{` with one character, whatever precedes it.
 * @returns the text that is meant, or the expression in it
 */
function fromTemplates(marks: Marks, value: unknown): { readonly meant: unknown } | { readonly expression: string } {
  const expression = findExpression(value);
  return expression === undefined ? { meant: marks.read(unescape(value)) } : { expression };
}

const TEMPLATE = /(?<!\$)\$\{|(?<!%)%\{/;

function findExpression(value: unknown): string | undefined {
  return texts(value).find((text) => TEMPLATE.test(text));
}

function unescape(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/([$%])\1\{/g, "$1{");
  if (Array.isArray(value)) return value.map(unescape);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [unescape(key), unescape(item)]));
}

/** @returns all texts in a value, including names of fields */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (!isObject(value) || value instanceof WrittenNumber) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...texts(item)]);
}

/** Characters that no text may have: they cannot be kept, or a container, a file or a terminal does not accept them. */
const IMPOSSIBLE = /[\0\uFDD0-\uFDD3]|\p{Surrogate}/u;
