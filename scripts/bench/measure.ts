import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** A measured app. */
export interface Subject {
  readonly name: string;
  /** Arguments with which Node.js runs the app. */
  readonly app: readonly string[];
  /** Directory of the variable files. */
  readonly variables?: string;
}

/** One run of a command. */
export interface Sample {
  readonly seconds: number;
  /** The highest peak of any single process, in MiB. */
  readonly memory: number;
}

const ROOT = resolve(__dirname, "..", "..");
const PRELOAD = join(ROOT, "scripts", "bench", "peak-memory.cjs");
const CDKTF = join(ROOT, "node_modules", ".bin", "cdktf");

/** @returns the command line that runs an app alone, as in `cdktf.json` */
export function appCommand(subject: Subject): string[] {
  return ["node", ...subject.app];
}

/** Runs the app alone, in its own directory. */
export function measureApp(subject: Subject, work: string): Promise<Sample> {
  const [program = "", ...args] = appCommand(subject);
  return measure(program, args, subject, work);
}

/** Runs the whole `cdktf synth`, which runs the app. */
export function measureSynth(subject: Subject, work: string): Promise<Sample> {
  return measure(CDKTF, ["synth"], subject, work);
}

async function measure(program: string, args: readonly string[], subject: Subject, work: string): Promise<Sample> {
  const memory = join(work, "memory");
  rmSync(memory, { recursive: true, force: true });
  // Every run starts without earlier output.
  rmSync(join(work, "cdktf.out"), { recursive: true, force: true });
  mkdirSync(memory, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...(subject.variables ? { DIFY_VARIABLES: subject.variables } : {}),
    BENCH_MEMORY_DIRECTORY: memory,
    NODE_OPTIONS: `--require=${JSON.stringify(PRELOAD)}`,
    // Keeps it from asking for newer releases.
    CHECKPOINT_DISABLE: "1",
    CI: "1",
  };
  delete env.CDKTF_OUTDIR;
  delete env.DIFY_ENVIRONMENTS;
  const began = process.hrtime.bigint();
  await run(program, args, work, env);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const peaks = readdirSync(memory).map((pid) => Number(readFileSync(join(memory, pid), "utf8")));
  return { seconds, memory: Math.max(...peaks) / 1024 };
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) done();
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? "a signal"}:\n${output}`));
    });
  });
}

/** @returns the median */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [upper = 0, lower = upper] = [sorted[middle], sorted[middle - 1]];
  return sorted.length % 2 === 1 ? upper : (upper + lower) / 2;
}
