import { type ChildProcess, fork } from "node:child_process";

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** @default - that of the tests */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** @default - that of the tests */
  readonly cwd?: string | undefined;
  /** Whom it runs as. @default - the user of the tests */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** @default - none */
  readonly input?: string | undefined;
  /** Gets what it prints while it still runs. @default - all of it comes with the result */
  readonly heard?: ((text: string) => void) | undefined;
}

type Answer = { readonly number: number } & (
  | { readonly heard: string }
  | { readonly result: Result }
  | { readonly error: { readonly message: string; readonly code?: string } }
);

interface Waiting extends Pick<RunOptions, "heard"> {
  readonly done: (result: Result) => void;
  readonly failed: (error: Error) => void;
}

/** One for each worker of Jest: `__tests__/jest/runtime.cjs` keeps this module. */
let starter: ChildProcess | undefined;
const waiting = new Map<number, Waiting>();
let count = 0;

/**
 * Runs a program to its end, started by a small process: Linux copies the page tables of the process that starts a program, which
 * takes longer for a worker of Jest than most programs run.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { env = process.env, cwd = process.cwd(), uid, gid, input = "", heard } = options;
  starter ??= newStarter();
  const number = count++;
  try {
    return await new Promise<Result>((done, failed) => {
      waiting.set(number, { done, failed, heard });
      starter?.channel?.ref();
      starter?.send({ number, command, args, options: { env, cwd, uid, gid }, input, hears: heard !== undefined });
    });
  } finally {
    waiting.delete(number);
    // Jest's worker ends it by ending, and does not wait for it.
    if (waiting.size === 0) starter.channel?.unref();
  }
}

function newStarter(): ChildProcess {
  const path = require.resolve("./starter-process.cjs");
  const child = fork(path, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.unref();
  child.on("message", (answer: Answer) => {
    const { done, failed, heard } = waiting.get(answer.number) ?? {};
    if ("heard" in answer) heard?.(answer.heard);
    else if ("result" in answer) done?.(answer.result);
    else failed?.(Object.assign(new Error(answer.error.message), { code: answer.error.code }));
  });
  child.on("exit", () => {
    for (const { failed } of waiting.values()) failed(new Error(`${path} ended`));
  });
  return child;
}
