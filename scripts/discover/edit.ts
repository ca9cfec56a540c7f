import { applyEdits, type FormattingOptions, modify } from "jsonc-parser";
import { type Assignment, hclPositions } from "../../modules/dify-gke/variables/positions";

/** A value that a command sets. */
export type Value = string | number | boolean | readonly string[];
/** Values by variable. */
export type Values = Readonly<Record<string, Value>>;
/** The same, or numbers by name. */
type Written = Value | Readonly<Record<string, number>>;

/**
 * @param path of the variable file; its suffix says which language it is in
 * @returns the text with these values, and all else as it was
 * @throws Error if a value is written in a way that cannot be replaced
 */
export function withValues(path: string, text: string, values: Readonly<Record<string, Written>>): string {
  return path.endsWith(".json") ? inJson(text, values) : inHcl(text, values);
}

function inJson(text: string, values: Readonly<Record<string, Written>>): string {
  const [, indent = "  "] = /^[ \t]*\{\s*?\n([ \t]+)"/.exec(text) ?? [];
  const formattingOptions: FormattingOptions = {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.startsWith("\t") ? 1 : indent.length,
    eol: endOfLine(text),
  };
  return Object.entries(values).reduce(
    (edited, [name, value]) => applyEdits(edited, modify(edited, [name], value, { formattingOptions })),
    text,
  );
}

function inHcl(text: string, values: Readonly<Record<string, Written>>): string {
  const added: [string, Written][] = [];
  let edited = text;
  for (const [name, value] of Object.entries(values)) {
    // Read again: what was written before has moved the rest.
    const { assignments } = hclPositions(edited);
    const assignment = assignments.find((one) => one.name === name);
    const remark = assignment ? undefined : remarkOf(edited, name, assignments);
    if (assignment) {
      if (!assignment.value) throw new Error(`The value of ${name} in line ${assignment.line} cannot be replaced.`);
      const { start, end } = assignment.value;
      edited = edited.slice(0, start) + literal(value) + edited.slice(end);
    } else if (remark !== undefined) edited = insertedAfter(edited, remark, `${name} = ${literal(value)}`);
    else added.push([name, value]);
  }
  if (added.length === 0) return edited;
  const widest = Math.max(...added.map(([name]) => name.length));
  const eol = endOfLine(text);
  const lines = added.map(([name, value]) => `${name.padEnd(widest)} = ${literal(value)}${eol}`);
  const last = edited === "" || edited.endsWith("\n") ? "" : eol;
  // A paragraph of its own, unless an earlier one of these is the last.
  const gap = edited.trim() === "" || /\n[ \t]*\r?\n$/.test(edited + last) ? "" : eol;
  return edited + last + gap + lines.join("");
}

/** In Terraform's language, in which a text is a template. */
function literal(value: Written): string {
  if (isList(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") {
    // Only what is no plain name needs quotation marks.
    const name = (key: string) => (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : literal(key));
    return `{ ${Object.entries(value)
      .map(([key, number]) => `${name(key)} = ${number}`)
      .join(", ")} }`;
  }
  return JSON.stringify(value).replace(/([$%])\{/g, "$1$1{");
}

function isList(value: Written): value is readonly string[] {
  return Array.isArray(value);
}

function endOfLine(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/**
 * @returns the end of the line in which an assignment of the name is commented out, at the top level of the file: it says
 * where the name belongs
 */
function remarkOf(text: string, name: string, assignments: readonly Assignment[]): number | undefined {
  const remark = new RegExp(String.raw`^[ \t]*(?:#|//)+[ \t]*${name}[ \t]*=.*$`, "gm");
  for (const { index, 0: line } of text.matchAll(remark)) {
    const inside = assignments.some(({ value }) => value && value.start < index && index < value.end);
    if (!inside && !insideComment(text, index)) return index + line.trimEnd().length;
  }
  return undefined;
}

/** Whether a block comment is open at an offset, or may be. */
function insideComment(text: string, offset: number): boolean {
  const before = text.slice(0, offset);
  return before.lastIndexOf("/*") > before.lastIndexOf("*/");
}

function insertedAfter(text: string, offset: number, line: string): string {
  const next = text.indexOf("\n", offset);
  const eol = endOfLine(text);
  return next === -1 ? `${text}${eol}${line}${eol}` : `${text.slice(0, next + 1)}${line}${eol}${text.slice(next + 1)}`;
}
