import type { ApplicationConfig } from "../application-config";
import type { ClusterNeed } from "./cluster-check";

/** Kubernetes' name of what answers autoscalers with metrics that are not the cluster's own. */
const API = "v1beta1.external.metrics.k8s.io";

/**
 * @returns what an autoscaler asks, where a component has pods added by what waits for it: without it, it would say so in its events alone,
 * and add no pod. The adapter is one for the whole cluster, so its administrators have to install it.
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
