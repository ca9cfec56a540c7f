import { EXIT } from "./adopt/run";
import { handover } from "./handover/run";
import { endWithReader, lastNet } from "./synth/last-net";
import { processTerminal } from "./terminal/console";

endWithReader();

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    interruption.abort();
  });
}

handover(process.argv.slice(2), {
  env: process.env,
  terminal: processTerminal(process.env),
  complain: (text) => process.stderr.write(text),
  signal: interruption.signal,
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    lastNet("npm run handover", error, "--directory");
    process.exitCode = EXIT.impossible;
  },
);
