/**
 * Reads a text as Terraform reads one in a JSON file, character by character: written by HCL's own rules, not by the code
 * under test (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-literals).
 * @returns the text, with what would be evaluated replaced by U+FFFC
 */
export function evaluated(template: string): string {
  let text = "";
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at);
    const begins = character === "$" || character === "%";
    if (begins && template.startsWith(`${character}${character}{`, at)) {
      text += `${character}{`;
      at += 2;
    } else if (begins && template.charAt(at + 1) === "{") {
      text += "\uFFFC";
      at++;
    } else text += character;
  }
  return text;
}

/** What a template consists of: what it says, and what Terraform evaluates, with the marks around it. */
export type Part = { readonly text: string } | { readonly expression: string };

/** @returns a template's parts, in order */
export function parts(template: string): readonly Part[] {
  const found: Part[] = [];
  const special = /([$%])\1\{|[$%]\{/g;
  let text = "";
  let from = 0;
  for (let match = special.exec(template); match; match = special.exec(template)) {
    text += template.slice(from, match.index);
    if (match[1] === undefined) {
      from = endOf(template, special.lastIndex);
      found.push({ text }, { expression: template.slice(match.index, from) });
      text = "";
    } else {
      text += `${match[1]}{`;
      from = special.lastIndex;
    }
    special.lastIndex = from;
  }
  return [...found, { text: text + template.slice(from) }];
}

/** @param from after the brace that opens an expression @returns after the one that closes it */
function endOf(template: string, from: number): number {
  let depth = 1;
  for (let at = from; at < template.length; at++) {
    const character = template.charAt(at);
    if (character === '"') at = endOfQuotes(template, at + 1) - 1;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return template.length;
}

function endOfQuotes(template: string, from: number): number {
  for (let at = from; at < template.length; at++) {
    if (template.charAt(at) === "\\") at++;
    else if (/^([$%])\1\{/.test(template.slice(at, at + 3))) at += 2;
    else if (/^[$%]\{/.test(template.slice(at, at + 2))) at = endOf(template, at + 2) - 1;
    else if (template.charAt(at) === '"') return at + 1;
  }
  return template.length;
}

/** @returns a text in quotes, as it has to be written in a .tfvars file */
function quoted(text: string): string {
  const escaped = JSON.stringify(text).replace(/[$%](?=\{)/g, "$&$&");
  // Of JSON's escapes HCL lacks two.
  return escaped.replace(/\\b/g, "\\u0008").replace(/\\f/g, "\\u000c");
}

/** @returns a value as it has to be written in a .tfvars file */
export function hcl(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(hcl).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${quoted(key)} = ${hcl(item)}`)
    .join(", ")} }`;
}
