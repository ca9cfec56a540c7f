import { readLongText, type TextToken } from "./long-text";

/**
 * A number as written in a file, if the notation matters: `1.10` and `123456789012345678` mean something else as texts
 * than as numbers (https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion).
 */
export class WrittenNumber {
  constructor(readonly text: string) {}

  get value(): number {
    return Number(this.text);
  }
}

/** A number in a text. */
export interface NumberToken {
  readonly start: number;
  readonly text: string;
}

/** What the parser finds the same fault with, and at once. */
const WRONG = { expression: '"${many}"', "no escape": '"\\many"' } as const;

/** A noncharacter of Unicode. Texts in files must not have it, so a text that begins with it is a mark for something else. */
const MARK = "\uFDD4";

/**
 * A file's text for its parser: what the parser would lose, or take too long for, is replaced by a mark, and put back
 * into what was read.
 */
export class Marks {
  /** The text with marks. */
  readonly text: string;
  private readonly meant = new Map<string, unknown>();

  constructor(
    text: string,
    found: {
      readonly numbers: readonly NumberToken[];
      /** @default [] */
      readonly texts?: readonly TextToken[];
    },
  ) {
    const marks = [...this.numbers(found.numbers), ...this.texts(text, found.texts ?? [])];
    let from = 0;
    const parts: string[] = [];
    for (const { start, end, mark } of marks.sort((a, b) => a.start - b.start)) {
      parts.push(text.slice(from, start), mark);
      from = end;
    }
    this.text = parts.join("") + text.slice(from);
  }

  /** @returns what a parser read, with marks replaced by what is meant */
  read(value: unknown): unknown {
    if (typeof value === "string") return this.meant.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item: unknown) => this.read(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.name(key), this.read(item)]));
  }

  private name(key: string): string {
    const meant = this.meant.get(key);
    return meant instanceof WrittenNumber ? meant.text : typeof meant === "string" ? meant : key;
  }

  private numbers(numbers: readonly NumberToken[]) {
    return numbers.flatMap(({ start, text }) => {
      const written = text.replace(/[ \t]/g, "");
      if (String(Number(written)) === written) return [];
      return [{ start, end: start + text.length, mark: this.mark(new WrittenNumber(written)) }];
    });
  }

  private texts(text: string, tokens: readonly TextToken[]) {
    return tokens.flatMap((token) => {
      const read = readLongText(token);
      if (read === undefined) return [];
      // One mistake is as wrong as many.
      const mark = typeof read === "string" ? WRONG[read] : this.mark(read.meant);
      // Keeps the line numbers of what follows.
      const lines = text.slice(token.start, token.end).match(/\n/g)?.length ?? 0;
      return [{ start: token.start, end: token.end, mark: mark + "\n".repeat(lines) }];
    });
  }

  private mark(meant: unknown): string {
    const mark = `${MARK}${this.meant.size}`;
    this.meant.set(mark, meant);
    return `"${mark}"`;
  }
}
