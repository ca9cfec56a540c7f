/**
 * @param error what `parseArgs` throws
 * @returns what is wrong with a command line, as a sentence: Node.js goes on with advice that fits no command here
 */
export function wrongUsage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text.replace(/\.? To specify a positional argument.*$/s, "").replace(/\.$/, "")}.`;
}
