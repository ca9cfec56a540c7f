import type { LogLabels } from "./log-metric";
import type { LoggedResource, Watched } from "./watched";

/** Names of the alerts that every environment has: keys of `standard_alerts`, so without hyphens. */
export type StandardAlertId =
  | "requests_failing"
  | "first_byte_slow"
  | "component_unavailable"
  | "container_restarting"
  | "container_memory"
  | "container_memory_killed"
  | "pod_unschedulable"
  | "database_cpu"
  | "database_disk"
  | "database_connections"
  | "share_full"
  | "own_disk_full"
  | "certificate_expiring"
  | "certificate_not_active"
  | "nat_exhausted"
  | "firewall_refusing"
  | "secret_rotation_due"
  | "tasks_waiting"
  | "task_overdue"
  | "redis_unreachable"
  | "redis_memory"
  | "redis_refusing"
  | "file_server_memory"
  | "door_full"
  | "database_backup_failed"
  | "share_snapshot_failed"
  | "portable_backup_missing"
  | "backup_rehearsal_missing"
  | "file_server_out_of_memory"
  | "rollout_failed"
  | "job_failed"
  | "certificate_not_renewed"
  | "errors_logged";

/** An alert that every environment has, where there is something to watch. */
export type StandardAlert = AlertText & (MetricCondition | LogCondition);

interface AlertText {
  readonly id: StandardAlertId;
  /** What has happened, after the environment's name. */
  readonly title: string;
  /** @see https://cloud.google.com/monitoring/alerts/policies-in-api#severity */
  readonly severity: "CRITICAL" | "ERROR" | "WARNING";
  /** Whether more or less than `threshold` opens an incident. @default more */
  readonly opens?: "less" | "more";
  /** In `unit`. */
  readonly threshold: number;
  readonly unit: string;
  /** Minutes that it has to last. */
  readonly minutes: number;
  readonly meaning: string;
  readonly remedy: string;
}

interface MetricCondition {
  /**
   * What is compared with `threshold`, in PromQL. `undefined`: there is nothing to watch.
   * @see https://cloud.google.com/monitoring/promql/promql-mapping
   */
  readonly query: (watched: Watched) => string | undefined;
}

interface LogCondition {
  /** Entries of Google's own logs, which are counted where Google has no metric. */
  readonly entries: {
    readonly resource: LoggedResource;
    /**
     * Which of the resource's entries are counted. `undefined`: there is nothing to watch.
     * @see https://cloud.google.com/logging/docs/view/logging-query-language
     */
    readonly filter: (watched: Watched) => string | undefined;
    /** Labels that entries are counted by. @default {} */
    readonly labels?: LogLabels;
    /** Time over which entries are counted. An incident stays open for as long after the last entry. */
    readonly window: "10m" | "1h" | "24h" | "32d";
  };
}

/** @returns whether an environment has what the alert watches */
export function hasSomethingToWatch(alert: StandardAlert, watched: Watched): boolean {
  return ("entries" in alert ? alert.entries.filter(watched) : alert.query(watched)) !== undefined;
}
