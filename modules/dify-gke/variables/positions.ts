/** A name given a value at the top level of a variable file. */
export interface Assignment {
  readonly name: string;
  readonly line: number;
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
    if (match) found.push({ name: match[1] ?? "", line: index + 1, block: match[2] === "{" });
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

/** @returns the keys of the outermost object of a JSON text, in order, duplicates included. */
export function jsonAssignments(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let depth = 0;
  let line = 1;
  let last: { readonly name: string; readonly line: number } | undefined;
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|[{}[\]:,\n]/g)) {
    if (token === "\n") line++;
    else if (token === ":" && depth === 1 && last) found.push({ ...last, block: false });
    else if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    last = token.startsWith('"') ? { name: unquote(token), line } : token === "\n" ? last : undefined;
  }
  return found;
}

function unquote(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token.slice(1, -1);
  }
}
