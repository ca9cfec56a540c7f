import { printable } from "../../modules/dify-gke/printable";

/**
 * For commands that only take `--help`: prints `help` if it is asked for, and an error for anything else.
 * @returns whether the command goes on
 */
export function takesNoArguments(args: readonly string[], help: string): boolean {
  if (args.length === 0) return true;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help.trimEnd());
    return false;
  }
  console.error(printable(`Unknown: ${args.join(" ")}. See --help.`));
  process.exitCode = 2;
  return false;
}
