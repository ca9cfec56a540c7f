import { bytes, cores } from "../../modules/app-gke/workload/quantities";
import type { Resource } from "../stacks/resources";
import { type Costs, HOURS, month, type Usage } from "./usage";

const GIB = 2 ** 30;

/** @returns the kind of a custom resource */
export function kindOf({ block }: Pick<Resource, "block">): string | undefined {
  return (block.manifest as { kind?: string } | undefined)?.kind;
}

/** Costs of custom resources by kind: all kinds that an environment can have, except Gateway. */
export const KINDS: Readonly<Record<string, (manifest: Pick<Resource, "block">) => Costs>> = {
  Cluster: (manifest) => ({ usage: dataClusterUsage(manifest) }),
  PodMonitoring: () => ({
    byUse: [{ part: "monitoring", price: "prometheus", why: "what pods measure, a sample of each series a minute" }],
  }),
  // Parts of a gateway, which is counted.
  ...free("HTTPRoute", "ReferenceGrant", "HealthCheckPolicy", "GCPBackendPolicy", "GCPGatewayPolicy"),
  // Of operators, whose pods are counted.
  ...free("SecretStore", "ExternalSecret", "StorageProvider", "BackupRepo"),
  // Pods are counted with the requests that they begin with.
  ...free("VerticalPodAutoscaler"),
};

function free(...kinds: readonly string[]): Record<string, () => Costs> {
  return Object.fromEntries(kinds.map((kind) => [kind, () => ({})]));
}

/** KubeBlocks' Cluster. */
interface DataCluster {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly componentSpecs: readonly {
      readonly name: string;
      readonly replicas: number;
      readonly resources: { readonly requests: { readonly cpu: string; readonly memory: string } };
      readonly volumeClaimTemplates: readonly {
        readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
      }[];
    }[];
  };
}

/** @returns requests of the pods of a KubeBlocks database, and their disks. Containers that KubeBlocks adds are not in its Cluster */
function dataClusterUsage({ block }: Pick<Resource, "block">): Usage[] {
  const { metadata, spec } = block.manifest as DataCluster;
  return spec.componentSpecs.flatMap(({ name, replicas, resources: { requests }, volumeClaimTemplates }) => {
    const pods = `${replicas} ${replicas === 1 ? "pod" : "pods"} of ${name}`;
    const part = `pods: ${metadata.name}`;
    const [cpu, memory] = [cores(requests.cpu), bytes(requests.memory) / GIB];
    return [
      month(part, "autopilot-cpu", replicas * cpu * HOURS, `${pods} with ${cpu} vCPU`),
      month(part, "autopilot-memory", replicas * memory * HOURS, `${pods} with ${memory} GiB`),
      ...volumeClaimTemplates.map(({ spec: claim }) => {
        const size = bytes(claim.resources.requests.storage) / GIB;
        return month(`disks: ${metadata.name}`, "pd-balanced", replicas * size, `${size} GiB for each of ${pods}`);
      }),
    ];
  });
}
