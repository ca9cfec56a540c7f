import { bytes, cores } from "../../modules/app-gke/workload/quantities";
import { MESH_PROXY } from "../../modules/app-gke/workload/service-mesh";
import type { Resource } from "../stacks/resources";
import { HOURS, type Usage } from "./usage";

const GIB = 2 ** 30;

interface Workload {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    /** Of a StatefulSet. */
    readonly volume_claim_template?: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: {
        readonly storage_class_name: string;
        readonly resources: { readonly requests: { readonly storage: string } };
      };
    }[];
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: {
        readonly container: readonly {
          readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
        }[];
      };
    };
  };
}

interface Autoscaler {
  readonly spec: {
    readonly min_replicas: number;
    readonly max_replicas: number;
    /** Its name is an expression that refers to the Deployment or StatefulSet. */
    readonly scale_target_ref: { readonly name: string };
  };
}

/**
 * @param stack every resource of it
 * @returns what the pods of a Deployment or StatefulSet request, which is what Autopilot bills
 * @see https://cloud.google.com/kubernetes-engine/pricing#autopilot_mode
 */
export function podUsage({ type, name, block }: Resource, stack: readonly Resource[]): Usage[] {
  const { metadata, spec } = block as unknown as Workload;
  const { rest, most } = replicasOf(`${type}.${name}`, spec.replicas ?? 1, stack);
  const count = rest === most ? `${rest} ${rest === 1 ? "pod" : "pods"}` : `${rest} to ${most} pods`;
  const [, stage] = /^app_stage_(.+)_workload_/.exec(name) ?? [];
  const containers = [
    ...spec.template.spec.container.map(({ resources }) => resources?.requests ?? {}),
    ...added(spec.template.metadata?.annotations ?? {}),
  ];
  const sum = (request: string, amount: (quantity: string) => number): number =>
    containers.reduce((total, requests) => total + amount(requests[request] ?? "0"), 0);
  const requests = [
    ["autopilot-cpu", sum("cpu", cores), "vCPU"],
    ["autopilot-memory", sum("memory", bytes) / GIB, "GiB"],
    ["autopilot-storage", sum("ephemeral-storage", bytes) / GIB, "GiB of local disk"],
  ] as const;
  return requests
    .filter(([, amount]) => amount > 0)
    .map(([price, amount, unit]) => ({
      part: `pods: ${metadata.name}${stage ? ` (stage ${stage})` : ""}`,
      price,
      rest: rest * amount * HOURS,
      most: most * amount * HOURS,
      why: `${count} with ${Math.round(amount * 1000) / 1000} ${unit}`,
    }));
}

/** Requests of containers that are only added in the cluster: a mesh's proxy, and the sidecar that mounts buckets. */
function added(annotations: Readonly<Record<string, string>>): readonly Readonly<Record<string, string>>[] {
  const { ephemeralStorage } = MESH_PROXY;
  const of = (cpu: string, memory: string, storage: string | undefined) => {
    const [cores, amount] = [annotations[cpu], annotations[memory]];
    return cores === undefined || amount === undefined
      ? []
      : [{ cpu: cores, memory: amount, ...(storage && { "ephemeral-storage": storage }) }];
  };
  const storage = annotations["gke-gcsfuse/ephemeral-storage-limit"];
  return [
    ...of("sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyMemory", ephemeralStorage),
    ...of("gke-gcsfuse/cpu-limit", "gke-gcsfuse/memory-limit", storage),
  ];
}

/** Disk types of GKE's storage classes. @see https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes#storageclasses */
const DISKS: Readonly<Record<string, string>> = {
  standard: "pd-standard",
  "standard-rwo": "pd-balanced",
  "premium-rwo": "pd-ssd",
};

/** @returns what a StatefulSet's pods request, and their disks, which stay when pods are taken away */
export function statefulSetUsage(resource: Resource, stack: readonly Resource[]): Usage[] {
  const { metadata, spec } = resource.block as unknown as Workload;
  const { rest, most } = replicasOf(`${resource.type}.${resource.name}`, spec.replicas ?? 1, stack);
  const disks = (spec.volume_claim_template ?? []).map(({ spec: claim }) => {
    const size = bytes(claim.resources.requests.storage) / GIB;
    return {
      part: `disks: ${metadata.name}`,
      price: DISKS[claim.storage_class_name] ?? "",
      rest: rest * size,
      most: most * size,
      why: `${size} GiB (${claim.storage_class_name}) for each pod that there ever was`,
    };
  });
  return [...podUsage(resource, stack), ...disks];
}

function replicasOf(
  address: string,
  fixed: number,
  stack: readonly Resource[],
): { readonly rest: number; readonly most: number } {
  const own = stack
    .filter(({ type }) => type === "kubernetes_horizontal_pod_autoscaler_v2")
    .map(({ block }) => (block as unknown as Autoscaler).spec)
    .find(({ scale_target_ref: { name } }) => name.includes(`${address}.`));
  return { rest: own?.min_replicas ?? fixed, most: own?.max_replicas ?? fixed };
}
