import { deploymentNames, type OwnWorkloads, podNames, statefulSetNames } from "./own-workloads";
import type { Watched } from "./watched";

/** Selectors of what belongs to an environment, in PromQL. https://cloud.google.com/monitoring/promql/promql-mapping */

function byLabels(
  { cluster, namespaces, own }: Watched,
  clusterLabel: string,
  label: string,
  pod: readonly [label: string, names: (own: OwnWorkloads) => string],
): string {
  const ofNamespaces = `${clusterLabel}="${cluster.name}", location="${cluster.location}", ${label}=~"${namespaces.join("|")}"`;
  return own ? `${ofNamespaces}, ${pod[0]}=~"${pod[1](own)}"` : ofNamespaces;
}

/**
 * @returns how many pods of each Deployment and StatefulSet are ready, as GKE collects it with Managed Service for Prometheus
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/kube-state-metrics
 */
export function readyPods(watched: Watched): string {
  const deployments = byLabels(watched, "cluster", "namespace", ["deployment", deploymentNames]);
  const ready = `min by (namespace, deployment) (kube_deployment_status_replicas_available{${deployments}})`;
  if (!watched.statefulSets) return ready;
  const others = byLabels(watched, "cluster", "namespace", ["statefulset", statefulSetNames]);
  return `${ready} or min by (namespace, statefulset) (kube_statefulset_status_replicas_ready{${others}})`;
}

/** @returns labels of metrics of pods, that Managed Service for Prometheus collects */
export function ofPods(watched: Watched): string {
  return byLabels(watched, "cluster", "namespace", ["pod", podNames]);
}

/** @returns labels of GKE's own metrics of containers */
export function ofContainers(watched: Watched): string {
  return `monitored_resource="k8s_container", ${byLabels(watched, "cluster_name", "namespace_name", ["pod_name", podNames])}`;
}

/** @returns labels of GKE's own metrics of a pod's volume */
export function ofVolume(watched: Watched, name: string): string {
  return `monitored_resource="k8s_pod", ${byLabels(watched, "cluster_name", "namespace_name", ["pod_name", podNames])}, volume_name="${name}"`;
}

/** @returns how full the disks are that pods have of their own, from 0 to 1; `undefined` where there are none */
export function ofOwnDisks(watched: Watched): string | undefined {
  if (!watched.ownDisks) return undefined;
  const { owners, volumes } = watched.ownDisks;
  const ofNamespaces = byLabels({ ...watched, own: undefined }, "cluster_name", "namespace_name", [
    "pod_name",
    podNames,
  ]);
  return `kubernetes_io:pod_volume_utilization{monitored_resource="k8s_pod", ${ofNamespaces}, pod_name=~"(${owners.join("|")})-[0-9]+", volume_name=~"${volumes.join("|")}"}`;
}

/** @returns labels of metrics of uptime checks, which have several kinds of resources: Google refuses a query that names none */
export function ofChecks(ids: readonly string[]): string {
  return `monitored_resource="uptime_url", check_id=~"${ids.join("|")}"`;
}

/** @param id `project:instance` */
export function ofDatabase(id: string): string {
  return `{monitored_resource="cloudsql_database", database_id="${id}"}`;
}

/**
 * @param more labels in addition: `err="OOM"`
 * @returns a selector of what components measure; `undefined` where that is not collected
 */
export function measured(watched: Watched, metric: string, more = ""): string | undefined {
  if (watched.measured?.includes(metric) !== true) return undefined;
  return `${metric}{${ofPods(watched)}${more && `, ${more}`}}`;
}
