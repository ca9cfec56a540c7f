import { z } from "zod";
import { standardAlerts } from "../../app-gke/monitoring/standard-alerts";
import { group, variable } from "./definition";
import {
  absolutePath,
  alertDuration,
  alertName,
  alignmentPeriod,
  billingAccount,
  billingTable,
  count,
  logViewer,
  uptimeTimeout,
} from "./limits";
import { probeOverride } from "./probe";

const uptimeCheck = z.strictObject({
  enabled: z.boolean().default(false),
  path: absolutePath.default("/health"),
  check_interval: z.enum(["60s", "300s", "600s", "900s"]).default("60s"),
  timeout: uptimeTimeout.default("10s").describe("How long the address may take to answer."),
});

const alertPolicy = z.strictObject({
  name: alertName,
  metric_type: z
    .string()
    .min(1)
    .describe(
      "Metric of a container, pod, database, bucket, file server or NAT gateway, such as kubernetes.io/container/memory/limit_utilization; prometheus.googleapis.com/<name>/gauge or /counter; logging.googleapis.com/user/<name>. Only what belongs to this environment is watched.",
    ),
  comparison: z.enum(["COMPARISON_GT", "COMPARISON_LT"]),
  threshold_value: z.number().describe("In the metric's unit. Of a counter: what is added in an aggregation period."),
  duration_seconds: alertDuration.describe("How long the threshold must be crossed."),
  aggregation_period: alignmentPeriod
    .default("60s")
    .describe("Values are averaged over it, and additions to counters summed up."),
});

const standardAlert = z.strictObject({
  enabled: z.boolean().default(true).describe("`false`: the alert is not made."),
  threshold: z.number().optional().describe("In the alert's own unit, which docs/monitoring.md names."),
});

/** Group 10: who notices when something is wrong. */
export const observability = group(10, {
  startup_probe_config: variable({
    description: "Replaces fields of `startup_probe`.",
    schema: probeOverride,
    default: { enabled: true },
  }),
  health_check_config: variable({
    description: "Replaces fields of `liveness_probe`.",
    schema: probeOverride,
    default: { enabled: true },
  }),
  uptime_check_config: variable({
    description:
      "Cloud Monitoring's check of every public address, from several continents, with an alert when two places get no answer.",
    schema: uptimeCheck,
    default: { enabled: false, path: "/health" },
  }),
  gateway_log: variable({
    documented: false,
    description:
      "Which requests the gateway logs, with their whole addresses: query strings, and so tokens and signed addresses. `refused`: those that Cloud Armor refuses, or would refuse. nginx logs all requests without them.",
    schema: z.enum(["none", "refused", "all"]),
    default: "refused",
  }),
  gateway_log_sample_rate: variable({
    documented: false,
    description: "Share of these requests that the gateway logs, from 0 to 1.",
    schema: z.number().min(0).max(1),
    default: 1,
  }),
  enable_component_metrics: variable({
    documented: false,
    description:
      "Managed Service for Prometheus collects what waits in Celery's queues, how tasks end, and the state of Redis, nginx and the Auth Proxies (docs/monitoring.md). `null`: with `support_users`.",
    schema: z.boolean().nullable(),
    default: null,
  }),
  log_format: variable({
    documented: false,
    description:
      "How Dify's API, workers and plugin daemon log: `json` has severities that Cloud Logging knows, and each stack trace in one entry. Only releases that read LOG_OUTPUT_FORMAT.",
    schema: z.enum(["text", "json"]),
    default: "text",
  }),
  log_retention_days: variable({
    documented: false,
    description:
      "Days that the environment's logs are kept, in a log bucket of its own: pods, the database, builds and rollouts, what the gateway logs. 0: they stay in the project's bucket `_Default`, as long as that keeps them.",
    schema: count(0, 3650),
    default: 0,
  }),
  log_viewers: variable({
    documented: false,
    description: "Who may read this log bucket and no other: `group:…`, `user:…` or `serviceAccount:…`.",
    schema: z.array(logViewer),
    default: [],
  }),
  log_health_checks: variable({
    documented: false,
    description: "Whether log entries of passed health checks are kept.",
    schema: z.boolean(),
    default: true,
  }),
  enable_tracing: variable({
    documented: false,
    description:
      "Traces of requests in Cloud Trace, by OpenTelemetry and a collector of Google's. What people write is taken out of them (docs/tracing.md).",
    schema: z.boolean(),
    default: false,
  }),
  trace_sampling_rate: variable({
    documented: false,
    description: "Share of the requests that are traced, from 0 to 1.",
    schema: z.number().min(0).max(1),
    default: 0.1,
  }),
  monthly_budget: variable({
    documented: false,
    description:
      "What the project may cost in a month, in the billing account's currency: `support_users` and the account's administrators are notified before. 0: no budget. It stops nothing.",
    schema: count(0, 100_000_000),
    default: 0,
  }),
  billing_account_id: variable({
    documented: false,
    description: "Billing account of the project, for `monthly_budget`: `gcloud billing projects describe PROJECT`.",
    schema: billingAccount,
    default: "",
  }),
  budget_thresholds: variable({
    documented: false,
    description:
      "Percent of `monthly_budget` at which people are notified. A forecast of more than 100 percent notifies them, too.",
    schema: z.array(z.number().int().min(1).max(1000)).min(1).max(20),
    default: [50, 90, 100],
  }),
  billing_export_table: variable({
    documented: false,
    description:
      "Table of the billing account's export to BigQuery, `project.dataset.table`: the dashboard has the query for the costs of the day, and the way to run it.",
    schema: billingTable,
    default: "",
  }),
  alert_policies: variable({
    description: "Your own alerts.",
    schema: z.array(alertPolicy),
    default: [],
  }),
  standard_alerts: variable({
    documented: false,
    description:
      "Changes to the alerts that come with `support_users`, by name: one that is not made, or has another threshold.",
    schema: z.partialRecord(z.enum(standardAlerts.map(({ id }) => id)), standardAlert),
    default: {},
  }),
});
