import type { Resources, SecurityContext } from "../application-config";
import type { Container, Quantities } from "./kubernetes";
import { bytes, cores } from "./quantities";

/** What a container may use, and what it may do. */

const MINIMUM_CPU = 0.05;
const MINIMUM_MEMORY_BYTES = 52 * 2 ** 20;
/** Of ephemeral storage: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests. */
export const MINIMUM_STORAGE = "10Mi";
/** GiB. */
const MEMORY_PER_CPU = { least: 1, most: 6.5 };
/** The least that Autopilot gives a container. */
export const LEAST_RESOURCES: Resources = {
  cpu: `${MINIMUM_CPU * 1000}m`,
  memory: `${MINIMUM_MEMORY_BYTES / 2 ** 20}Mi`,
  ephemeralStorage: MINIMUM_STORAGE,
};
/** The user that containers run as by default. */
export const NOBODY = 65534;

/** @returns requests and limits of a container, which are the same */
export function resources(given: Resources): Container["resources"] {
  const requests: Quantities = { ...fitted(given), "ephemeral-storage": given.ephemeralStorage ?? "1Gi" };
  return { requests, limits: requests };
}

/**
 * Requests as Autopilot's general-purpose class accepts them: 1 to 6.5 GiB of memory for each CPU, neither below a
 * minimum. Admission would raise anything else, and every plan would lower it again.
 */
export function fitted({ cpu, memory }: Resources): { cpu: string; memory: string } {
  const gibibytes = Math.max(bytes(memory), MINIMUM_MEMORY_BYTES) / 2 ** 30;
  const processors = Math.max(cores(cpu), MINIMUM_CPU);
  return {
    cpu:
      gibibytes > processors * MEMORY_PER_CPU.most || processors !== cores(cpu)
        ? `${Math.ceil((Math.max(processors, gibibytes / MEMORY_PER_CPU.most) * 1000) / 50) * 50}m`
        : cpu,
    memory:
      gibibytes < processors * MEMORY_PER_CPU.least || gibibytes !== bytes(memory) / 2 ** 30
        ? `${Math.ceil(Math.max(gibibytes, processors * MEMORY_PER_CPU.least) * 1024)}Mi`
        : memory,
  };
}

/** @returns a size, so many times as large, in the steps that Autopilot takes */
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
