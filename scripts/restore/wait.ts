import { setTimeout as sleep } from "node:timers/promises";

/** How to wait for the cluster. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. */
  readonly pause: number;
}

/**
 * @param look returns what is waited for, or `undefined`
 * @param seconds how long it may take. @default - without end
 * @returns what was waited for; `undefined` if it took too long
 * @throws if the run was interrupted
 */
export async function until<T>({ signal, pause }: Waiting, look: () => Promise<T | undefined>, seconds = Infinity) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const seen = await look();
    if (seen !== undefined || Date.now() > end) return seen;
    await sleep(pause, undefined, { signal });
  }
}
