/**
 * For a command that takes nothing but `--help`: prints `help` where it is asked for, and an error where something else is.
 * @returns whether the command is to go on
 */
export function takesNoArguments(args: readonly string[], help: string): boolean {
  if (args.length === 0) return true;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help.trimEnd());
    return false;
  }
  console.error(`Unknown: ${args.join(" ")}. See --help.`);
  process.exitCode = 2;
  return false;
}
