import type { Place, Toleration } from "../application-config";

const SPOT = "cloud.google.com/gke-spot";
const CLASS = "cloud.google.com/compute-class";
const ARCHITECTURE = "kubernetes.io/arch";
const GPU = "cloud.google.com/gke-accelerator";
/** Resource of a GPU. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** @returns the labels of nodes that a place means */
export function placeLabels({ spot, computeClass, architecture, gpu }: Place = {}): Readonly<Record<string, string>> {
  return {
    ...(spot && { [SPOT]: "true" }),
    ...(computeClass && { [CLASS]: computeClass }),
    ...(architecture && { [ARCHITECTURE]: architecture }),
    ...(gpu && { [GPU]: gpu.type }),
  };
}

/** @returns the tolerations that Autopilot's admission would add for a place: Terraform would remove what is not written here */
export function placeTolerations({ spot, computeClass, architecture = "amd64", gpu }: Place = {}): Toleration[] {
  const equal = (key: string, value: string): Toleration => ({ key, operator: "Equal", value, effect: "NoSchedule" });
  return [
    equal(ARCHITECTURE, architecture),
    ...(spot ? [equal(SPOT, "true")] : []),
    ...(computeClass ? [equal(CLASS, computeClass)] : []),
    ...(gpu ? [equal(GPU, gpu.type), { key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" } as const] : []),
  ];
}
