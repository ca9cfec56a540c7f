import { measured, ofContainers, ofDatabase, ofOwnDisks, ofVolume, readyPods } from "./promql";
import type { StandardAlertId } from "./standard-alert";
import type { Watched } from "./watched";

/** A chart of an environment's dashboard. */
export interface DashboardChart {
  readonly title: string;
  /** In PromQL; each may have several series. */
  readonly lines: readonly string[];
  /** @see https://ucum.org/ucum: `1`, `%`, `s`, `By`, `/s`. */
  readonly unit: string;
  /** Series on top of each other. @default false */
  readonly stacked?: boolean;
  /** The standard alert on the same values: its threshold is a line. @default - there is none */
  readonly alert?: StandardAlertId;
}

export interface ChartSection {
  readonly title: string;
  readonly charts: readonly DashboardChart[];
}

/** @returns what there is to see of an environment; sections of what it does not have are left out */
export function chartSections(watched: Watched): readonly ChartSection[] {
  const sections: readonly { readonly title: string; readonly charts: readonly (DashboardChart | undefined)[] }[] = [
    { title: "Requests", charts: requests(watched) },
    { title: "Tasks", charts: tasks(watched) },
    { title: "Pods", charts: pods(watched) },
    { title: "Database", charts: database(watched) },
    { title: "Redis", charts: redis(watched) },
    { title: "Shared files and network", charts: shared(watched) },
  ];
  return sections
    .map(({ title, charts }) => ({ title, charts: charts.filter((chart) => chart !== undefined) }))
    .filter(({ charts }) => charts.length > 0);
}

/** @returns a chart with the lines that have something to show; `undefined` if none has */
function chart(
  given: Omit<DashboardChart, "lines"> & { readonly lines: readonly (string | undefined)[] },
): DashboardChart | undefined {
  const lines = given.lines.filter((line) => line !== undefined);
  return lines.length > 0 ? { ...given, lines } : undefined;
}

function requests(watched: Watched) {
  const { requestMetric, firstByteMetric } = watched;
  const counted =
    requestMetric && ((more = "") => `rate(${requestMetric}{monitored_resource="k8s_container"${more}}[5m])`);
  const buckets = firstByteMetric && `rate(${firstByteMetric}_bucket{monitored_resource="k8s_container"}[5m])`;
  const writing = measured(watched, "nginx_connections_writing");
  const waiting = measured(watched, "nginx_connections_waiting");
  return [
    chart({
      title: "Requests by status",
      lines: [counted && `sum by (status) (${counted()})`],
      unit: "/s",
      stacked: true,
    }),
    chart({
      title: "Share of answers with 5xx",
      lines: [counted && `100 * sum(${counted(', status=~"5.."')}) / sum(${counted()})`],
      unit: "%",
      alert: "requests_failing",
    }),
    chart({
      title: "Seconds until the first byte: half, 95 and 99 percent of requests",
      lines: [0.5, 0.95, 0.99].map((part) => buckets && `histogram_quantile(${part}, sum by (le) (${buckets}))`),
      unit: "s",
      alert: "first_byte_slow",
    }),
    chart({
      title: "Requests and streams that are open, and connections that wait for one",
      lines: [writing && `sum by (namespace) (${writing})`, waiting && `sum by (namespace) (${waiting})`],
      unit: "1",
    }),
  ];
}

function tasks(watched: Watched) {
  const length = measured(watched, "celery_queue_length");
  const oldest = measured(watched, "celery_queue_oldest_seconds");
  const ended = measured(watched, "celery_tasks_total");
  const workers = measured(watched, "celery_workers");
  return [
    chart({
      title: "Tasks that wait, by queue",
      lines: [length && `sum by (namespace, queue) (${length})`],
      unit: "1",
      stacked: true,
      alert: "tasks_waiting",
    }),
    chart({
      title: "Minutes that the oldest task has waited, by queue",
      lines: [oldest && `max by (namespace, queue) (${oldest}) / 60`],
      unit: "min",
      alert: "task_overdue",
    }),
    chart({
      title: "Tasks by outcome, a minute",
      lines: [ended && `60 * sum by (namespace, outcome) (rate(${ended}[5m]))`],
      unit: "/min",
      stacked: true,
    }),
    chart({
      title: "Tasks that failed in an hour, by name",
      lines: [
        ended &&
          `topk(10, sum by (namespace, task) (increase(${ended.replace(/\}$/, ', outcome="failed"}')}[1h])) > 0)`,
      ],
      unit: "1",
    }),
    chart({
      title: "Workers that answer",
      lines: [workers && `max by (namespace) (${workers})`],
      unit: "1",
    }),
  ];
}

function pods(watched: Watched) {
  const containers = ofContainers(watched);
  const by = "by (namespace_name, container_name)";
  return [
    chart({
      title: "Ready pods",
      lines: [readyPods(watched)],
      unit: "1",
      alert: "component_unavailable",
    }),
    chart({
      title: "Restarts in 15 minutes",
      lines: [`sum ${by} (increase(kubernetes_io:container_restart_count{${containers}}[15m])) > 0`],
      unit: "1",
      alert: "container_restarting",
    }),
    chart({
      title: "CPU in use, of what is requested",
      lines: [
        `100 * sum ${by} (rate(kubernetes_io:container_cpu_core_usage_time{${containers}}[5m])) / sum ${by} (kubernetes_io:container_cpu_request_cores{${containers}})`,
      ],
      unit: "%",
    }),
    chart({
      title: "Memory in use, of the limit",
      lines: [
        `100 * max ${by} (kubernetes_io:container_memory_limit_utilization{${containers}, memory_type="non-evictable"})`,
      ],
      unit: "%",
      alert: "container_memory",
    }),
  ];
}

function database(watched: Watched) {
  const { database: id, databaseConnections: most, databaseSizeMetric: size } = watched;
  // Sizes are reported only once in a while, so the chart shows the mean of a week's reports.
  const reported = (part: string) =>
    size && `sum by (database) (increase(${size}_${part}{monitored_resource="k8s_container"}[7d]))`;
  const of = (metric: string) => id && `cloudsql_googleapis_com:database_${metric}${ofDatabase(id)}`;
  const percent = (metric: string) => id && `100 * max(${of(metric) ?? ""})`;
  const connections = of("postgresql_num_backends");
  const opened = measured(watched, "cloudsqlconn_open_connections");
  return [
    chart({ title: "CPU", lines: [percent("cpu_utilization")], unit: "%", alert: "database_cpu" }),
    chart({ title: "Memory", lines: [percent("memory_utilization")], unit: "%" }),
    chart({ title: "Disk", lines: [percent("disk_utilization")], unit: "%", alert: "database_disk" }),
    chart({
      title: most === undefined ? "Connections" : "Connections, of those that the tier takes",
      lines: [connections && (most === undefined ? `sum(${connections})` : `100 * sum(${connections}) / ${most}`)],
      unit: most === undefined ? "1" : "%",
      alert: most === undefined ? undefined : "database_connections",
    }),
    chart({
      title: "Size of databases, mean of seven days' reports",
      lines: [size && `${reported("sum")} / ${reported("count")}`],
      unit: "By",
      stacked: true,
    }),
    chart({
      title: "Connections, by pod",
      lines: [opened && `sum by (namespace, pod) (${opened})`],
      unit: "1",
      stacked: true,
    }),
  ];
}

function redis(watched: Watched) {
  const used = measured(watched, "redis_memory_used_bytes");
  const most = measured(watched, "redis_memory_max_bytes");
  const held = measured(watched, "redis_memory_used_rss_bytes");
  const machine = measured(watched, "redis_total_system_memory_bytes");
  const refused = measured(watched, "redis_errors_total", 'err=~"OOM|MISCONF|READONLY"');
  const evicted = measured(watched, "redis_evicted_keys_total");
  const clients = measured(watched, "redis_connected_clients");
  return [
    chart({
      title: "Memory, of its limit",
      lines: [used && most && `100 * max by (namespace) (${used}) / (max by (namespace) (${most}) > 0)`],
      unit: "%",
      alert: "redis_memory",
    }),
    chart({
      title: "Writes refused and keys given up, a minute",
      lines: [refused, evicted].map((series) => series && `60 * sum by (namespace) (rate(${series}[5m]))`),
      unit: "/min",
    }),
    chart({
      title: "Memory of the file server that Redis holds",
      lines: [watched.redisOnFileServer ? held && machine && `100 * sum(${held}) / max(${machine})` : undefined],
      unit: "%",
      alert: "file_server_memory",
    }),
    chart({ title: "Connections", lines: [clients && `max by (namespace) (${clients})`], unit: "1" }),
  ];
}

function shared(watched: Watched) {
  const { firewallPolicy, nat, sharedVolume } = watched;
  const disks = ofOwnDisks(watched);
  const answered = (blocked: string) =>
    firewallPolicy &&
    `sum(rate(networksecurity_googleapis_com:https_request_count{policy_name="${firewallPolicy}", blocked="${blocked}"}[5m]))`;
  return [
    chart({
      title: "Share",
      lines: [sharedVolume && `100 * max(kubernetes_io:pod_volume_utilization{${ofVolume(watched, sharedVolume)}})`],
      unit: "%",
      alert: "share_full",
    }),
    chart({
      title: "Disks of pods",
      lines: [disks && `100 * max by (pod_name, volume_name) (${disks})`],
      unit: "%",
      alert: "own_disk_full",
    }),
    chart({
      title: "Packets for which NAT had no port, in ten minutes",
      lines: [
        nat &&
          `sum(increase(router_googleapis_com:nat_dropped_sent_packets_count{monitored_resource="nat_gateway", gateway_name="${nat}", reason="OUT_OF_RESOURCES"}[10m]))`,
      ],
      unit: "1",
    }),
    chart({ title: "Requests that Cloud Armor refuses", lines: [answered("true")], unit: "/s" }),
  ];
}
