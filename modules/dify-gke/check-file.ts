import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import type { Problem } from "./problems";
import { definitionOf, definitions } from "./variables";
import { checkValue } from "./variables/check";
import type { Definition } from "./variables/definition";
import { inner } from "./variables/describe";
import { lookAlike, nearest, readable } from "./variables/mention";
import type { Parsed } from "./variables/parse";
import type { SyntaxProblem } from "./variables/read-file";
import type { TextPosition } from "./variables/positions";

/** Further problems of one file are only counted. */
const MOST_PROBLEMS = 100;

/** A problem in a file that is not at a variable's first value. */
type Reported = Pick<Problem, "id" | "message" | "given" | "allowed" | "line" | "column"> & Pick<SyntaxProblem, "path">;

/** One file with all values checked; `undefined` stands for `null`, which takes a value back. */
export interface CheckedFile {
  readonly environment: string;
  readonly file: string;
  readonly readable: boolean;
  readonly values: ReadonlyMap<string, unknown>;
  readonly refused: ReadonlySet<string>;
  readonly places: ReadonlyMap<string, TextPosition>;
  readonly inside: Parsed["inside"];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** @returns everything that one file says, each value checked on its own */
export function checkFile(environment: string, file: string, parsed: Parsed): CheckedFile {
  const values = new Map<string, unknown>();
  const refused = new Set<string>();
  const metadata: string[] = [];
  const problems: Problem[] = [];
  let count = 0;
  const report = (name: string | undefined, problem: Reported): void => {
    if (name !== undefined) refused.add(name);
    if (++count > MOST_PROBLEMS) return;
    const { path, ...shown } = problem;
    const place = problem.line !== undefined || name === undefined ? problem : placeIn(parsed, name, path);
    const { group, sensitive = false } = (name === undefined ? undefined : definitionOf(name)) ?? {};
    problems.push({
      severity: "error",
      environment,
      file,
      group,
      ...shown,
      line: place?.line,
      column: place?.column,
      variable: name && readable(name),
      given: sensitive ? undefined : problem.given,
      message: readable(problem.message),
    });
  };
  for (const problem of parsed.problems) report(problem.variable, forItsType(problem));
  for (const [name, value] of parsed.values ?? []) {
    const definition = definitionOf(name);
    if (definition?.platformMetadata) {
      metadata.push(name);
      continue;
    }
    // What is shown alone is worth a search for the name that was meant.
    const result = definition ? checkGiven(definition, value) : { complaints: [unknown(name, count < MOST_PROBLEMS)] };
    if ("complaints" in result) for (const complaint of result.complaints) report(name, complaint);
    else
      values.set(name, definition?.file && result.value !== undefined ? fromFileOf(file, result.value) : result.value);
  }
  if (count > MOST_PROBLEMS) {
    const message = `${count - MOST_PROBLEMS} more problems in this file are not shown. Correct these first.`;
    problems.push({ id: "more-problems", severity: "error", environment, file, message });
  }
  const note = `${file}: ignored, because only the hosting platform's catalogue reads it: ${metadata.join(", ")}`;
  return {
    environment,
    file,
    readable: parsed.values !== undefined,
    values,
    refused,
    places: parsed.places,
    inside: parsed.inside,
    problems,
    notes: metadata.length > 0 ? [note] : [],
  };
}

/** What Terraform's own files begin blocks with. */
const BLOCKS = ["data", "locals", "module", "output", "provider", "resource", "terraform", "variable"];

/** @param search whether to look for the name that was meant */
function unknown(name: string, search: boolean): Reported {
  if (BLOCKS.includes(name)) {
    const message = `"${name}" begins a block of Terraform's own files, and a variable file only gives values: nothing would read it. Write each value as name = value, such as region = "us-central1".`;
    return { id: "variable-unknown", message };
  }
  const known = definitions.map((definition) => definition.name);
  const near = search ? nearest(name, known) : undefined;
  return {
    id: "variable-unknown",
    message: `"${name}" is not a variable of this project${odd(name)}.${near === undefined ? " Correct its name, or take it out." : meant(near)}`,
    allowed: near !== undefined && definitionOf(near)?.sensitive === true ? undefined : near,
  };
}

/** @returns the value that a file gives a variable, or what is wrong with it */
function checkGiven(definition: Definition, value: unknown): ReturnType<typeof checkValue> {
  const { name, sensitive } = definition;
  if (sensitive) {
    const message = `${name} is a secret, and a secret does not belong in a file. Take it out and pass it at apply, as TF_VAR_${name}.`;
    return { complaints: [{ id: "secret-in-file", message }] };
  }
  return value === null ? { value: undefined } : checkValue(definition, value);
}

/** Quotes would not help where no text is allowed: `enable_cdn = yes`. */
function forItsType(problem: SyntaxProblem): SyntaxProblem {
  const definition = problem.id === "value-is-expression" ? definitionOf(problem.variable ?? "") : undefined;
  const plain = definition && inner(definition.schema);
  const meant =
    plain instanceof z.ZodBoolean ? "true or false" : plain instanceof z.ZodNumber ? "a plain number" : undefined;
  return meant === undefined || (problem.path ?? []).length > 0
    ? problem
    : { ...problem, message: problem.message.replace(/ Write it in quotes\.$/, ` Write ${meant}.`) };
}

/** @returns the end of a message that names a look-alike character: without it, such a name looks right */
function odd(name: string): string {
  const character = lookAlike(name);
  return character === undefined ? "" : `: it has the character ${character}`;
}

/** @returns the place of a value, or of the part of it that `path` names */
function placeIn(
  { places, inside }: Parsed,
  name: string,
  path: readonly PropertyKey[] = [],
): TextPosition | undefined {
  return (path.length > 0 ? inside?.(name)?.ofPath(path) : undefined) ?? places.get(name);
}

/** @returns the name that was meant, with what would be said about it next */
function meant(name: string): string {
  const question = ` Did you mean "${name}"?`;
  return definitionOf(name)?.sensitive
    ? `${question} It is a secret: take it out of the file, and pass it at apply as TF_VAR_${name}.`
    : question;
}

/** @returns the path of a file that a variable file names, resolved from there; an empty one stays empty */
function fromFileOf(file: string, path: unknown): unknown {
  return typeof path !== "string" || path === "" || isAbsolute(path) ? path : join(dirname(file), path);
}
