import { processTerminal } from "./terminal/console";
import { lastNet, outliveReader } from "./synth/last-net";
import { commandLine } from "./acceptance/options";

// The command must not end with the reader of its output: what Terraform has created in a real project would be left there.
outliveReader();

async function main(): Promise<void> {
  const stop = new AbortController();
  let again = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      const text = again
        ? "Still waiting: Terraform would forget what it is creating if it were killed now."
        : "Stopping: Terraform finishes what it has started, which may take minutes.";
      process.stderr.write(`\n${text}\n`);
      again = true;
      stop.abort();
    });
  }
  const context = { env: process.env, terminal: processTerminal(process.env), signal: stop.signal };
  const options = commandLine(process.argv.slice(2), context);
  if (typeof options === "number") {
    process.exitCode = options;
    return;
  }
  // Loads CDKTF and Google's clients, which neither the help nor a mistake in the command line needs.
  const { acceptance } = await import("./acceptance/run.js");
  process.exitCode = await acceptance(options, context);
}

main().catch((error: unknown) => {
  lastNet("the acceptance run", error, "--directory or --run-dir");
  process.exitCode = 1;
});
