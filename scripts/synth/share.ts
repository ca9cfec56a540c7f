import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Fewer environments than these are written before another thread has started. */
const WORTH_A_THREAD = 12;
/** Each needs about 150 MiB. */
const MOST_THREADS = 4;

/** The message of a finished thread; `failed` is a plain object, because an error would lose its fields. */
export type Answer<Result> = { readonly result: Result } | { readonly failed: Failure };

/** A thread that did not finish. */
export interface Failure {
  /** What the thread was doing. */
  readonly step: string;
  readonly message: string;
  /** Error code of the file system. @default - a fault of the project */
  readonly code?: string;
  readonly stack?: string;
}

/** @returns the list, in order, split into one part per thread; the first part is for the calling thread */
export function shares<T>(list: readonly T[], cores = availableParallelism()): T[][] {
  const count = Math.max(1, Math.min(cores, MOST_THREADS, Math.floor(list.length / WORTH_A_THREAD)));
  const size = Math.ceil(list.length / count);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/**
 * Runs a script in another thread, with its share as `workerData`.
 * @returns its answer
 * @throws if it ends without an answer
 */
export function inThread<Result>(script: string, workerData: unknown): Promise<Answer<Result>> {
  return new Promise((done, reject) => {
    const worker = new Worker(script, { workerData });
    worker.on("message", (answer: Answer<Result>) => {
      done(answer);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      reject(new Error(`A thread ended with ${code} before it had finished`));
    });
  });
}
