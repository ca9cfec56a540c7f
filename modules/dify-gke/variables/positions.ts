import { type ParseError, parseTree } from "jsonc-parser";

/** A name given a value at the top level of a variable file. */
export interface Assignment {
  readonly name: string;
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** HCL only: `name { … }`, which a variable file may not hold. */
  readonly block: boolean;
}

/** @returns the assignments of a .tfvars text, in order. Attributes inside an object are none. */
export function hclAssignments(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let depth = 0;
  let heredoc: string | undefined;
  let comment = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (heredoc !== undefined) {
      if (line.trim() === heredoc) heredoc = undefined;
      continue;
    }
    const code = withoutComments(line, comment);
    comment = code.comment;
    const match = depth === 0 ? /^\s*"?([A-Za-z_][\w-]*)"?\s*([={])/.exec(code.text) : null;
    if (match) {
      const name = match[1] ?? "";
      found.push({ name, line: index + 1, column: line.indexOf(name) + 1, block: match[2] === "{" });
    }
    heredoc = /<<-?(\w+)\s*$/.exec(code.text)?.[1];
    // Names in quotes are kept above, strings are not counted here: a bracket in one opens nothing.
    for (const character of code.text.replace(/"(?:\\.|[^"\\])*"/g, '""')) {
      if ("{[(".includes(character)) depth++;
      if ("}])".includes(character)) depth--;
    }
  }
  return found;
}

/** Cuts comments out of a line; `comment` says whether a block comment is open. */
function withoutComments(line: string, comment: boolean): { text: string; comment: boolean } {
  let open = comment;
  let text = "";
  const tokens = line.match(/"(?:\\.|[^"\\])*"|\/\*|\*\/|#|\/\/|./gu) ?? [];
  for (const token of tokens) {
    if (open) {
      if (token === "*/") open = false;
      // A string's token may hide the end of a comment that it began in.
      else if (token.length > 2 && token.includes("*/")) open = false;
    } else if (token === "/*") open = true;
    else if (token === "#" || token === "//") break;
    else text += token;
  }
  return { text, comment: open };
}

/** Somewhere in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A JSON text as far as it can be read. */
export interface JsonPositions {
  /** Keys of the outermost object, in order, duplicates included. */
  readonly assignments: readonly Assignment[];
  /** The first thing that is not JSON. @default - all of it is */
  readonly invalid?: Place;
}

/** @returns what stands in which line of a JSON text */
export function jsonPositions(text: string): JsonPositions {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const placeAt = (offset: number): Place => {
    const before = text.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  const members = tree?.type === "object" ? (tree.children ?? []) : [];
  return {
    assignments: members.map((member) => ({
      name: String(member.children?.[0]?.value),
      ...placeAt(member.offset),
      block: false,
    })),
    invalid: errors[0] && placeAt(errors[0].offset),
  };
}
