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
