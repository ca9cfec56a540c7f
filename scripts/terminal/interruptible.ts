import { endWithReader, lastNet } from "../synth/last-net";
import { processTerminal, type Terminal } from "./console";

/** What a command gets that writes nothing before it is told to, and can be stopped until then. */
interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  readonly complain: (text: string) => void;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command until it ends or is interrupted, which it learns from its signal. Its result is the process' exit code.
 * @param name as people call it: `npm run adopt`
 * @param failed the exit code after an error that nothing else has caught
 */
export function interruptible(
  name: string,
  command: (args: readonly string[], context: Context) => Promise<number>,
  failed: number,
): void {
  endWithReader();
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interruption.abort();
    });
  }
  const context: Context = {
    env: process.env,
    terminal: processTerminal(process.env),
    complain: (text) => process.stderr.write(text),
    signal: interruption.signal,
  };
  command(process.argv.slice(2), context).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      lastNet(name, error, "--directory");
      process.exitCode = failed;
    },
  );
}
