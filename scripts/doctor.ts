import { commandLine, EXIT } from "./doctor/options";
import { endWithReader, lastNet } from "./synth/last-net";
import { processTerminal } from "./terminal/console";

endWithReader();

async function main(): Promise<void> {
  const context = {
    env: process.env,
    terminal: processTerminal(process.env),
    complain: (text: string) => process.stderr.write(text),
  };
  const options = commandLine(process.argv.slice(2), context);
  if (typeof options === "number") {
    process.exitCode = options;
    return;
  }
  // CDKTF and Google's clients: not for a text of help, or a mistake.
  const { doctor } = await import("./doctor/run.js");
  process.exitCode = await doctor(options, context);
}

main().catch((error: unknown) => {
  lastNet("the doctor", error, "--directory");
  process.exitCode = EXIT.problems;
});
