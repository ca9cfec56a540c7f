import { parentPort, workerData } from "node:worker_threads";
import { examine, type Verdict } from "../../__tests__/fuzz/examine";
import { type Kind, kinds } from "../../__tests__/fuzz/kinds";

/** A thread's part of a run. */
export interface Share {
  readonly kind: Kind;
  readonly seed: number;
  readonly indices: readonly number[];
  /** For files; what is in it is lost. */
  readonly directory: string;
}

/** What became of one input. */
export interface Answer {
  readonly index: number;
  readonly what: string;
  readonly verdict: Omit<Verdict, "stacks">;
}

async function work({ kind, seed, indices, directory }: Share): Promise<void> {
  const inputs = kinds[kind](seed);
  for (const index of indices) {
    const input = inputs.at(index);
    const { outcome, findings, refusedBy, milliseconds } = await examine(input, directory);
    const answer: Answer = { index, what: input.what, verdict: { outcome, findings, refusedBy, milliseconds } };
    parentPort?.postMessage(answer);
  }
}

// An error ends the thread, and fails the run.
void work(workerData as Share);
