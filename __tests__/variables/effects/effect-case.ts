import type { Given } from "../cases/given";

/** A value that has to count. */
export interface EffectCase {
  /** Of the variable, or of its field. Of a sensitive variable it does not matter. */
  readonly value: unknown;
  /** What the rest of the file says; for a field, with the object that has it. @default {} */
  readonly with?: Given;
}

/**
 * By variable or field: `region`, `startup_probe.enabled`, `cron_jobs[].env_vars`. Several where it counts in one file and
 * not in another: there a rule has to speak.
 */
export type EffectCases = Readonly<Record<string, EffectCase | readonly EffectCase[]>>;

/** @returns cases that share the rest of the file: for fields, what leads to them stands in `prefix` */
export function cases(together: Given, values: Readonly<Record<string, unknown>>, prefix = ""): EffectCases {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [prefix + path, { value, with: together }]));
}
