import { HELP, options, Usage } from "./fuzz/options";
import { endWithReader, lastNet } from "./synth/last-net";
import { Console, streamTerminal } from "./terminal/console";

endWithReader();

async function main(args: readonly string[]): Promise<void> {
  const chosen = options(args);
  if (chosen.help) {
    console.log(HELP.trimEnd());
    return;
  }
  // Loads CDKTF and the inputs, which neither the help nor a mistake in the command line needs.
  const { run } = await import("./fuzz/run.js");
  const fine = await run(chosen, new Console(streamTerminal(process.stdout, process.env)));
  process.exitCode = fine ? 0 : 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof Usage) console.error(`${error.message}. See --help.`);
  else lastNet("the run", error);
  process.exitCode = error instanceof Usage ? 2 : 1;
});
