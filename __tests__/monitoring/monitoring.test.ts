import { metricTypes } from "../../modules/app-gke/google/metrics";
import { standardAlerts } from "../../modules/app-gke/monitoring/standard-alerts";
import { metricsOf, watchedFilter } from "../../modules/app-gke/monitoring/watched";
import { difyOf } from "../../modules/dify-gke/dify";
import { synth, type Given, variablesOf } from "../terraform/synth";
import { logFilter } from "./log-filter";

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
      (all as Partial<Condition>[]).flatMap(({ condition_threshold }) =>
        condition_threshold ? [[String(display_name).replace(/^[^:]*: /, ""), condition_threshold]] : [],
      ),
    ),
  );
}

function checks(given: Given): Record<string, unknown>[] {
  const { application } = synth({ ...TOLD, uptime_check_config: { enabled: true }, ...given });
  return Object.values(application.resource["google_monitoring_uptime_check_config"] ?? {});
}

describe("the standard alerts", () => {
  const EVERYTHING: Given = {
    ...TOLD,
    uptime_check_config: { enabled: true },
    enable_portable_backups: true,
    backup_rehearsal_schedule: "0 4 1 * *",
    vector_store: "qdrant",
    enable_custom_domain: true,
    application_domains: ["dify.example.com"],
    enable_cloud_armor: true,
    enable_cicd_trigger: true,
    github_repository_url: "https://github.com/acme/dify",
    github_app_installation_id: "12345678",
    enable_cloud_deploy: true,
    cloud_deploy_stages: [{ name: "dev" }, { name: "qa" }],
  };
  const policies = (given: Given) =>
    Object.entries(synth(given).application.resource["google_monitoring_alert_policy"] ?? {})
      .map(([address, policy]) => ({ id: address.replace("app_monitoring_standard_", ""), policy }))
      .filter(({ id }) => standardAlerts.some((alert) => alert.id === id));
  const queryOf = (policy: Record<string, unknown>): string => {
    const [condition] = policy["conditions"] as { condition_prometheus_query_language: { query: string } }[];
    return condition?.condition_prometheus_query_language.query ?? "";
  };
  const all = policies(EVERYTHING);

  test("are all there where everything is, and none where nobody is told", () => {
    expect(all.map(({ id }) => id).sort()).toEqual(standardAlerts.map(({ id }) => id).sort());
    expect(policies({ ...EVERYTHING, support_users: [] })).toEqual([]);
  });

  // By their sources; those of the lists are Google's own pages.
  const KNOWN = new Set(
    [
      ...metricTypes.map((type) => type.replace("/", ":").replaceAll(/[./]/g, "_")),
      ...metricsOf(difyOf(variablesOf({ enable_component_metrics: true }))),
      // https://cloud.google.com/kubernetes-engine/docs/how-to/kube-state-metrics
      "kube_deployment_status_replicas_available",
      "kube_statefulset_status_replicas_ready",
      "kube_pod_status_unschedulable",
      // https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-monitoring
      "monitoring_googleapis_com:uptime_check_check_passed",
      "monitoring_googleapis_com:uptime_check_time_until_ssl_cert_expires",
      // https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-networksecurity
      "networksecurity_googleapis_com:https_request_count",
      // https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub
      "pubsub_googleapis_com:topic_send_message_operation_count",
    ].map((name) => name.replace(/_(bucket|count)$/, "")),
  );

  // What an environment's names begin with; a policy of Cloud Armor and an uptime check have no such name.
  const OWN =
    /"(demo-project:app-sql-|dify-demo-|\$\{google_monitoring_uptime_check_config\.)|user_dify_demo_|policy_name="default-/;

  test.each(all.map(({ id, policy }) => [id, queryOf(policy)]))(
    "%s is PromQL, and about this environment",
    async (_, query) => {
      const { parser } = await import("@prometheus-io/lezer-promql");
      const parsed = parser.parse(query.replaceAll(/\$\{[^}]*\}/g, "id"));
      const mistakes: string[] = [];
      parsed.iterate({
        enter: ({ type, from, to }) => {
          if (type.isError) mistakes.push(`${query.slice(0, from)} >>> ${query.slice(from, to)}`);
        },
      });
      expect(mistakes).toEqual([]);
      expect(query).toMatch(OWN);
      const metrics = [...query.matchAll(/([a-z][\w:]*)\{/g)].map(([, name = ""]) =>
        name.replace(/_(bucket|count)$/, ""),
      );
      expect(metrics.length).toBeGreaterThan(0);
      expect(metrics.filter((name) => !KNOWN.has(name) && !name.includes(":user_dify_demo_"))).toEqual([]);
    },
  );

  test("have the threshold that a file gives, or are left out", () => {
    const [changed, ...others] = policies({
      ...EVERYTHING,
      standard_alerts: { database_cpu: { threshold: 42 }, share_full: { enabled: false } },
    }).filter(({ id }) => id === "database_cpu" || id === "share_full");
    expect(queryOf(changed?.policy ?? {})).toMatch(/ > 42$/);
    expect(others).toEqual([]);
  });

  test("on log entries are made after the metric that counts them", () => {
    const rollout = all.find(({ id }) => id === "rollout_failed")?.policy ?? {};
    const { application } = synth(EVERYTHING);
    const [address, metric] =
      Object.entries(application.resource["google_logging_metric"] ?? {}).find(([name]) => /rollout/.test(name)) ?? [];
    expect(rollout["depends_on"]).toContain(`google_logging_metric.${address ?? ""}`);
    expect(metric?.["filter"]).toContain('pipeline_id="${google_clouddeploy_delivery_pipeline.');
    expect(queryOf(rollout)).toContain(`user_${String(metric?.["name"]).replace(/[-/]/g, "_")}{`);
  });

  test("count requests in the log of the entry point, by status", () => {
    const metric = synth(EVERYTHING).application.resource["google_logging_metric"]?.["app_monitoring_requests_metric"];
    expect(metric).toMatchObject({
      filter: expect.stringMatching(
        /namespace_name=\("dify-demo-.* resource\.labels\.container_name="proxy"/,
      ) as string,
      label_extractors: { status: "EXTRACT(httpRequest.status)" },
    });
    const counted = `logging_googleapis_com:user_${String(metric?.["name"]).replace(/[-/]/g, "_")}`;
    expect(queryOf(all.find(({ id }) => id === "requests_failing")?.policy ?? {})).toContain(counted);
    // In Cloud Logging's language, which is not Monitoring's: with several namespaces they differ.
    for (const made of Object.values(synth(EVERYTHING).application.resource["google_logging_metric"] ?? {})) {
      expect(() => logFilter(String(made["filter"]))).not.toThrow();
    }
  });
});

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
    const [check = "none"] = Object.keys(application.resource["google_monitoring_uptime_check_config"] ?? {});
    const policy = application.resource["google_monitoring_alert_policy"]?.[`${check}_alert`] ?? {};
    expect(JSON.stringify(policy)).toContain(`google_monitoring_uptime_check_config.${check}.uptime_check_id`);
    expect(policy["notification_channels"]).toHaveLength(2);
  });
});
