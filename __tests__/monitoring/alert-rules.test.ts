import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { componentAlerts } from "../../modules/app-gke/monitoring/component-alerts";
import { metricsOf } from "../../modules/app-gke/monitoring/watched";
import { standardAlerts } from "../../modules/app-gke/monitoring/standard-alerts";
import { dataPodOwners } from "../../modules/app-gke/workload/data-names";
import { componentsOf } from "../dify/components";
import { removeDirectory, run, temporaryDirectory } from "../services/processes";
import { describeWith, path, tools } from "../services/require";

/** What `ownDisks` says of pods of KubeBlocks. */
const KUBEBLOCKS = [
  { name: "postgresql", parts: ["postgresql"] },
  { name: "redis", parts: ["redis", "redis-sentinel"] },
].flatMap(({ name, parts }) =>
  dataPodOwners({ applicationName: "dify" }, { name, parts: parts.map((part) => ({ name: part })) }),
);

/** An environment with a stage, in a cluster with others. */
const WATCHED = {
  cluster: { name: "shared", location: "us-central1" },
  namespaces: ["dify", "dify-qa"],
  redisOnFileServer: true,
  checkIds: ["check-1", "check-2"],
  ownDisks: {
    owners: ["dify-api", "dify-qdrant", ...KUBEBLOCKS],
    volumes: ["data", "vectors"],
  },
  measured: metricsOf({ components: componentsOf({ enable_component_metrics: true }) }),
};

type Series = Readonly<Record<string, string>>;

/** Values of a series a minute apart, in promtool's words: `5x60` is 5 for an hour, `0+1x60` one more each minute. */
interface Case {
  readonly what: string;
  readonly series: Series;
  /** Namespaces that it fires for, or other labels. */
  readonly fires: readonly (string | Series | undefined)[];
  /** @default 30m */
  readonly after?: string;
}

const own = (name: string, more = "", namespace = "dify"): string =>
  `${name}{cluster="shared", location="us-central1", namespace="${namespace}"${more && `, ${more}`}}`;
const elsewhere = (name: string, more = ""): readonly string[] => [
  `${name}{cluster="other", location="us-central1", namespace="dify"${more && `, ${more}`}}`,
  `${name}{cluster="shared", location="us-central1", namespace="dify-2"${more && `, ${more}`}}`,
];
const all = (names: readonly string[], values: string): Series =>
  Object.fromEntries(names.map((name) => [name, values]));

/** GKE's own metric of a container. */
function inContainer(metric: string, container: string, pod: string, more = ""): string {
  return `kubernetes_io:container_${metric}{monitored_resource="k8s_container", cluster_name="shared", location="us-central1", namespace_name="dify", container_name="${container}", pod_name="${pod}"${more && `, ${more}`}}`;
}

/** GKE's own metric of a pod's volume. */
function volume(pod: string, name: string): string {
  return `kubernetes_io:pod_volume_utilization{monitored_resource="k8s_pod", cluster_name="shared", location="us-central1", namespace_name="dify", pod_name="${pod}", volume_name="${name}"}`;
}

/** What an uptime check sees from a place, every fifteen minutes at most. */
function checked(check_id: string, passed: string, days?: string, place = "usa"): Series {
  const of = (what: string) =>
    `monitoring_googleapis_com:uptime_check_${what}{monitored_resource="uptime_url", check_id="${check_id}", checker_location="${place}"}`;
  return { [of("check_passed")]: passed, ...(days !== undefined && { [of("time_until_ssl_cert_expires")]: days }) };
}

const CASES: Readonly<Record<string, readonly Case[]>> = {
  tasks_waiting: [
    {
      what: "in all queues of an environment together",
      series: {
        [own("celery_queue_length", 'queue="dataset"')]: "60x60",
        [own("celery_queue_length", 'queue="mail"')]: "50x60",
        [own("celery_queue_length", 'queue="mail"', "dify-qa")]: "60x60",
      },
      fires: ["dify"],
    },
    { what: "of others", series: all(elsewhere("celery_queue_length", 'queue="mail"'), "500x60"), fires: [] },
    {
      what: "for ten minutes only",
      series: { [own("celery_queue_length", 'queue="mail"')]: "0x20 500x10 0x30" },
      fires: [],
    },
  ],
  task_overdue: [
    {
      what: "in one queue",
      series: {
        [own("celery_queue_oldest_seconds", 'queue="dataset"')]: "0+60x60",
        [own("celery_queue_oldest_seconds", 'queue="mail"')]: "0x60",
        [own("celery_queue_oldest_seconds", 'queue="mail"', "dify-qa")]: "840x60",
      },
      fires: ["dify"],
    },
    { what: "of others", series: all(elsewhere("celery_queue_oldest_seconds", 'queue="mail"'), "5000x60"), fires: [] },
  ],
  redis_unreachable: [
    {
      what: "in a stage",
      series: { [own("redis_up")]: "1x60", [own("redis_up", "", "dify-qa")]: "0x60" },
      fires: ["dify-qa"],
    },
    { what: "of others", series: { ...all(elsewhere("redis_up"), "0x60"), [own("redis_up")]: "1x60" }, fires: [] },
  ],
  redis_memory: [
    {
      what: "near its limit",
      series: {
        [own("redis_memory_used_bytes")]: "90x60",
        [own("redis_memory_max_bytes")]: "100x60",
        [own("redis_memory_used_bytes", "", "dify-qa")]: "80x60",
        [own("redis_memory_max_bytes", "", "dify-qa")]: "100x60",
      },
      fires: ["dify"],
    },
    {
      what: "without a limit",
      series: { [own("redis_memory_used_bytes")]: "90x60", [own("redis_memory_max_bytes")]: "0x60" },
      fires: [],
    },
  ],
  redis_refusing: [
    {
      what: "writes of one, keys of the other",
      series: {
        [own("redis_errors_total", 'err="OOM"')]: "3+1x60",
        [own("redis_evicted_keys_total")]: "0x60",
        [own("redis_evicted_keys_total", "", "dify-qa")]: "0+2x60",
      },
      fires: ["dify", "dify-qa"],
    },
    {
      what: "what only asks for too much",
      series: { [own("redis_errors_total", 'err="NOPERM"')]: "3+1x60", [own("redis_evicted_keys_total")]: "7x60" },
      fires: [],
    },
    { what: "of others", series: all(elsewhere("redis_errors_total", 'err="OOM"'), "0+1x60"), fires: [] },
  ],
  container_memory_killed: [
    {
      what: "that had used its memory",
      series: {
        [inContainer("restart_count", "worker", "a")]: "0x20 1x40",
        [inContainer("memory_limit_utilization", "worker", "a", 'memory_type="non-evictable"')]: "0.5x15 0.97x5 0.2x40",
        // Another one of its pods is as full and goes on, and another one restarts with room.
        [inContainer("restart_count", "worker", "b")]: "0x60",
        [inContainer("memory_limit_utilization", "worker", "b", 'memory_type="non-evictable"')]: "0.97x60",
        [inContainer("restart_count", "api", "c")]: "0x20 1x40",
        [inContainer("memory_limit_utilization", "api", "c", 'memory_type="non-evictable"')]: "0.5x60",
      },
      fires: [{ namespace_name: "dify", container_name: "worker" }],
    },
    {
      what: "of others",
      series: {
        [inContainer("restart_count", "worker", "a").replace("dify", "other")]: "0x20 1x40",
        [inContainer("memory_limit_utilization", "worker", "a", 'memory_type="non-evictable"').replace(
          "dify",
          "other",
        )]: "0.97x60",
      },
      fires: [],
    },
  ],
  own_disk_full: [
    {
      what: "of one pod of a store",
      series: {
        [volume("dify-qdrant-1", "vectors")]: "0.9x60",
        [volume("dify-qdrant-0", "vectors")]: "0.8x60",
        // Not the pod's own disk, and not a pod with one.
        [volume("dify-qdrant-0", "tmp")]: "0.99x60",
        [volume("dify-worker-7c9-x2x4z", "data")]: "0.99x60",
      },
      after: "45m",
      fires: [{ namespace_name: "dify", pod_name: "dify-qdrant-1", volume_name: "vectors" }],
    },
    {
      what: "of a database of KubeBlocks, the one in use or another one",
      series: {
        [volume("dify-postgresql-postgresql-0", "data")]: "0.9x60",
        [volume("dify-redis-r1-redis-sentinel-2", "data")]: "0.9x60",
        [volume("dify-redis-redis-0", "data")]: "0.5x60",
        // What is in memory, and pods that copy.
        [volume("dify-postgresql-postgresql-0", "dshm")]: "0.9x60",
        [volume("dp-backup-dify-postgresql-x2x4z", "data")]: "0.9x60",
      },
      after: "45m",
      fires: [
        { namespace_name: "dify", pod_name: "dify-postgresql-postgresql-0", volume_name: "data" },
        { namespace_name: "dify", pod_name: "dify-redis-r1-redis-sentinel-2", volume_name: "data" },
      ],
    },
    {
      what: "of others",
      series: { [volume("dify-qdrant-1", "vectors").replace('="dify"', '="other"')]: "0.9x60" },
      after: "45m",
      fires: [],
    },
  ],
  file_server_memory: [
    {
      what: "of all Redis processes together",
      series: {
        [own("redis_memory_used_rss_bytes")]: "40x60",
        [own("redis_memory_used_rss_bytes", "", "dify-qa")]: "36x60",
        [own("redis_total_system_memory_bytes")]: "100x60",
        [own("redis_total_system_memory_bytes", "", "dify-qa")]: "100x60",
      },
      fires: [undefined],
    },
    {
      what: "with room for rewriting",
      series: { [own("redis_memory_used_rss_bytes")]: "60x60", [own("redis_total_system_memory_bytes")]: "100x60" },
      fires: [],
    },
  ],
  certificate_not_active: [
    {
      what: "that no location has seen",
      series: { ...checked("check-1", "0x120"), ...checked("check-2", "1x120", "80x120") },
      after: "100m",
      fires: [{ check_id: "check-1" }],
    },
    {
      what: "that answers with 5xx, and one that one location sees",
      series: {
        ...checked("check-1", "0x120", "80x120"),
        ...checked("check-2", "0x120"),
        ...checked("check-2", "1x120", "80x120", "eur"),
      },
      after: "100m",
      fires: [],
    },
    { what: "of others", series: checked("others", "0x120"), after: "100m", fires: [] },
    { what: "in its first hour", series: checked("check-1", "0x60"), fires: [] },
  ],
  door_full: [
    {
      what: "of one pod of two",
      series: Object.assign(
        {},
        ...["a", "b"].map((name) => ({
          [own("nginx_connections_active", `pod="${name}"`)]: name === "a" ? "60x60" : "5x60",
          [own("nginx_connections_writing", `pod="${name}"`)]: name === "a" ? "40x60" : "1x60",
          [own("nginx_connections_limit", `pod="${name}"`)]: "120x60",
        })),
      ) as Series,
      fires: ["dify"],
    },
  ],
};

describeWith([tools.promtool], "the alerts on what components measure, evaluated by Prometheus", () => {
  test("each has a case that opens it, and all queries are Prometheus'", async () => {
    expect(Object.keys(CASES).sort()).toEqual(
      [
        ...componentAlerts.map(({ id }) => id),
        "certificate_not_active",
        "container_memory_killed",
        "own_disk_full",
      ].sort(),
    );
    expect(Object.values(CASES).filter((cases) => cases.every(({ fires }) => fires.length === 0))).toEqual([]);
    expect((await check({})).code).toBe(0);
  });

  test.each(Object.entries(CASES).flatMap(([id, cases]) => cases.map((one) => [id, one.what, one] as const)))(
    "%s: %s",
    async (id, _, one) => {
      expect(await check({ [id]: one })).toMatchObject({ code: 0 });
    },
  );
});

/** @returns what promtool says of alerts in the state that a case expects */
async function check(expected: Readonly<Record<string, Case>>): Promise<{ readonly code: number | null }> {
  const directory = temporaryDirectory("rules");
  const rules = standardAlerts.flatMap((alert) => {
    const query =
      "entries" in alert
        ? undefined
        : alert.query({ ...WATCHED, sharedVolume: "share", requestMetric: "requests", firstByteMetric: "first_byte" });
    const sign = alert.opens === "less" ? "<" : ">";
    return query === undefined
      ? []
      : [{ alert: alert.id, expr: `(${query}) ${sign} ${alert.threshold}`, for: `${alert.minutes}m` }];
  });
  writeFileSync(join(directory, "rules.yaml"), stringify({ groups: [{ name: "standard", rules }] }));
  const tests = Object.entries(expected).map(([alertname, { series, fires, after = "30m" }]) => ({
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      {
        eval_time: after,
        alertname,
        exp_alerts: fires.map((of) => ({
          exp_labels: {
            ...(typeof of === "string" ? { namespace: of } : of),
            ...(alertname === "task_overdue" && { queue: "dataset" }),
          },
        })),
      },
    ],
  }));
  writeFileSync(
    join(directory, "tests.yaml"),
    stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests }),
  );
  const { code, stdout, stderr } = await run(path(tools.promtool), ["test", "rules", "tests.yaml"], { cwd: directory });
  removeDirectory(directory);
  if (code !== 0) throw new Error(stdout + stderr);
  return { code };
}
