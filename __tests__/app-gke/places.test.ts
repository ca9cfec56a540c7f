import type { ComputeClass } from "../../modules/app-gke/application-config";
import { fitted, largestPod, resources } from "../../modules/app-gke/workload/container-limits";
import { placeLabels, placeTolerations } from "../../modules/app-gke/workload/place";
import { bytes, cores } from "../../modules/app-gke/workload/quantities";

const SIZES = ["50m", "100m", "250m", "500m", "1250m", "2", "7500m"].flatMap((cpu) =>
  ["52Mi", "128Mi", "512Mi", "1Gi", "3Gi", "4Gi", "16Gi", "100Gi"].map((memory) => ({ cpu, memory })),
);
/** https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests#compute-class-min-max */
const DEMANDS = {
  Balanced: { cpu: 0.25, memory: 0.5, least: 1, most: 8, step: 0.25 },
  "Scale-Out": { cpu: 0.25, memory: 1, least: 4, most: 4, step: 0.25 },
} as const;

describe.each(Object.entries(DEMANDS))("%s", (name, demand) => {
  test.each(SIZES)("$cpu and $memory become a size that admission leaves as it is, and no smaller one", (given) => {
    const size = fitted(given, name as ComputeClass);
    const [cpu, memory] = [cores(size.cpu), bytes(size.memory) / 2 ** 30];
    expect(cpu).toBeGreaterThanOrEqual(Math.max(demand.cpu, cores(given.cpu)));
    expect(memory).toBeGreaterThanOrEqual(Math.max(demand.memory, bytes(given.memory) / 2 ** 30));
    expect(memory / cpu).toBeGreaterThanOrEqual(demand.least);
    expect(memory / cpu).toBeLessThanOrEqual(demand.most);
    expect((cpu / demand.step) % 1).toBe(0);
    expect(fitted(size, name as ComputeClass)).toEqual(size);
  });
});

test("a pod that has its node to itself keeps its size, whatever the ratio is", () => {
  expect(fitted({ cpu: "4", memory: "100Gi" }, "Performance")).toEqual({ cpu: "4", memory: "100Gi" });
  expect(fitted({ cpu: "8", memory: "1Gi" }, "Accelerator")).toEqual({ cpu: "8", memory: "1Gi" });
});

test("general-purpose nodes are as they were", () => {
  expect(fitted({ cpu: "2", memory: "1Gi" })).toEqual({ cpu: "2", memory: "2048Mi" });
  expect(fitted({ cpu: "250m", memory: "4Gi" })).toEqual({ cpu: "650m", memory: "4Gi" });
  expect(fitted({ cpu: "10m", memory: "16Mi" })).toEqual({ cpu: "50m", memory: "52Mi" });
  expect(placeLabels()).toEqual({});
  expect(placeTolerations()).toEqual([
    { key: "kubernetes.io/arch", operator: "Equal", value: "amd64", effect: "NoSchedule" },
  ]);
});

test("labels and tolerations follow from a place, as Autopilot would add them", () => {
  const place = { spot: true, computeClass: "Scale-Out", architecture: "arm64" } as const;
  expect(placeLabels(place)).toEqual({
    "cloud.google.com/gke-spot": "true",
    "cloud.google.com/compute-class": "Scale-Out",
    "kubernetes.io/arch": "arm64",
  });
  expect(placeTolerations(place).map(({ key, value }) => [key, value])).toEqual([
    ["kubernetes.io/arch", "arm64"],
    ["cloud.google.com/gke-spot", "true"],
    ["cloud.google.com/compute-class", "Scale-Out"],
  ]);
});

test("GPUs are requested and limited alike", () => {
  const size = resources({ cpu: "8", memory: "32Gi" }, "Accelerator", 2);
  expect(size.limits["nvidia.com/gpu"]).toBe("2");
  expect(size.requests).toEqual(size.limits);
  expect(placeLabels({ gpu: { type: "nvidia-l4", count: 2 } })).toEqual({
    "cloud.google.com/gke-accelerator": "nvidia-l4",
  });
  expect(placeTolerations({ gpu: { type: "nvidia-l4", count: 2 } }).map(({ key }) => key)).toContain("nvidia.com/gpu");
});

test("each class has its largest pod", () => {
  expect(largestPod()).toEqual({ cpu: 30, memory: 110 * 2 ** 30 });
  expect(largestPod({ computeClass: "Scale-Out", architecture: "arm64" }).cpu).toBe(43);
  expect(largestPod({ computeClass: "Performance" }).cpu).toBe(Number.POSITIVE_INFINITY);
});
