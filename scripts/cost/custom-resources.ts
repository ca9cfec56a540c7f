import { bytes, cores } from "../../modules/app-gke/workload/quantities";
import type { Resource } from "../stacks/resources";
import { type Costs, HOURS, month, type Usage } from "./usage";

const GIB = 2 ** 30;

/** @returns the kind of a custom resource */
export function kindOf({ block }: Pick<Resource, "block">): string | undefined {
  return (block.manifest as { kind?: string } | undefined)?.kind;
}

/** @returns the costs of a custom resource that is not part of a front door */
export function customResource(manifest: Pick<Resource, "block">): Costs {
  switch (kindOf(manifest)) {
    case "Cluster":
      return { usage: dataClusterUsage(manifest) };
    case "PodMonitoring":
      return {
        byUse: [
          { part: "monitoring", price: "prometheus", why: "what pods measure, a sample of each series a minute" },
        ],
      };
    default:
      return {};
  }
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
