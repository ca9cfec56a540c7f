import { cost, EXIT } from "./cost/run";
import { endWithReader, lastNet } from "./synth/last-net";
import { streamTerminal } from "./terminal/console";

endWithReader();

cost(process.argv.slice(2), {
  env: process.env,
  terminal: streamTerminal(process.stdout, process.env),
  complain: (text) => process.stderr.write(text),
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    lastNet("the estimate", error, "--directory");
    process.exitCode = EXIT.failed;
  },
);
