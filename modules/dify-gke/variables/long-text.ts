/** A text of a .tfvars file as it stands there, with what is around it. */
export interface TextToken {
  readonly start: number;
  readonly end: number;
  /** What is between the quotes, or the lines of a heredoc. */
  readonly content: string;
  /** `heredoc`, or `flush` with `<<-`. */
  readonly form: "quoted" | "heredoc" | "flush";
}

/** From so many parts on the parser of HCL takes seconds: it puts each behind a copy of all before it. */
export const MANY = 500;

/**
 * Reads a text in the parser's place where it has so many parts (lines of a heredoc, escaped braces) that the parser would
 * take seconds for it.
 * @returns what is meant; `expression` where there is one in it; nothing where the parser is to read it
 */
export function readLongText(token: TextToken): { readonly meant: string } | "expression" | undefined {
  const { content, form } = token;
  if (content.length < MANY || content.includes("\r")) return undefined;
  const quoted = form === "quoted";
  const parts = content.match(quoted ? /[$%]\{/g : /\n|[$%]\{/g)?.length ?? 0;
  if (parts < MANY) return undefined;
  // Runs of three or more, and halves of surrogate pairs, are the parser's own affair.
  if (/\${3}|%{3}|\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]/.test(content)) return undefined;
  if (/(?<!\$)\$\{|(?<!%)%\{/.test(content)) return "expression";
  const lines = form === "flush" ? flushed(content) : content;
  const text = lines.replace(/([$%])\1\{/g, "$1{");
  if (!quoted) return { meant: text };
  // Braces have no escape but their own, so what is left is the same in both languages, two escapes aside.
  if (/\\(?![nrt"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})/.test(text.replaceAll("\\\\", ""))) return undefined;
  return { meant: text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, unescaped) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(_: string, short: string | undefined, long: string | undefined, character = ""): string {
  const code = short ?? long;
  if (code === undefined) return ESCAPES[character] ?? character;
  const point = Number.parseInt(code, 16);
  return point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point);
}

/** Lines without what all of them begin with; empty ones do not count. */
function flushed(content: string): string {
  const lines = content.split("\n");
  const indented = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const least = indented.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return lines.map((line) => (line.trim() === "" ? line : line.slice(least))).join("\n");
}
