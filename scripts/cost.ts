import { commandLine, EXIT } from "./cost/options";
import { endWithReader, lastNet } from "./synth/last-net";
import { streamTerminal } from "./terminal/console";

endWithReader();

async function main(): Promise<void> {
  const context = {
    env: process.env,
    terminal: streamTerminal(process.stdout, process.env),
    complain: (text: string) => process.stderr.write(text),
  };
  const options = commandLine(process.argv.slice(2), context);
  if (typeof options === "number") {
    process.exitCode = options;
    return;
  }
  // CDKTF and Google's clients: not for a text of help, or a mistake.
  const { cost } = await import("./cost/run.js");
  process.exitCode = await cost(options, context);
}

main().catch((error: unknown) => {
  lastNet("the estimate", error, "--directory");
  process.exitCode = EXIT.failed;
});
