/** @returns a Markdown table without padding: a changed row is one line in a diff */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(titles) + line(titles.map(() => "---")) + rows.map(line).join("");
}

/** @returns the text as code in Markdown */
export function code(text: string): string {
  return `\`${text}\``;
}
