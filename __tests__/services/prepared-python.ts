import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Result } from "./processes";

const SERVER = join(__dirname, "python/prepared.py");
/** Of modules that Python has compiled: nothing is written next to them. */
const COMPILED = join(__dirname, "../../node_modules/.cache/python");

/** Modules of Python's own library that scripts import: most take longer to load than a script then runs. */
const USUAL = [
  ...["argparse", "base64", "calendar", "contextlib", "encodings.idna", "gzip", "hashlib", "hmac", "http.server"],
  ...["json", "random", "re", "secrets", "shutil", "socket", "ssl", "string", "subprocess", "tarfile", "tempfile"],
  ...["threading", "urllib.request", "zipfile"],
];

export interface PythonOptions {
  /** @default - that of the tests */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
}

type RunPython = (args: readonly string[], options?: PythonOptions) => Promise<Result>;

/** One for each worker of Jest and set of modules: `__tests__/jest/runtime.cjs` keeps this module. */
const known = new Map<string, Prepared>();

/**
 * What runs a script as `run(python, args, options)` does, in a fifth of the time: in a copy (a fork) of a Python that has loaded
 * modules. Environment, arguments, directory, exit code and output are the script's own, and so is whatever it does to its
 * process. A script that is started once, that is sent signals, or that changes modules as it loads them (gevent) is for
 * `run`.
 * @param python path of the interpreter
 * @param modules what scripts import in addition to Python's own library
 */
export function preparedPython(python: string, modules: readonly string[] = []): RunPython {
  const key = JSON.stringify([python, modules]);
  return async (args, options) => {
    const prepared = known.get(key) ?? new Prepared(python, [...USUAL, ...modules]);
    known.set(key, prepared);
    return await prepared.run(args, options);
  };
}

interface Waiting {
  readonly done: (code: number | null) => void;
  readonly failed: (error: Error) => void;
}

class Prepared {
  private readonly directory = mkdtempSync(join(tmpdir(), "dify-python-"));
  private readonly server: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;

  constructor(python: string, modules: readonly string[]) {
    const server = spawn(python, [SERVER, COMPILED, ...modules], { stdio: ["pipe", "pipe", "inherit"] });
    this.server = server;
    // Jest's worker ends it by ending, and does not wait for it.
    server.unref();
    for (const stream of [server.stdin, server.stdout]) (stream as Socket).unref();
    createInterface(server.stdout).on("line", (line) => {
      const [number, code] = JSON.parse(line) as [number, number | null];
      this.waiting.get(number)?.done(code);
    });
    const ended = (): void => {
      for (const { failed } of this.waiting.values()) failed(new Error(`${python} ${SERVER} ended`));
    };
    server.on("error", ended).on("exit", ended);
    process.once("exit", () => {
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  async run(args: readonly string[], { env = process.env, cwd, input = "" }: PythonOptions = {}): Promise<Result> {
    const number = this.count++;
    const file = (name: string): string => join(this.directory, `${number}.${name}`);
    const files = { input: file("input"), output: file("output"), errors: file("errors") };
    writeFileSync(files.input, input);
    for (const path of [files.output, files.errors]) writeFileSync(path, "");
    const run = { number, arguments: args, environment: env, directory: cwd ?? process.cwd(), ...files };
    try {
      const code = await new Promise<number | null>((done, failed) => {
        this.waiting.set(number, { done, failed });
        this.server.stdin?.write(`${JSON.stringify(run)}\n`);
      });
      return { code, stdout: readFileSync(files.output, "utf8"), stderr: readFileSync(files.errors, "utf8") };
    } finally {
      this.waiting.delete(number);
      for (const path of Object.values(files)) rmSync(path);
    }
  }
}
