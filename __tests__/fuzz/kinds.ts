import * as fc from "fast-check";
import type { Input } from "./input";
import { mutated } from "./mutations";
import { Pairs } from "./pairs";
import { Texts } from "./texts";

/** Inputs of one kind, each with its number. */
export interface Inputs {
  /** How many there are. @default - as many as anybody wants */
  readonly length?: number;
  readonly at: (index: number) => Input;
}

/** Good files with changes in names, types, values, structure, encoding and size; the same for the same seed and number. */
function mutations(seed: number): Inputs {
  return {
    at: (index) => fc.sample(mutated, { seed: mix(seed, index), numRuns: 1 })[0] as Input,
  };
}

/** Neighbours in both numbers have nothing in common. */
function mix(seed: number, index: number): number {
  return Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) | 0;
}

export const kinds = {
  mutations,
  texts: (): Inputs => new Texts(),
  pairs: (): Inputs => new Pairs(),
} as const satisfies Readonly<Record<string, (seed: number) => Inputs>>;

export type Kind = keyof typeof kinds;
