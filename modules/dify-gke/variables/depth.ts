import type { SyntaxProblem } from "./read-file";

/** Variables have at most three levels. */
const MOST_LEVELS = 100;

/**
 * The parsers recurse for each level. Terraform's parser, a separate program, would crash with a stack overflow, and then
 * no other file would be read either.
 * @param json whether the text is JSON, which has no comments
 * @returns where there are more levels than any value has, or nothing
 */
export function tooDeep(text: string, json: boolean): SyntaxProblem | undefined {
  const scan = new Scan(json);
  for (const [index, line] of text.split("\n").entries()) {
    const message = scan.read(line);
    if (message !== undefined) return { id: "file-syntax", line: index + 1, message };
  }
  return undefined;
}

const TOKEN = /"(?:\\.|[^"\\])*"?|\/\*|\*\/|\/\/|#|<<-?\w+\s*$|[[{()}\]]|[?!]|(?<!\w)-(?!\d)/g;

class Scan {
  private depth = 0;
  private operators = 0;
  /** Terminator of a text over several lines. */
  private heredoc: string | undefined;
  private comment = false;

  constructor(private readonly json: boolean) {}

  /** @returns what is wrong in the next line, or nothing */
  read(line: string): string | undefined {
    if (this.heredoc !== undefined) {
      if (line.trim() === this.heredoc) this.heredoc = undefined;
      else this.operators += templates(line);
      return this.wrong();
    }
    for (const [token] of line.matchAll(TOKEN)) {
      if (!this.take(token)) break;
      const wrong = this.wrong();
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  private wrong(): string | undefined {
    if (this.depth > MOST_LEVELS) return `More than ${MOST_LEVELS} brackets are open here. Close them.`;
    return this.operators > MOST_LEVELS
      ? `There are more than ${MOST_LEVELS} expressions up to here, and none would be evaluated. Write plain values.`
      : undefined;
  }

  /** @returns whether the line goes on */
  private take(token: string): boolean {
    if (this.comment) this.comment = !token.includes("*/");
    else if ("[{(".includes(token)) this.depth++;
    else if ("]})".includes(token)) this.depth = Math.max(0, this.depth - 1);
    else if (this.json) return true;
    else if (token === "#" || token === "//") return false;
    else if (token === "/*") this.comment = true;
    else if (token.startsWith("<<")) this.heredoc = token.replace(/^<<-?/, "").trim();
    else if (token !== "*/") this.operators += token.startsWith('"') ? templates(token) : 1;
    return true;
  }
}

/** @returns how many levels begin in a quoted text or a heredoc: directives, and quoted texts inside expressions */
function templates(text: string): number {
  return (text.match(/(?<!%)%(?:%%)*\{|"\s*\$\{/g) ?? []).length;
}
