/** A text in a .tfvars file as it is written, including its delimiters. */
export interface TextToken {
  readonly start: number;
  readonly end: number;
  /** The part between the quotes, or the lines of a heredoc. */
  readonly content: string;
  /** `heredoc`, or `flush` with `<<-`. */
  readonly form: "quoted" | "heredoc" | "flush";
}

/** From this many parts on, the HCL parser takes seconds: it puts each after a copy of all before it. */
export const MANY = 500;

/**
 * Reads a text instead of the parser if it has so many parts (lines of a heredoc, escaped braces) that the parser would
 * take seconds for it.
 * @returns what is meant; what it has instead, an expression or an unknown escape; nothing if it is short
 */
export function readLongText(token: TextToken): { readonly meant: string } | "expression" | "no escape" | undefined {
  const { content, form } = token;
  if (content.length < MANY) return undefined;
  const quoted = form === "quoted";
  const parts = content.match(quoted ? /[$%]\{/g : /\n|[$%]\{/g)?.length ?? 0;
  if (parts < MANY) return undefined;
  if (/(?<!\$)\$\{|(?<!%)%\{/.test(content)) return "expression";
  const lines = form === "flush" ? flushed(content) : content;
  const text = lines.replace(/([$%])\1\{/g, "$1{");
  if (!quoted) return { meant: text };
  // Braces have no other escape, so the rest is the same in both languages, except for two escapes. In these, the
  // parser finds no character.
  if (
    /\\(?![nrt"\\]|u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}|U00(?:0[1-9A-Fa-f]|10|00(?![dD][89a-fA-F]))[0-9A-Fa-f]{4})/.test(
      text.replaceAll("\\\\", ""),
    )
  )
    return "no escape";
  return { meant: text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, unescaped) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(_: string, short: string | undefined, long: string | undefined, character = ""): string {
  const code = short ?? long;
  return code === undefined ? (ESCAPES[character] ?? character) : String.fromCodePoint(Number.parseInt(code, 16));
}

/** Lines without their common indentation; empty ones do not count. */
function flushed(content: string): string {
  const lines = content.split("\n");
  const indented = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const least = indented.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return lines.map((line) => (line.trim() === "" ? line : line.slice(least))).join("\n");
}
