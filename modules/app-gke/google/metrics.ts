/** What a metric belongs to, which a filter has to name. @see https://cloud.google.com/monitoring/api/resources */
export type MonitoredResource =
  | "k8s_container"
  | "k8s_pod"
  | "cloudsql_database"
  | "gcs_bucket"
  | "gce_instance"
  | "nat_gateway"
  | "prometheus_target";

/** @see https://cloud.google.com/monitoring/api/v3/kinds-and-types */
type Kind = "GAUGE" | "DELTA" | "CUMULATIVE";

export interface Metric {
  readonly resource: MonitoredResource;
  readonly kind: Kind;
}

/**
 * Metrics of an environment's parts that have one number for each point, by resource and kind. Left out are distributions, texts,
 * and metrics that cannot be limited to one environment: only GKE knows the names in those of a Gateway's load balancer.
 * @see https://cloud.google.com/monitoring/api/metrics_kubernetes
 * @see https://cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudsql
 * @see https://cloud.google.com/monitoring/api/metrics_gcp_c#gcp-compute
 * @see https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-router
 * @see https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-storage
 */
const GROUPS: readonly (Metric & { readonly prefix: string; readonly names: string })[] = [
  {
    resource: "k8s_container",
    kind: "GAUGE",
    prefix: "kubernetes.io/container/",
    names: `cpu/limit_cores cpu/limit_utilization cpu/request_cores cpu/request_utilization
      ephemeral_storage/limit_bytes ephemeral_storage/request_bytes ephemeral_storage/used_bytes
      memory/limit_bytes memory/limit_utilization memory/request_bytes memory/request_utilization memory/used_bytes uptime`,
  },
  { resource: "k8s_container", kind: "DELTA", prefix: "kubernetes.io/container/", names: "memory/page_fault_count" },
  {
    resource: "k8s_container",
    kind: "CUMULATIVE",
    prefix: "kubernetes.io/container/",
    names: "cpu/core_usage_time restart_count",
  },
  {
    resource: "k8s_pod",
    kind: "GAUGE",
    prefix: "kubernetes.io/pod/volume/",
    names: "total_bytes used_bytes utilization",
  },
  {
    resource: "k8s_pod",
    kind: "CUMULATIVE",
    prefix: "kubernetes.io/pod/network/",
    names: "received_bytes_count sent_bytes_count",
  },
  {
    resource: "cloudsql_database",
    kind: "GAUGE",
    prefix: "cloudsql.googleapis.com/database/",
    names: `available_for_failover cpu/reserved_cores cpu/utilization disk/bytes_used disk/quota disk/utilization
      memory/quota memory/total_usage memory/usage memory/utilization network/connections
      postgresql/num_backends postgresql/transaction_id_utilization replication/replica_lag up`,
  },
  {
    resource: "cloudsql_database",
    kind: "DELTA",
    prefix: "cloudsql.googleapis.com/database/",
    names: `cpu/usage_time disk/read_ops_count disk/write_ops_count network/received_bytes_count network/sent_bytes_count
      postgresql/deadlock_count postgresql/transaction_count uptime`,
  },
  {
    resource: "gcs_bucket",
    kind: "GAUGE",
    prefix: "storage.googleapis.com/storage/",
    names: "object_count total_bytes",
  },
  {
    resource: "gcs_bucket",
    kind: "DELTA",
    prefix: "storage.googleapis.com/",
    names: "api/request_count network/received_bytes_count network/sent_bytes_count",
  },
  {
    resource: "gce_instance",
    kind: "GAUGE",
    prefix: "compute.googleapis.com/instance/",
    names: "cpu/utilization uptime_total",
  },
  {
    resource: "gce_instance",
    kind: "DELTA",
    prefix: "compute.googleapis.com/instance/",
    names: `cpu/usage_time disk/read_bytes_count disk/read_ops_count disk/write_bytes_count disk/write_ops_count
      network/received_bytes_count network/sent_bytes_count`,
  },
  {
    resource: "nat_gateway",
    kind: "GAUGE",
    prefix: "router.googleapis.com/nat/",
    names: "allocated_ports open_connections port_usage",
  },
  {
    resource: "nat_gateway",
    kind: "DELTA",
    prefix: "router.googleapis.com/nat/",
    names: "dropped_received_packets_count dropped_sent_packets_count new_connections_count",
  },
];

const METRICS: ReadonlyMap<string, Metric> = new Map(
  GROUPS.flatMap(({ prefix, names, resource, kind }) =>
    names.split(/\s+/).map((name): [string, Metric] => [prefix + name, { resource, kind }]),
  ),
);

/** All known metric types of Google's own services. */
export const metricTypes: readonly string[] = [...METRICS.keys()];

/** What Managed Service for Prometheus writes after a metric's name, for metrics with one number for each point. */
const PROMETHEUS: Readonly<Record<string, Kind>> = { counter: "CUMULATIVE", gauge: "GAUGE", unknown: "GAUGE" };

/**
 * @param type `kubernetes.io/…`; `prometheus.googleapis.com/<name>/<counter|gauge|unknown>` of what a PodMonitoring in the
 * namespace collects; `logging.googleapis.com/user/<name>` of a metric that counts log entries of containers
 * @returns what it measures and how; `undefined` for one that is not known
 * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/troubleshooting#no-metric-type
 * @see https://cloud.google.com/logging/docs/logs-based-metrics
 */
export function metricOf(type: string): Metric | undefined {
  const prometheus = /^prometheus\.googleapis\.com\/[A-Za-z_:][\w:]*\/([a-z]+)$/.exec(type)?.[1];
  if (prometheus !== undefined) {
    const kind = Object.hasOwn(PROMETHEUS, prometheus) ? PROMETHEUS[prometheus] : undefined;
    return kind && { resource: "prometheus_target", kind };
  }
  // The rest of the name is part of a filter, in quotes.
  if (/^logging\.googleapis\.com\/user\/[\w./-]+$/.test(type)) return { resource: "k8s_container", kind: "DELTA" };
  return METRICS.get(type);
}
