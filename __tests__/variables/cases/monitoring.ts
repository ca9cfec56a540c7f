import type { Given } from "./given";
import type { RuleCase } from "./rule-case";

const CHECKED: Given = { uptime_check_config: { enabled: true }, support_users: ["ops@example.com"] };
const IAP: Given = {
  ...CHECKED,
  enable_custom_domain: true,
  application_domains: ["dify.example.com"],
  enable_iap: true,
  iap_authorized_users: ["ann@example.com"],
};

function alerts(...metricTypes: string[]): Given {
  return {
    support_users: ["ops@example.com"],
    alert_policies: metricTypes.map((metric_type, index) => ({
      name: `alert ${index}`,
      metric_type,
      comparison: "COMPARISON_GT",
      threshold_value: 1,
      duration_seconds: 60,
    })),
  };
}

const [alert] = alerts("kubernetes.io/container/restart_count").alert_policies as object[];
const TOLD: Given = { support_users: ["ops@example.com"] };
const NO_FILE_SERVER: Given = { enable_nfs: false, redis_host: "10.0.0.3" };

const people = (count: number) => Array.from({ length: count }, (_, index) => `ops${index}@example.com`);

/** Who is told, and what is watched. */
export const monitoringCases: readonly RuleCase[] = [
  {
    id: "uptime-check-reaches-it",
    breaks: [
      { ...CHECKED, service_type: "ClusterIP" },
      { ...CHECKED, service_type: "NodePort" },
      { ...CHECKED, service_annotations: { "networking.gke.io/load-balancer-type": "Internal" } },
      { ...CHECKED, load_balancer_source_ranges: ["203.0.113.0/24"] },
    ],
    holds: [
      CHECKED,
      { ...CHECKED, service_type: "ClusterIP", public_urls: ["https://ai.example.com"] },
      { ...CHECKED, load_balancer_source_ranges: ["0.0.0.0/0"] },
      { ...CHECKED, service_type: "ClusterIP", enable_custom_domain: true, application_domains: ["d.example.com"] },
      { service_type: "ClusterIP" },
    ],
    shows: "uptime_check_config",
  },
  {
    id: "uptime-check-behind-sign-in",
    breaks: [
      IAP,
      { ...IAP, iap_exempt_paths: ["/v1", "/heal"] },
      { ...IAP, uptime_check_config: { enabled: true, path: "/" } },
      { ...IAP, uptime_check_config: { enabled: true, path: "/health?full=1" } },
    ],
    holds: [
      { ...IAP, iap_exempt_paths: ["/health/"] },
      { ...IAP, iap_exempt_paths: ["/v1/"], uptime_check_config: { enabled: true, path: "/v1?x=%20&y=1" } },
      { ...IAP, iap_exempt_paths: ["/health"] },
      { ...IAP, iap_exempt_paths: ["/v1"], uptime_check_config: { enabled: true, path: "/v1/info" } },
      { ...IAP, uptime_check_config: { enabled: false } },
    ],
    shows: "uptime_check_config",
  },
  {
    id: "alerts-reach-someone",
    breaks: [
      { ...CHECKED, support_users: [] },
      { ...alerts("kubernetes.io/container/restart_count"), support_users: [] },
    ],
    holds: [CHECKED, { support_users: ["ops@example.com"] }],
  },
  {
    id: "support-users-once",
    breaks: [
      { support_users: ["a@example.com", "b@example.com", "a@example.com"] },
      { support_users: ["a@example.com", "A@example.com"] },
    ],
    holds: [{ support_users: ["a@example.com", "b@example.com"] }],
  },
  {
    id: "alert-names-once",
    breaks: [{ support_users: ["ops@example.com"], alert_policies: [alert, alert] }],
    holds: [alerts("kubernetes.io/container/restart_count", "kubernetes.io/container/restart_count")],
  },
  {
    id: "alert-metric-known",
    breaks: [
      alerts("kubernetes.io/container/cpu/limit_utilisation"),
      alerts("loadbalancing.googleapis.com/https/request_count"),
      alerts("prometheus.googleapis.com/celery_queue_length/histogram"),
      alerts('logging.googleapis.com/user/errors" OR metric.type = "other'),
      alerts("constructor"),
    ],
    holds: [
      alerts("prometheus.googleapis.com/celery_queue_length/gauge", "logging.googleapis.com/user/dify/errors"),
      alerts("cloudsql.googleapis.com/database/disk/utilization", "router.googleapis.com/nat/open_connections"),
    ],
    shows: "alert_policies",
  },
  {
    id: "alert-metric-has-resource",
    breaks: [
      { ...alerts("compute.googleapis.com/instance/cpu/utilization"), ...NO_FILE_SERVER },
      { ...alerts("router.googleapis.com/nat/open_connections"), network_name: "vpc", create_nat: false },
    ],
    holds: [
      alerts("compute.googleapis.com/instance/cpu/utilization", "storage.googleapis.com/api/request_count"),
      { ...alerts("router.googleapis.com/nat/open_connections"), network_name: "vpc", create_nat: true },
    ],
    shows: "alert_policies",
  },
  {
    id: "standard-alert-watches-something",
    breaks: [
      { ...TOLD, standard_alerts: { firewall_refusing: { threshold: 5 } } },
      {
        ...TOLD,
        standard_alerts: { certificate_expiring: { enabled: false } },
        uptime_check_config: { enabled: true },
      },
      { ...TOLD, standard_alerts: { share_full: { threshold: 70 } }, ...NO_FILE_SERVER },
      { ...TOLD, standard_alerts: { nat_exhausted: { threshold: 5 } }, network_name: "vpc" },
      { ...TOLD, standard_alerts: { rollout_failed: { threshold: 5 } } },
      { ...TOLD, standard_alerts: { certificate_not_renewed: { enabled: false } } },
    ],
    holds: [
      { ...TOLD, standard_alerts: { database_cpu: { threshold: 80 }, share_full: { enabled: false } } },
      { ...TOLD, standard_alerts: { firewall_refusing: { threshold: 5 } }, enable_cloud_armor: true },
      { ...CHECKED, standard_alerts: { certificate_expiring: { threshold: 5 } }, enable_cloud_armor: true },
      { ...TOLD, standard_alerts: { certificate_not_renewed: { enabled: false } }, enable_cloud_armor: true },
      { ...TOLD, standard_alerts: { share_snapshot_failed: { enabled: false }, job_failed: { threshold: 5 } } },
    ],
    shows: "standard_alerts",
  },
  {
    id: "log-format-read",
    breaks: [{ log_format: "json", application_version: "1.11.2" }],
    holds: [
      { log_format: "json" },
      { log_format: "json", application_version: "1.11.3" },
      { application_version: "1.8.1" },
    ],
    shows: "log_format",
  },
  {
    id: "budget-has-account",
    breaks: [{ monthly_budget: 100 }],
    holds: [{ monthly_budget: 100, billing_account_id: "0A1B2C-000000-000000" }, {}],
    shows: "monthly_budget",
  },
  {
    id: "budget-tells-five",
    breaks: [{ monthly_budget: 100, billing_account_id: "0A1B2C-000000-000000", support_users: people(6) }],
    holds: [
      { monthly_budget: 100, billing_account_id: "0A1B2C-000000-000000", support_users: people(5) },
      { support_users: people(6) },
    ],
    shows: "support_users",
  },
];
