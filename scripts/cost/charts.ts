import type { KubeBlocksAddon } from "../../modules/app-gke/operators/kubeblocks";
import { bytes, cores } from "../../modules/app-gke/workload/quantities";
import type { Resource } from "../stacks/resources";
import { HOURS, month, type Usage } from "./usage";

interface Pods {
  readonly replicaCount: number;
  readonly resources: { readonly requests: Requests };
}

type Requests = Readonly<Record<"cpu" | "memory", string>>;

const GIB = 2 ** 30;

interface KubeBlocksValues {
  readonly replicaCount: number;
  readonly resources: Requests;
  readonly dataProtection: { readonly enabled: boolean };
}

/** These charts only define databases, and run no pods. */
const ADDONS: Readonly<Record<KubeBlocksAddon, () => readonly Pods[]>> = {
  postgresql: () => [],
  qdrant: () => [],
  redis: () => [],
};

/** Pods of each chart, with the requests in its values. */
const PODS: Readonly<Record<string, (values: never) => readonly Pods[]>> = {
  "external-secrets": ({ certController, webhook, ...own }: Pods & Record<"certController" | "webhook", Pods>) => [
    own,
    webhook,
    certController,
  ],
  // The operator, and its half for backups with the same sizes: https://github.com/apecloud/kubeblocks/blob/v1.0.2/deploy/helm/templates/dataprotection.yaml.
  kubeblocks: ({ dataProtection, replicaCount, resources: requests }: KubeBlocksValues) =>
    (dataProtection.enabled ? [1, 2] : [1]).map(() => ({ replicaCount, resources: { requests } })),
  ...ADDONS,
};

/** @returns what the pods of a chart use @throws for a chart that is not known here */
export function chartUsage({ block }: Resource): Usage[] {
  const [values = "{}"] = block.values as readonly string[];
  const chart = String(block.chart);
  const pods = PODS[chart]?.(JSON.parse(values) as never);
  if (!pods) throw new Error(`Nobody has written down which pods the chart ${chart} has`);
  if (pods.length === 0) return [];
  const all = (of: (requests: Requests) => number): number =>
    pods.reduce((sum, { replicaCount, resources }) => sum + replicaCount * of(resources.requests), 0);
  // Added up in thousandths, without rounding errors.
  const cpu = all((requests) => Math.round(cores(requests.cpu) * 1000)) / 1000;
  const memory = all((requests) => bytes(requests.memory)) / GIB;
  return [
    month("operators", "autopilot-cpu", cpu * HOURS, `${cpu} vCPU of its pods`),
    month("operators", "autopilot-memory", memory * HOURS, `${memory} GiB of its pods`),
  ];
}
