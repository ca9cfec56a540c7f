import { watchedFilter } from "../../modules/app-gke/monitoring/watched";
import { synth, type Given } from "../terraform/synth";

const ALERT = { comparison: "COMPARISON_GT", threshold_value: 3, duration_seconds: 120 };
const TOLD: Given = { support_users: ["ops@example.com"] };

interface Condition {
  readonly condition_threshold: {
    readonly filter: string;
    readonly aggregations: readonly { readonly per_series_aligner: string }[];
  };
}

/** The conditions of the environment's alert policies, by the end of their names. */
function conditions(given: Given): ReadonlyMap<string, Condition["condition_threshold"]> {
  const policies = Object.values(synth(given).application.resource["google_monitoring_alert_policy"] ?? {});
  return new Map(
    policies.flatMap(({ display_name, conditions: all }) =>
      (all as Condition[]).map((condition) => [
        String(display_name).replace(/^[^:]*: /, ""),
        condition.condition_threshold,
      ]),
    ),
  );
}

function checks(given: Given): Record<string, unknown>[] {
  const { application } = synth({ ...TOLD, uptime_check_config: { enabled: true }, ...given });
  return Object.values(application.resource["google_monitoring_uptime_check_config"] ?? {});
}

test("nothing is watched, and nobody told, until a file asks for it", () => {
  const types = Object.keys(synth().application.resource).filter((type) => type.startsWith("google_monitoring_"));
  expect(types).toEqual([]);
});

describe("an alert of the user's own watches what belongs to this environment only", () => {
  const own: Readonly<Record<string, string>> = {
    "kubernetes.io/container/restart_count": 'resource.labels.namespace_name = "dify-demo-',
    "kubernetes.io/container/memory/limit_utilization": 'resource.labels.cluster_name = "dify-demo-',
    "logging.googleapis.com/user/dify/errors": 'resource.labels.namespace_name = "dify-demo-',
    "kubernetes.io/pod/volume/utilization": 'resource.labels.cluster_name = "dify-demo-',
    "prometheus.googleapis.com/celery_queue_length/gauge": 'resource.labels.namespace = "dify-demo-',
    "prometheus.googleapis.com/errors/counter": 'resource.labels.cluster = "dify-demo-',
    "cloudsql.googleapis.com/database/disk/utilization": 'resource.labels.database_id = "demo-project:app-sql-',
    "storage.googleapis.com/storage/total_bytes": "resource.labels.bucket_name = ",
    "compute.googleapis.com/instance/cpu/utilization": 'metric.labels.instance_name = starts_with("app-nfs-',
    "router.googleapis.com/nat/open_connections": 'resource.labels.gateway_name = "dify-demo-',
  };
  const alerts = Object.keys(own).map((metric_type) => ({ ...ALERT, name: metric_type, metric_type }));
  const found = conditions({ ...TOLD, alert_policies: alerts });

  test.each(Object.entries(own))("%s", (type, filter) => {
    expect(found.get(type)?.filter).toContain(filter);
    expect(found.get(type)?.filter).toContain(`metric.type = "${type}"`);
  });

  test("a value is averaged, and what a counter got is summed up", () => {
    const counters = [...found]
      .filter(
        ([
          ,
          {
            aggregations: [{ per_series_aligner } = { per_series_aligner: "" }],
          },
        ]) => per_series_aligner === "ALIGN_DELTA",
      )
      .map(([name]) => name);
    expect(counters.sort()).toEqual([
      "kubernetes.io/container/restart_count",
      "logging.googleapis.com/user/dify/errors",
      "prometheus.googleapis.com/errors/counter",
    ]);
    expect(found.get("kubernetes.io/pod/volume/utilization")?.aggregations).toEqual([
      { alignment_period: "60s", per_series_aligner: "ALIGN_MEAN" },
    ]);
  });

  test("its stages are a part of it", () => {
    const watched = { cluster: { name: "c", location: "l" }, namespaces: ["dify", "dify-prod"], buckets: ["a", "b"] };
    expect(watchedFilter("k8s_pod", watched)).toContain('resource.labels.namespace_name = one_of("dify", "dify-prod")');
    expect(watchedFilter("gcs_bucket", watched)).toContain('resource.labels.bucket_name = one_of("a", "b")');
    expect(watchedFilter("cloudsql_database", watched)).toBeUndefined();
  });
});

describe("an uptime check asks for every public address, and verifies certificates", () => {
  const http = (use_ssl: boolean, port: number) => ({ path: "/health", port, use_ssl, validate_ssl: use_ssl });

  test.each([
    ["a Service of its own", {}, [["${google_compute_address.app_address_reserved.address}", http(false, 80)]]],
    ["another port", { service_port: 8080 }, [[expect.any(String), http(false, 8080)]]],
    [
      "a gateway",
      { enable_custom_domain: true, application_domains: ["a.example.com", "b.example.com"] },
      [
        ["a.example.com", http(true, 443)],
        ["b.example.com", http(true, 443)],
      ],
    ],
    [
      "proxies of the user's own",
      {
        service_type: "ClusterIP",
        public_urls: ["https://ai.example.com:8443", "http://intra.example.com"],
        trusted_proxy_ranges: ["10.0.0.0/24"],
      },
      [
        ["ai.example.com", http(true, 8443)],
        ["intra.example.com", http(false, 80)],
      ],
    ],
    ["nothing", { deploy_application: false }, []],
  ] as const)("%s", (_, given, expected) => {
    const found = checks(given).map(({ monitored_resource, http_check }) => [
      (monitored_resource as { labels: { host: string } }).labels.host,
      http_check,
    ]);
    expect(found).toEqual(expected);
  });

  test("each has an alert of its own, which names it and everybody who is told", () => {
    const { application } = synth({
      support_users: ["ops@example.com", "on-call@example.com"],
      uptime_check_config: { enabled: true },
    });
    const [policy = {}] = Object.values(application.resource["google_monitoring_alert_policy"] ?? {});
    const [check = "none"] = Object.keys(application.resource["google_monitoring_uptime_check_config"] ?? {});
    expect(JSON.stringify(policy)).toContain(`google_monitoring_uptime_check_config.${check}.uptime_check_id`);
    expect(policy["notification_channels"]).toHaveLength(2);
  });
});
