import type { StandardAlertId } from "./standard-alert";

/** Who is told when something goes wrong, and what is watched. */
export interface MonitoringSettings {
  /**
   * E-mail addresses that alerts go to. With one, there are the standard alerts.
   * @see https://cloud.google.com/monitoring/support/notification-options
   * @default [] - alerts open incidents in the console only
   */
  readonly emails?: readonly string[];
  /** A check of the public address from Google's locations. @default - none */
  readonly uptimeCheck?: UptimeCheckSettings;
  /** Your own alerts. @default [] */
  readonly alerts?: readonly MetricAlert[];
  /** Changes to the standard alerts, by name. @default {} */
  readonly standardAlerts?: Readonly<Partial<Record<StandardAlertId, StandardAlertSettings>>>;
  /** What the project may cost in a month. @default - nobody is told */
  readonly budget?: BudgetSettings;
  /**
   * Where Cloud Billing exports costs to: `project.dataset.table`.
   * @see https://cloud.google.com/billing/docs/how-to/export-data-bigquery
   * @default - the dashboard does not lead to costs
   */
  readonly billingExport?: string;
  /** @default {} - the project's own bucket keeps what pods log */
  readonly logs?: LogSettings;
}

/** What a month may cost. @see https://cloud.google.com/billing/docs/how-to/budgets */
export interface BudgetSettings {
  /** `000000-000000-000000`. @see https://cloud.google.com/billing/docs/concepts#billing_account */
  readonly billingAccount: string;
  /**
   * In the billing account's currency, without decimals.
   * @see https://cloud.google.com/billing/docs/how-to/budgets#budget-amount
   */
  readonly amount: number;
  /** Percent of the amount at which people are told. @see https://cloud.google.com/billing/docs/how-to/budgets#thresholds */
  readonly thresholds: readonly number[];
}

/** Where the entries of an environment's pods are kept. */
export interface LogSettings {
  /**
   * Days that they are kept, in a bucket of their own: 1 to 3650.
   * @see https://cloud.google.com/logging/docs/buckets#custom-retention
   * @default - the project's bucket `_Default` keeps them, with everybody else's
   */
  readonly retentionDays?: number;
  /**
   * Who may read this bucket and no other: `group:ai@example.com`.
   * @see https://cloud.google.com/logging/docs/logs-views
   * @default [] - everybody who may read the project's logs
   */
  readonly viewers?: readonly string[];
  /**
   * Whether health checks that a container passed and logged are kept.
   * @see https://cloud.google.com/logging/docs/routing/overview#exclusions
   * @default true
   */
  readonly healthChecks?: boolean;
}

/** A change to a standard alert. */
export interface StandardAlertSettings {
  /** @see docs/monitoring.md @default true */
  readonly enabled?: boolean;
  /** In the alert's unit. @see docs/monitoring.md @default - the alert's own */
  readonly threshold?: number;
}

export interface UptimeCheckSettings {
  /** Path that has to answer with a 2xx status: `/health`. */
  readonly path: string;
  /**
   * Seconds between two checks from one location, with the suffix `s`.
   * @see https://cloud.google.com/monitoring/uptime-checks
   */
  readonly period: "60s" | "300s" | "600s" | "900s";
  /**
   * Seconds until a check has failed, from `1s` to `60s`.
   * @see https://cloud.google.com/monitoring/uptime-checks
   */
  readonly timeout: string;
}

/** An alert on a metric of Google's, of Prometheus or of a log. */
export interface MetricAlert {
  readonly name: string;
  /** One that `metricOf` knows. @see https://cloud.google.com/monitoring/api/metrics_gcp */
  readonly metricType: string;
  /** @see https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#comparisontype */
  readonly comparison: "COMPARISON_GT" | "COMPARISON_LT";
  /**
   * In the metric's unit; for a counter, what is added in an aggregation period.
   * @see https://cloud.google.com/monitoring/api/v3/kinds-and-types
   */
  readonly threshold: number;
  /** How long the threshold must be crossed: a multiple of 60, at most 84600. */
  readonly durationSeconds: number;
  /** Seconds over which a gauge is averaged, or a counter's increase is taken, with the suffix `s`: a multiple of 60, `60s`. */
  readonly aggregationPeriod: string;
}
