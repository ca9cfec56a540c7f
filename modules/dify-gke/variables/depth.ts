import type { SyntaxProblem } from "./read-file";

/** A variable goes three levels deep. */
const MOST_LEVELS = 100;

/**
 * The parsers call themselves for each level, and Terraform's, which is a program of its own, ends with the stack: no other
 * file would be read then either.
 * @param json whether the text is JSON, which has no comments
 * @returns where more is open than any value takes, or nothing
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
  /** Last line of a text that goes over several. */
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

/** @returns how many levels begin in a text in quotes, or in a heredoc: directives, and texts in quotes inside of an expression */
function templates(text: string): number {
  return (text.match(/(?<!%)%(?:%%)*\{|"\s*\$\{/g) ?? []).length;
}
