import { commandLine, EXIT } from "./discover/options";
import { endWithReader, lastNet } from "./synth/last-net";
import { processTerminal } from "./terminal/console";

endWithReader();

const stop = new AbortController();
process.once("SIGINT", () => {
  stop.abort();
});

async function main(): Promise<void> {
  const context = {
    env: process.env,
    terminal: processTerminal(process.env),
    complain: (text: string) => process.stderr.write(text),
    signal: stop.signal,
  };
  const options = commandLine(process.argv.slice(2), context);
  if (typeof options === "number") {
    process.exitCode = options;
    return;
  }
  // Google's clients: not for a text of help, or a mistake.
  const { discover } = await import("./discover/run.js");
  process.exitCode = await discover(options, context);
}

main().catch((error: unknown) => {
  lastNet("discovery", error, "--directory");
  process.exitCode = EXIT.refused;
});
