import type { MonitoringSettings } from "../app-gke/monitoring/settings";
import type { Variables } from "./variables";

/** @returns whether what components measure is collected: where somebody is told what follows from it, unless the file says */
export function collectsMetrics(v: Pick<Variables, "enable_component_metrics" | "support_users">): boolean {
  return v.enable_component_metrics ?? v.support_users.length > 0;
}

/** What is watched, from the documented variables. */
export function monitoring(v: Variables): MonitoringSettings {
  const { enabled, path, check_interval, timeout } = v.uptime_check_config;
  return {
    emails: v.support_users,
    uptimeCheck: enabled ? { path, period: check_interval, timeout } : undefined,
    standardAlerts: v.standard_alerts,
    budget:
      v.monthly_budget > 0
        ? { billingAccount: v.billing_account_id, amount: v.monthly_budget, thresholds: v.budget_thresholds }
        : undefined,
    billingExport: v.billing_export_table || undefined,
    logs: {
      retentionDays: v.log_retention_days || undefined,
      viewers: v.log_viewers,
      healthChecks: v.log_health_checks,
    },
    alerts: v.alert_policies.map((alert) => ({
      name: alert.name,
      metricType: alert.metric_type,
      comparison: alert.comparison,
      threshold: alert.threshold_value,
      durationSeconds: alert.duration_seconds,
      aggregationPeriod: alert.aggregation_period,
    })),
  };
}
