import { join } from "node:path";
import { diff, EXIT } from "./diff/run";
import { endWithReader, lastNet } from "./synth/last-net";
import { streamTerminal } from "./terminal/console";

endWithReader();

async function main(): Promise<void> {
  const stop = new AbortController();
  // The other revision's directory is removed before the process ends.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      stop.abort();
    });
  }
  process.exitCode = await diff(process.argv.slice(2), {
    root: join(__dirname, ".."),
    output: streamTerminal(process.stdout, process.env),
    errors: streamTerminal(process.stderr, process.env),
    signal: stop.signal,
  });
}

main().catch((error: unknown) => {
  lastNet("the comparison", error);
  process.exitCode = EXIT.failed;
});
