import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Fewer environments than these are written before another thread has loaded what it takes. */
const WORTH_A_THREAD = 12;
/** Each needs some 150 MiB. */
const MOST_THREADS = 4;

/** What a thread says when it is done; `failed` is plain, as an error would lose its fields on the way. */
export type Answer<Result> = { readonly result: Result } | { readonly failed: Failure };

/** A thread that did not come to its end. */
export interface Failure {
  /** What it was doing. */
  readonly step: string;
  readonly message: string;
  /** Of the file system. @default - a fault of the project */
  readonly code?: string;
  readonly stack?: string;
}

/** @returns the list in as many parts, in order, as there should be threads; the first is for the one that asks */
export function shares<T>(list: readonly T[], cores = availableParallelism()): T[][] {
  const count = Math.max(1, Math.min(cores, MOST_THREADS, Math.floor(list.length / WORTH_A_THREAD)));
  const size = Math.ceil(list.length / count);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/**
 * Has another thread run a script, to which `workerData` is its share.
 * @returns what it answers
 * @throws where it ends without an answer
 */
export function inThread<Result>(script: string, workerData: unknown): Promise<Answer<Result>> {
  return new Promise((done, reject) => {
    const worker = new Worker(script, { workerData });
    worker.on("message", (answer: Answer<Result>) => {
      done(answer);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      reject(new Error(`A thread ended with ${code} before it was done`));
    });
  });
}
