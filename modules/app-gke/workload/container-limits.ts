import type { ComputeClass, Place, Resources, SecurityContext } from "../application-config";
import type { Container, Quantities } from "./kubernetes";
import { GPU_RESOURCE } from "./place";
import { bytes, cores } from "./quantities";

/** What a container may use, and what it may do. */

const MINIMUM_CPU = 0.05;
const MINIMUM_MEMORY_BYTES = 52 * 2 ** 20;

/** What Autopilot demands of requests: cores, bytes, GiB for each core, and the steps in which it counts cores. */
interface ClassLimits {
  readonly cpu: number;
  readonly memory: number;
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

const GENERAL: ClassLimits = { cpu: MINIMUM_CPU, memory: MINIMUM_MEMORY_BYTES, least: 1, most: 6.5, step: 0.05 };
/**
 * Pods of `Performance` and `Accelerator` have nodes of their own, so there is no ratio to keep.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests#compute-class-min-max
 */
const LIMITS: Readonly<Record<ComputeClass, ClassLimits>> = {
  Balanced: { cpu: 0.25, memory: 2 ** 29, least: 1, most: 8, step: 0.25 },
  "Scale-Out": { cpu: 0.25, memory: 2 ** 30, least: 4, most: 4, step: 0.25 },
  Performance: { ...GENERAL, least: 0, most: Number.POSITIVE_INFINITY },
  Accelerator: { ...GENERAL, least: 0, most: Number.POSITIVE_INFINITY },
};
/** Of ephemeral storage: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests. */
export const MINIMUM_STORAGE = "10Mi";
/**
 * The most that Autopilot gives a pod: cores and bytes. For `Performance` and `Accelerator` it depends on the machine.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
 */
export function largestPod({ computeClass, architecture }: Place = {}): {
  readonly cpu: number;
  readonly memory: number;
} {
  const of = (cpu: number, gibibytes: number) => ({ cpu, memory: gibibytes * 2 ** 30 });
  switch (computeClass) {
    case undefined:
      return of(30, 110);
    case "Balanced":
      return of(222, 851);
    case "Scale-Out":
      return architecture === "arm64" ? of(43, 172) : of(54, 216);
    case "Performance":
    case "Accelerator":
      return of(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }
}

/** The least that Autopilot gives a container. */
export const LEAST_RESOURCES: Resources = {
  cpu: `${MINIMUM_CPU * 1000}m`,
  memory: `${MINIMUM_MEMORY_BYTES / 2 ** 20}Mi`,
  ephemeralStorage: MINIMUM_STORAGE,
};
/** The user that containers run as by default. */
export const NOBODY = 65534;

/** @returns requests and limits of a container, which are the same @param gpus how many the container has for itself */
export function resources(given: Resources, computeClass?: ComputeClass, gpus = 0): Container["resources"] {
  const requests: Quantities = {
    ...fitted(given, computeClass),
    "ephemeral-storage": given.ephemeralStorage ?? "1Gi",
    ...(gpus > 0 && { [GPU_RESOURCE]: String(gpus) }),
  };
  return { requests, limits: requests };
}

/**
 * Requests as Autopilot accepts them: for its general-purpose nodes 1 to 6.5 GiB of memory for each CPU, neither below a
 * minimum. Admission would raise anything else, and every plan would lower it again.
 */
export function fitted({ cpu, memory }: Resources, computeClass?: ComputeClass): { cpu: string; memory: string } {
  const limits = computeClass ? LIMITS[computeClass] : GENERAL;
  const gibibytes = Math.max(bytes(memory), limits.memory) / 2 ** 30;
  const processors = Math.max(cores(cpu), limits.cpu);
  // A remainder of less than a thousandth is only a rounding error of the division.
  const inSteps = (amount: number): number => Math.ceil(amount / limits.step - 0.001) * limits.step;
  const whole = computeClass && limits.step > GENERAL.step ? inSteps(processors) : processors;
  const needed =
    gibibytes > whole * limits.most || whole !== cores(cpu)
      ? inSteps(Math.max(whole, gibibytes / limits.most))
      : undefined;
  const base = (computeClass ? (needed ?? whole) : processors) * limits.least;
  return {
    cpu: needed === undefined ? cpu : `${Math.round(needed * 1000)}m`,
    memory:
      gibibytes < base || gibibytes !== bytes(memory) / 2 ** 30
        ? `${Math.ceil(Math.max(gibibytes, base) * 1024)}Mi`
        : memory,
  };
}

/** @returns a size, multiplied and rounded up to what Autopilot accepts */
export function multiplied({ cpu, memory }: Pick<Resources, "cpu" | "memory">, factor: number) {
  return fitted({
    cpu: `${Math.ceil((cores(cpu) * factor * 1000) / 50) * 50}m`,
    memory: `${Math.ceil((bytes(memory) * factor) / 2 ** 20)}Mi`,
  });
}

/** @returns how a container may run */
export function securityContext(given: SecurityContext = {}): Container["securityContext"] {
  const runAsUser = given.runAsUser ?? NOBODY;
  return {
    runAsNonRoot: runAsUser !== 0,
    runAsUser,
    runAsGroup: given.runAsGroup ?? runAsUser,
    readOnlyRootFilesystem: given.readOnlyRootFilesystem ?? true,
    allowPrivilegeEscalation: given.allowPrivilegeEscalation ?? false,
    capabilities: {
      drop: ["ALL"],
      ...(given.addCapabilities && given.addCapabilities.length > 0 ? { add: given.addCapabilities } : {}),
    },
  };
}
