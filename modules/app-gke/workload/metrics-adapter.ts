import type { ApplicationConfig } from "../application-config";
import type { ClusterNeed } from "./cluster-check";

/** The API that gives autoscalers metrics from outside the cluster. */
const API = "v1beta1.external.metrics.k8s.io";

/**
 * @returns the need for a metrics adapter, if an autoscaler adds pods for waiting work: without one it would add no pods, and only
 * say so in its events. The adapter is one for the whole cluster, so the cluster's administrators have to install it.
 */
export function metricsAdapter(cluster: string, { components }: ApplicationConfig): readonly ClusterNeed[] {
  const scaled = components.filter(({ scaling }) => scaling?.type === "automatic" && scaling.waiting);
  if (scaled.length === 0) return [];
  return [
    {
      path: `/apis/apiregistration.k8s.io/v1/apiservices/${API}`,
      otherwise:
        `Cluster ${cluster} has no adapter for external metrics (APIService ${API}), and the autoscaler of ` +
        `${scaled.map(({ name }) => name).join(" and ")} would add no pod for waiting tasks. Install one (docs/monitoring.md#scaling-by-what-waits), or ` +
        `set worker_scaling = "cpu".`,
    },
  ];
}
