import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { examine } from "../../__tests__/fuzz/examine";
import { type Inputs, type Kind, kinds } from "../../__tests__/fuzz/kinds";
import { formatProblems } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import type { Console } from "../terminal/console";
import { tryCommands } from "./commands";
import type { Options } from "./options";
import { type Case, shown, Tally } from "./tally";
import { validateStacks } from "./validations";
import type { Answer, Share } from "./worker";

/** Inputs of one thread: CDKTF keeps what it has made until its thread ends, some 350 KiB of each. */
const A_THREAD = 1000;

/** @returns whether nothing was found */
export async function run(options: Options, terminal: Console): Promise<boolean> {
  const work = mkdtempSync(join(tmpdir(), "fuzz-"));
  try {
    if (options.one) return await show(options, options.one, work, terminal);
    const tally = new Tally();
    for (const kind of options.only) await runKind(kind, options, tally, work, terminal);
    await tryCommands(tally, options, work, terminal);
    await validateStacks(tally, options, work, terminal);
    terminal.line(tally.report(options.seed));
    return tally.findings === 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function runKind(kind: Kind, options: Options, tally: Tally, work: string, terminal: Console): Promise<void> {
  const chosen = indices(kinds[kind](options.seed), options);
  let done = 0;
  const before = tally.accepted.length;
  const stop = terminal.start(kind, () => `${done} of ${chosen.length}, ${tally.findings} findings`);
  const told = ({ index, what, verdict }: Answer): void => {
    tally.add({ kind, index, what }, verdict);
    done++;
    for (const text of tally.news()) terminal.line(text);
  };
  let took: string;
  try {
    for (let from = 0; from < chosen.length; from += A_THREAD) {
      const share = chosen.slice(from, from + A_THREAD);
      await inThread({ kind, seed: options.seed, indices: share, directory: join(work, "case") }, told);
    }
  } finally {
    took = stop();
  }
  terminal.line(`${kind}: ${done} inputs, ${tally.accepted.length - before} accepted  ${took}`);
}

function inThread(workerData: Share, told: (answer: Answer) => void): Promise<void> {
  return new Promise((done, reject) => {
    // A thread does not know TypeScript before it is told.
    const script = `require("tsx/cjs"); require(${JSON.stringify(join(__dirname, "worker.ts"))});`;
    const worker = new Worker(script, { eval: true, workerData });
    worker.on("message", told);
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (code === 0) done();
      else reject(new Error(`A thread ended with ${code} before it was done`));
    });
  });
}

/** All of them if the count allows it; otherwise some at equal distances, and others with another seed. */
function indices({ length }: Inputs, { count, seed }: Options): readonly number[] {
  if (length === undefined) return Array.from({ length: count }, (_, index) => index);
  const chosen = Math.min(count, length);
  return Array.from({ length: chosen }, (_, index) => (Math.floor((index * length) / chosen) + (seed - 1)) % length);
}

/** Prints one input: its files, what is said about them, and what is found. */
async function show(
  { seed }: Options,
  { kind, index }: NonNullable<Options["one"]>,
  work: string,
  terminal: Console,
): Promise<boolean> {
  const input = kinds[kind](seed).at(index);
  const one: Case = { kind, index, what: input.what };
  const directory = join(work, "case");
  const verdict = await examine(input, directory);
  terminal.line(input.what);
  for (const [name, content] of Object.entries(input.files)) {
    terminal.line(`\n${name}, ${content.byteLength} bytes`);
    const lines = Buffer.from(content).toString().split("\n");
    for (const line of lines.slice(0, 100)) terminal.line(`  ${shown(line, 300)}`);
  }
  const { problems } = await readEnvironments({ directory: join(directory, "variables") });
  terminal.line(`\n${formatProblems(problems, { color: false })}\n`);
  const tally = new Tally();
  tally.add(one, verdict);
  terminal.line(`${verdict.outcome}. ${tally.report(seed)}`);
  return tally.findings === 0;
}
