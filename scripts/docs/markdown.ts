/** @returns a table as Markdown has it, with no padding: a row is a line of a diff */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(titles) + line(titles.map(() => "---")) + rows.map(line).join("");
}

/** @returns the text as Markdown's code */
export function code(text: string): string {
  return `\`${text}\``;
}
