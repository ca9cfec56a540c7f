import { createInterface } from "node:readline/promises";
import { type Format, paint, takesColor } from "../../modules/dify-gke/colors";

/** What a command writes to and asks: the terminal, or a test's stand-in. */
export interface Terminal {
  readonly write: (text: string) => void;
  /** Whether somebody can watch and answer. */
  readonly interactive: boolean;
  readonly color: boolean;
  readonly columns: number;
  /** @returns the answer; `undefined` if the run was interrupted */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** @returns a terminal for output only, without questions */
export function streamTerminal(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  return {
    write: (text) => stream.write(text),
    interactive: stream.isTTY,
    color: takesColor(stream, env),
    columns: stream.columns || 80,
    ask: () => Promise.resolve(undefined),
  };
}

export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout } = process;
  const interactive = stdin.isTTY && stdout.isTTY;
  return {
    write: (text) => stdout.write(text),
    interactive,
    color: takesColor(stdout, env),
    columns: stdout.columns || 80,
    ask: async (question, signal) => {
      const lines = createInterface({ input: stdin, output: stdout });
      // In raw mode Ctrl-C and Ctrl-D are keys, not signals.
      const stop = new AbortController();
      lines.on("SIGINT", () => {
        process.kill(process.pid, "SIGINT");
      });
      lines.on("close", () => {
        stop.abort();
      });
      try {
        return await lines.question(question, { signal: AbortSignal.any([signal, stop.signal]) });
      } catch {
        return undefined;
      } finally {
        lines.close();
      }
    },
  };
}

const TICK_MS = 1000;
/** Without a terminal, a line now and then shows that a slow step is alive. */
const HEARTBEAT_MS = 60_000;

/**
 * One line per step, with its time; while it runs, a line that is overwritten (terminal) or a line per minute (log).
 */
export class Console {
  private ticking: { readonly timer: NodeJS.Timeout; readonly draw: () => void } | undefined;

  constructor(private readonly terminal: Terminal) {}

  paint(format: Format, text: string): string {
    return paint(this.terminal.color, format, text);
  }

  line(text = ""): void {
    this.erase();
    this.terminal.write(`${text}\n`);
    this.ticking?.draw();
  }

  /** @param status the step's progress, asked for once a second */
  start(title: string, status: () => string): () => string {
    const began = Date.now();
    const text = (): string => `${title}  ${duration(Date.now() - began)}  ${status()}`;
    const draw = (): void => {
      this.erase();
      if (this.terminal.interactive) this.terminal.write(`… ${text()}`.slice(0, this.terminal.columns - 1));
    };
    const tick = this.terminal.interactive
      ? draw
      : () => {
          this.terminal.write(`… ${text()}\n`);
        };
    this.ticking = { timer: setInterval(tick, this.terminal.interactive ? TICK_MS : HEARTBEAT_MS), draw };
    draw();
    return () => {
      clearInterval(this.ticking?.timer);
      this.erase();
      this.ticking = undefined;
      return duration(Date.now() - began);
    };
  }

  private erase(): void {
    if (this.ticking && this.terminal.interactive) this.terminal.write("\r\u001b[K");
  }

  /** @returns the answer; `undefined` if the run was interrupted */
  ask(question: string, signal: AbortSignal): Promise<string | undefined> {
    return this.terminal.ask(question, signal);
  }

  async confirm(question: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.ask(`${question} [y/N] `, signal);
    return /^(y|yes)$/i.test(answer?.trim() ?? "");
  }

  get interactive(): boolean {
    return this.terminal.interactive;
  }
}

/** @returns `3.4s`, `12m05s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  return `${Math.floor(seconds / 60)}m${String(Math.floor(seconds % 60)).padStart(2, "0")}s`;
}
