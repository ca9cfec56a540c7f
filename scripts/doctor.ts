import { doctor, EXIT } from "./doctor/run";
import { endWithReader, lastNet } from "./synth/last-net";
import { processTerminal } from "./terminal/console";

endWithReader();

doctor(process.argv.slice(2), {
  env: process.env,
  terminal: processTerminal(process.env),
  complain: (text) => process.stderr.write(text),
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    lastNet("the doctor", error, "--directory");
    process.exitCode = EXIT.problems;
  },
);
