import { accessEffects } from "./access";
import { applicationEffects } from "./application";
import { clusterEffects } from "./cluster";
import { dataEffects } from "./data";
import { deliveryEffects } from "./delivery";
import type { EffectCases } from "./effect-case";
import { jobEffects } from "./jobs";

/** All but those of jobs, services and probes. */
export const otherEffects: EffectCases = {
  ...applicationEffects,
  ...clusterEffects,
  ...deliveryEffects,
  ...dataEffects,
  ...accessEffects,
};

/** For every variable and every field of an object, values that have to count. */
export const effectCases: EffectCases = { ...otherEffects, ...jobEffects };
