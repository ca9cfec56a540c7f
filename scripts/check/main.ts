import { takesColor } from "../../modules/dify-gke/colors";
import { printable } from "../../modules/dify-gke/problems";
import { check, EXIT } from "./check";

/** As main.ts has it: neither the file system's answer nor a fault of the project takes a stack trace to understand. */
function report(error: unknown): void {
  console.error(printable(`error: the check failed: ${error instanceof Error ? error.message : String(error)}`));
  console.error(
    "This is a fault of this project and not of your variable file. Please report it with the text above, the version in " +
      "package.json and, if you can, the output with DIFY_TRACE=1.",
  );
  if (process.env.DIFY_TRACE) console.error(error);
  process.exitCode = EXIT.failed;
}

check(process.argv.slice(2), process.env, {
  color: takesColor(process.stdout, process.env),
  print: (text) => {
    console.log(text);
  },
  complain: (text) => {
    console.error(text);
  },
}).then((code) => {
  process.exitCode = code;
}, report);
