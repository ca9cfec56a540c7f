import { printable } from "../../modules/dify-gke/printable";
import type { Terminal } from "./console";

/** @returns the directory of the variable files @param given what `--directory` says */
export function variablesDirectory(env: NodeJS.ProcessEnv, given?: string): string {
  return given ?? (env.DIFY_VARIABLES || "variables");
}

/**
 * @param error what `parseArgs` throws
 * @returns what is wrong with a command line, as a sentence: Node.js goes on with advice that fits no command here
 */
export function wrongUsage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text.replace(/\.? To specify a positional argument.*$/s, "").replace(/\.$/, "")}.`;
}

/**
 * Writes the text of help if that is asked for, or what is wrong with a command line.
 * @param parsed what is asked for, what is wrong with it, or `undefined` for help
 * @returns what is asked for, or the exit code where nothing is
 */
export function askedFor<Options extends object>(
  parsed: Options | string | undefined,
  help: string,
  { terminal, complain }: { readonly terminal: Pick<Terminal, "write">; readonly complain: (text: string) => void },
): Options | number {
  if (typeof parsed === "string") {
    complain(`${printable(parsed)} See --help.\n`);
    return 2;
  }
  if (parsed) return parsed;
  terminal.write(help);
  return 0;
}
