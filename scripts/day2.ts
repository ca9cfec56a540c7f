import { commandLine, EXIT } from "./day2/options";
import { endWithReader, lastNet } from "./synth/last-net";
import { processTerminal } from "./terminal/console";

endWithReader();

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}

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
  // CDKTF and Google's clients: not for a text of help, or a mistake.
  const { day2 } = await import("./day2/command.js");
  process.exitCode = await day2(options, context);
}

main().catch((error: unknown) => {
  lastNet("npm run day2", error, "--directory");
  process.exitCode = EXIT.failed;
});
