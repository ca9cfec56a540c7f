import { endWithReader, lastNet } from "../synth/last-net";
import { processTerminal, type Terminal } from "./console";

/** What a command has from outside. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  /** Writes why nothing was done, or what is wrong. */
  readonly complain: (text: string) => void;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
}

export interface Command<Options extends object> {
  /** As people call it: `npm run adopt`. */
  readonly name: string;
  /** @returns what the command line asks for, or the exit code where there is nothing to run */
  readonly commandLine: (args: readonly string[], context: Context) => Options | number;
  /** Loads what runs: CDKTF and Google's clients, which a text of help or a mistake does without. */
  readonly load: () => Promise<(options: Options, context: Context) => Promise<number>>;
  /** The exit code after an error that nothing else has caught. */
  readonly failed: number;
  /** Signals after which the run ends on its own; any other ends it at once. @default SIGINT and SIGTERM */
  readonly stops?: readonly NodeJS.Signals[];
}

/** Runs a command until it ends or is interrupted, which it learns from its signal. Its result is the process' exit code. */
export function start<Options extends object>(command: Command<Options>): void {
  const { commandLine, failed, load, name, stops = ["SIGINT", "SIGTERM"] } = command;
  endWithReader();
  const interruption = new AbortController();
  for (const signal of stops) {
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
  const run = async (): Promise<number> => {
    const options = commandLine(process.argv.slice(2), context);
    return typeof options === "number" ? options : (await load())(options, context);
  };
  run().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      lastNet(name, error, "--directory");
      process.exitCode = failed;
    },
  );
}
