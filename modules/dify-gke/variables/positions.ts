import { createScanner, type Node, type ParseError, parseTree, SyntaxKind } from "jsonc-parser";
import { MANY, type TextToken } from "./long-text";
import type { NumberToken } from "./marks";

/** A name that gets a value at the top level of a variable file. */
export interface Assignment {
  readonly name: string;
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** HCL only: `name { … }`, which is not allowed in a variable file. */
  readonly block: boolean;
  /** Number of entries in the lists and maps of its value, nested ones included. */
  readonly entries: number;
  /** HCL only: where its value is, by offsets. @default - it has none, or it is JSON */
  readonly value?: { readonly start: number; readonly end: number };
}

/** A position in a text, counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A name that gets a value a second time in the same object or map. */
export interface Repetition extends TextPosition {
  readonly name: string;
  /** Line of the first value. */
  readonly first: number;
}

/** The positions in a text, as far as it can be read. */
export interface Positions {
  /** Names at the top level, in order, including duplicates. */
  readonly assignments: readonly Assignment[];
  readonly numbers: readonly NumberToken[];
  /** Inside of values, in order: a parser takes the last one, without a warning. */
  readonly repetitions: readonly Repetition[];
  /** HCL only: number of lines outside of texts and block comments. @default - not counted */
  readonly lines?: number;
  /** HCL only: long texts. @default [] */
  readonly texts?: readonly TextToken[];
  /** The first place that is not JSON. @default - all of the file is JSON, or it is HCL */
  readonly invalid?: TextPosition;
}

/** What every entry has: an = in a map; in a list a comma, except the last one perhaps. */
const ENTRY: Readonly<Record<string, string>> = { "{": "=", "[": "," };

/** Repetitions of a name that are shown: the first explain the others. */
export const MOST_REPETITIONS = 20;

/** Only the beginning of a line can be a name that gets a value. */
const NAME_LIMIT = 300;

/**
 * Words of HCL, each beginning where the last one ends, so that every character is read once
 * (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#lexical-elements).
 */
const WORDS = {
  comment: /(?:#|\/\/)[^\n]*/y,
  heredoc: /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*(?=\r?\n)/uy,
  string: /"(?:\\.|[^"\\\n])*"?/y,
  name: /[\p{ID_Start}_][\p{ID_Continue}-]*/uy,
  number: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{ID_Start}_])/uy,
} as const;

/** Reads a .tfvars text once, from the beginning. */
class HclReader {
  readonly assignments: Assignment[] = [];
  readonly numbers: NumberToken[] = [];
  readonly texts: TextToken[] = [];
  readonly repetitions: Repetition[] = [];
  private linesOfCode = 1;
  private at = 0;
  private line = 1;
  private lineStart = 0;
  /** Open brackets, each with the lines of the names that have a value in it. */
  private readonly open: { readonly bracket: string; readonly names: Map<string, number> }[] = [];
  /** The last word that may be a name. */
  private last: (TextPosition & { readonly name: string }) | undefined;
  private entries = 0;
  /** The number of entries at the beginning of the current variable. */
  private entriesBefore = 0;
  /** The line without comments, if it began at the top level. */
  private code = "";
  private outermost = true;
  /** Offset of the line's first = that no bracket is around. */
  private equals?: number;
  /** Offset of the first word after it. */
  private valueStart?: number;
  /** Where the last word ends that is not a comment. */
  private codeEnd = 0;

  constructor(private readonly text: string) {
    while (this.at < text.length) this.step();
    this.endLine();
    this.endValue();
  }

  get lines(): number {
    return this.linesOfCode;
  }

  /** What was counted belongs to the variable before. */
  private endValue(): void {
    const last = this.assignments.pop();
    if (last) {
      const { valueStart: start, codeEnd: end } = this;
      const value = last.value ?? (start === undefined ? undefined : { start, end });
      this.assignments.push({ ...last, value, entries: last.entries + this.entries - this.entriesBefore });
    }
    this.entriesBefore = this.entries;
    this.equals = this.valueStart = undefined;
  }

  private step(): void {
    const { text, at } = this;
    const character = text[at] ?? "";
    const place = { line: this.line, column: at - this.lineStart + 1 };
    if (character === "\n") {
      this.linesOfCode++;
      this.newLine(at);
    } else if (text.startsWith("/*", at)) this.blockComment();
    else if (this.word("comment") !== undefined) return;
    else if (this.heredoc()) return;
    else if (this.number()) this.ended(at);
    else {
      const word = this.string() ?? this.word("name");
      if (word !== undefined) {
        this.last = { ...place, name: word.replace(/^"(.*)"$/s, "$1") };
        this.say(word);
      } else {
        if ("{[(".includes(character)) this.open.push({ bracket: character, names: new Map() });
        if ("}])".includes(character)) this.open.pop();
        if (character === "=" || character === ":") this.name();
        else if (character !== " " && character !== "\t") this.last = undefined;
        if (character === ENTRY[this.open.at(-1)?.bracket ?? ""]) this.entries++;
        this.at++;
        this.say(character);
      }
      if (character.trim() !== "") this.ended(at);
    }
  }

  /** What was read last gets a value. */
  private name(): void {
    const { bracket, names } = this.open.at(-1) ?? {};
    if (bracket !== "{" || !names || !this.last) return;
    const first = names.get(this.last.name);
    if (first === undefined) names.set(this.last.name, this.last.line);
    else this.repetitions.push({ ...this.last, first });
    this.last = undefined;
  }

  /** A word of code has ended here. */
  private ended(start: number): void {
    this.codeEnd = this.at;
    if (this.equals !== undefined) this.valueStart ??= start;
    else if (this.outermost && this.open.length === 0 && this.text[start] === "=") this.equals = start;
  }

  private word(kind: keyof typeof WORDS): string | undefined {
    const pattern = WORDS[kind];
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private string(): string | undefined {
    const start = this.at;
    const word = this.word("string");
    if (word === undefined || word.length < MANY || !word.endsWith('"')) return word;
    this.texts.push({ start, end: this.at, content: word.slice(1, -1), form: "quoted" });
    return word;
  }

  private say(word: string): void {
    // Whatever the length of a name, what follows it says that it is one.
    const follows = (word === "=" || word === "{") && !this.code.endsWith("=") && !this.code.endsWith("{");
    if (this.outermost && (this.code.length < NAME_LIMIT || follows)) this.code = `${this.code}${word}`.trimStart();
  }

  private newLine(at: number): void {
    this.endLine();
    this.line++;
    this.lineStart = at + 1;
    this.at = at + 1;
    this.outermost = this.open.length === 0;
    if (this.outermost) this.endValue();
  }

  private endLine(): void {
    const match = /^"?([\p{ID_Start}_][\p{ID_Continue}-]*)"?\s*([={])/u.exec(this.code);
    const name = match?.[1];
    if (name !== undefined) {
      const column = this.text.indexOf(name, this.lineStart) - this.lineStart + 1;
      this.assignments.push({ name, line: this.line, column, block: match?.[2] === "{", entries: 0 });
    }
    this.code = "";
  }

  private blockComment(): void {
    const end = this.text.indexOf("*/", this.at + 2);
    this.skipTo(end === -1 ? this.text.length : end + 2);
  }

  private skipTo(end: number): void {
    for (let next = this.text.indexOf("\n", this.at); next !== -1 && next < end;) {
      this.newLine(next);
      next = this.text.indexOf("\n", this.at);
    }
    this.at = end;
  }

  private heredoc(): boolean {
    const start = this.at;
    const opening = this.word("heredoc");
    if (opening === undefined) return false;
    const marker = opening.replace(/^<<-?/, "").trim();
    const first = this.text.indexOf("\n", this.at) + 1;
    for (let from = first; from > 0;) {
      const next = this.text.indexOf("\n", from);
      const end = next === -1 ? this.text.length : next;
      if (this.text.slice(from, end).trim() === marker) {
        const form = opening.startsWith("<<-") ? "flush" : "heredoc";
        this.texts.push({ start, end, content: this.text.slice(first, from), form });
        // Its lines are not the file's: what has a value has this one.
        this.at = this.text.slice(from, end).trimEnd().length + from;
        this.ended(start);
        this.at = first - 1;
        this.skipTo(end);
        return true;
      }
      from = next + 1;
    }
    this.skipTo(this.text.length);
    return true;
  }

  private number(): boolean {
    const { at, text } = this;
    const word = this.word("number");
    if (word === undefined) return false;
    let start = at;
    while (text[start - 1] === " " || text[start - 1] === "\t") start--;
    if (text[start - 1] === "-") start--;
    else start = at;
    this.last = { line: this.line, column: at - this.lineStart + 1, name: word };
    this.numbers.push({ start, text: text.slice(start, this.at) });
    this.say(word);
    return true;
  }
}

/** @returns the positions in a .tfvars text; attributes inside an object are not assignments */
export function hclPositions(text: string): Positions {
  return new HclReader(text);
}

/** @returns the positions in a JSON text */
export function jsonPositions(text: string): Positions {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const places = new Places(text);
  const members = tree?.type === "object" ? (tree.children ?? []) : [];
  return {
    assignments: members.map((member) => ({
      name: String(member.children?.[0]?.value),
      ...places.at(member.offset),
      block: false,
      entries: entriesOf(member.children?.[1]),
    })),
    numbers: jsonNumbers(text),
    repetitions: members
      .flatMap((member) => jsonRepetitions(member.children?.[1]))
      .slice(0, MOST_REPETITIONS)
      .map(({ name, offset, first }) => ({
        name,
        ...new Places(text).at(offset),
        first: new Places(text).at(first).line,
      })),
    invalid: errors[0] && new Places(text).at(errors[0].offset),
  };
}

/** The same by offsets. */
type Repeated = Readonly<Record<"offset" | "first", number>> & { readonly name: string };

function jsonRepetitions(node: Node | undefined): readonly Repeated[] {
  const children = node?.children ?? [];
  const names = new Map<string, number>();
  const own = (node?.type === "object" ? children : []).flatMap(({ offset, children: [key] = [] }) => {
    const name = String(key?.value);
    const first = names.get(name);
    if (first === undefined) names.set(name, offset);
    return first === undefined ? [] : [{ name, offset, first }];
  });
  return [...own, ...children.flatMap(jsonRepetitions)];
}

/** JSON's parser has refused what is nested too deeply. */
function entriesOf(node: Node | undefined): number {
  const children = node?.children ?? [];
  // A property is a name and a value, and no more entries than the one that it is.
  const own = node?.type === "property" ? 0 : children.length;
  return children.reduce((sum, child) => sum + entriesOf(child), own);
}

function jsonNumbers(text: string): readonly NumberToken[] {
  const scanner = createScanner(text, true);
  const numbers: NumberToken[] = [];
  for (let kind = scanner.scan(); kind !== SyntaxKind.EOF; kind = scanner.scan()) {
    if (kind === SyntaxKind.NumericLiteral)
      numbers.push({ start: scanner.getTokenOffset(), text: scanner.getTokenValue() });
  }
  return numbers;
}

/** Positions of offsets that are asked for in order, so that every line is counted once. */
class Places {
  private line = 1;
  private lineStart = 0;

  constructor(private readonly text: string) {}

  at(offset: number): TextPosition {
    for (let next = this.text.indexOf("\n", this.lineStart); next !== -1 && next < offset;) {
      this.line++;
      this.lineStart = next + 1;
      next = this.text.indexOf("\n", this.lineStart);
    }
    return { line: this.line, column: offset - this.lineStart + 1 };
  }
}
