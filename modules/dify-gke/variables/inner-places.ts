import { type Node, parseTree } from "jsonc-parser";
import type { TextPosition } from "./positions";

/** A value inside of a variable's value. */
interface InnerPlace extends TextPosition {
  /** Names of fields and numbers of list elements, from the variable on. */
  readonly path: readonly (string | number)[];
  /** Where it is a text. @default - another kind of value */
  readonly text?: string;
}

type Path = InnerPlace["path"];

/** The same by its offset. */
interface Found {
  readonly path: Path;
  readonly offset: number;
  /** Where it is a text. @default - another kind of value */
  readonly text?: string;
}

/** Words of HCL, each where the last one ends. */
const BLANK = /[\s,]+/y;
const COMMENT = /(?:#|\/\/)[^\n]*/y;
const STRING = /"((?:\\.|[^"\\\n])*)"/y;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*(?=\r?\n)/uy;
const NAME = /[\p{ID_Start}_][\p{ID_Continue}.-]*/uy;
const GIVES = /[ \t]*[=:]/y;
const SCALAR = /[^\s,\]}#]+/y;

/**
 * Reads one value of a .tfvars text. Where it is not plain, it stops: what it has found until then is right.
 * @param start offset of the variable's name
 */
class HclValue {
  readonly found: Found[] = [];
  private at: number;

  constructor(
    private readonly content: string,
    start: number,
  ) {
    this.at = start;
    if (this.key() !== undefined && this.word(GIVES)) this.value([]);
  }

  private word(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.content) ?? undefined;
    if (found) this.at += found[0].length;
    return found;
  }

  /** Goes to the next word. */
  private skip(): void {
    for (;;) {
      if (this.word(BLANK) ?? this.word(COMMENT)) continue;
      if (!this.content.startsWith("/*", this.at)) return;
      const end = this.content.indexOf("*/", this.at + 2);
      this.at = end === -1 ? this.content.length : end + 2;
    }
  }

  private key(): string | undefined {
    return this.word(STRING)?.[1] ?? this.word(NAME)?.[0];
  }

  /**
   * @param offset of what has this value. @default - the variable, which is known already
   * @returns whether it could be read to its end
   */
  private value(path: Path, offset?: number): boolean {
    this.skip();
    const string = this.word(STRING);
    if (offset !== undefined) this.found.push({ path, offset, text: string?.[1] });
    if (string) return true;
    const character = this.content[this.at];
    if (character === "{") return this.members(path);
    if (character === "[") return this.elements(path);
    return this.heredoc() || this.word(SCALAR) !== undefined;
  }

  private members(path: Path): boolean {
    this.at++;
    for (;;) {
      this.skip();
      if (this.content[this.at] === "}") return ++this.at > 0;
      const offset = this.at;
      const name = this.key();
      if (name === undefined || !this.word(GIVES)) return false;
      if (!this.value([...path, name], offset)) return false;
    }
  }

  private elements(path: Path): boolean {
    this.at++;
    for (let index = 0; ; index++) {
      this.skip();
      if (this.content[this.at] === "]") return ++this.at > 0;
      if (!this.value([...path, index], this.at)) return false;
    }
  }

  private heredoc(): boolean {
    const marker = this.word(HEREDOC)?.[1];
    if (marker === undefined) return false;
    for (let from = this.content.indexOf("\n", this.at) + 1; from > 0;) {
      const next = this.content.indexOf("\n", from);
      const end = next === -1 ? this.content.length : next;
      this.at = end;
      if (this.content.slice(from, end).trim() === marker) return true;
      from = next + 1;
    }
    return false;
  }
}

function ofJson(node: Node, path: Path): Found[] {
  return (node.children ?? []).flatMap((child, index) => {
    const [key, value]: readonly (Node | undefined)[] =
      child.type === "property" ? (child.children ?? []) : [undefined, child];
    if (!value) return [];
    const own: Path = [...path, key ? String(key.value) : index];
    const text = typeof value.value === "string" ? value.value : undefined;
    return [{ path: own, offset: child.offset, text }, ...ofJson(value, own)];
  });
}

/** Everything inside of one variable's value, to be asked where something is. */
export class InnerPlaces {
  private readonly byPath = new Map<string, InnerPlace>();
  /** By what a rule may name: the last field, or the text. */
  private readonly byWord = new Map<string, InnerPlace[]>();
  /** Texts of the fields of a list's element, one of which is its name. */
  private readonly textsOf = new Map<string, Set<string>>();

  /** @param place of the variable's name */
  constructor(content: string, json: boolean, place: TextPosition) {
    for (const inner of innerPlaces(content, json, place)) {
      const { path, text } = inner;
      const last = path.at(-1);
      const key = JSON.stringify(path);
      if (!this.byPath.has(key)) this.byPath.set(key, inner);
      if (typeof last === "string") this.add(last, inner);
      if (text === undefined) continue;
      if (text !== last) this.add(text, inner);
      const element = JSON.stringify(path.slice(0, -1));
      this.textsOf.set(element, (this.textsOf.get(element) ?? new Set<string>()).add(text));
    }
  }

  private add(word: string, place: InnerPlace): void {
    const known = this.byWord.get(dashed(word));
    // With more of a kind there is no telling which is meant.
    if (known === undefined) this.byWord.set(dashed(word), [place]);
    else if (known.length < MOST_ALIKE) known.push(place);
  }

  /** @returns where a path leads, or how far the text has it */
  ofPath(path: readonly PropertyKey[]): TextPosition | undefined {
    for (let length = path.length; length > 0; length--) {
      const found = this.byPath.get(JSON.stringify(path.slice(0, length)));
      if (found) return { line: found.line, column: found.column };
    }
    return undefined;
  }

  /** @returns where the thing is that a rule names: by its fields, the name of its list's element, or the text itself */
  ofSubject(subject: string): TextPosition | undefined {
    for (const parts of waysToRead(subject)) {
      const found = this.byWord
        .get(dashed(parts.at(-1) ?? ""))
        ?.find(({ path }) => this.isIn(path, parts.slice(0, -1)));
      if (found) return { line: found.line, column: found.column };
    }
    return undefined;
  }

  /** Whether a path leads through the parts with these names, in this order. */
  private isIn(path: Path, outer: readonly string[]): boolean {
    let next = 0;
    for (const [index, step] of path.entries()) {
      const word = outer[next];
      if (word === undefined) return true;
      const found =
        typeof step === "string"
          ? dashed(step) === dashed(word)
          : this.textsOf.get(JSON.stringify(path.slice(0, index + 1)))?.has(word);
      if (found) next++;
    }
    return next === outer.length;
  }
}

const MOST_ALIKE = 100;
/** Of a path: a file names a few directories. */
const MOST_PARTS = 6;

/** A component may be written with - and with _. */
function dashed(word: string): string {
  return word.replaceAll("_", "-");
}

/** `clean.API_KEY`, `ingress of tika`, `output_env_var_name of "tika" is …`, `/home/me/scripts/a.sh`: from the outside inwards. */
function waysToRead(subject: string): readonly (readonly string[])[] {
  const [, field, item] = /^(\S{1,100}) of "?([^"\s]{1,100})/.exec(subject) ?? [];
  const quoted = /"([^"]{1,200})"/.exec(subject)?.[1];
  const parts = subject.startsWith("/") ? subject.split("/").slice(-MOST_PARTS) : [];
  return [
    [subject],
    subject.split("."),
    ...(field !== undefined && item !== undefined ? [[item, field]] : []),
    ...(quoted === undefined ? [] : [[quoted]]),
    // Of a path that was put together, what the file says of it.
    ...parts.map((_, index) => [parts.slice(index).join("/")]),
  ];
}

function innerPlaces(content: string, json: boolean, place: TextPosition): readonly InnerPlace[] {
  const starts = [0];
  for (let next = content.indexOf("\n"); next !== -1; next = content.indexOf("\n", next + 1)) starts.push(next + 1);
  const start = (starts[place.line - 1] ?? 0) + place.column - 1;
  const found = json ? jsonValue(content, start) : new HclValue(content, start).found;
  let line = 1;
  return found.map(({ path, offset, text }) => {
    while ((starts[line] ?? Infinity) <= offset) line++;
    return { path, text, line, column: offset - (starts[line - 1] ?? 0) + 1 };
  });
}

function jsonValue(content: string, start: number) {
  const member = parseTree(content)?.children?.find(({ offset }) => offset === start);
  const value = member?.children?.[1];
  return value ? ofJson(value, []) : [];
}
