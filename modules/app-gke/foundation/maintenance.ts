import type { ContainerClusterMaintenancePolicy } from "@cdktf/provider-google/lib/container-cluster";
import type { SqlDatabaseInstanceSettings } from "@cdktf/provider-google/lib/sql-database-instance";
import type { MaintenanceSettings } from "../google/shared-services";

/** Hours a day: GKE requires 48 hours within any 32 days, in windows of at least four. */
const WINDOW_HOURS = 4;
/** Any past day: the window repeats every day from then on. */
const FIRST_DAY = "2025-01-01";

/**
 * When GKE may upgrade a cluster, and when not:
 * https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions.
 * @returns `undefined` if it may at any time
 */
export function clusterMaintenance(settings: MaintenanceSettings = {}): ContainerClusterMaintenancePolicy | undefined {
  const { startHour, exclusions = [] } = settings;
  if (startHour === undefined && exclusions.length === 0) return undefined;
  const start = new Date(`${FIRST_DAY}T00:00:00Z`);
  start.setUTCHours(startHour ?? 0);
  const end = new Date(start);
  // Without a start hour only the exclusions are asked for, and GKE takes none without a window.
  end.setUTCHours(start.getUTCHours() + (startHour === undefined ? 24 : WINDOW_HOURS));
  return {
    recurringWindow: { startTime: timestamp(start), endTime: timestamp(end), recurrence: "FREQ=DAILY" },
    maintenanceExclusion: exclusions.map(({ startDate, endDate }) => ({
      exclusionName: `no-upgrades-${startDate}`,
      startTime: `${startDate}T00:00:00Z`,
      endTime: `${endDate}T00:00:00Z`,
      exclusionOptions: { scope: "NO_UPGRADES" },
    })),
  };
}

/**
 * When Cloud SQL may update an instance, and when not: https://cloud.google.com/sql/docs/postgres/maintenance.
 * @param backupStartTime `HH:MM`
 */
export function instanceMaintenance(
  { startHour, exclusions = [] }: MaintenanceSettings = {},
  backupStartTime: string,
): Pick<SqlDatabaseInstanceSettings, "maintenanceWindow" | "denyMaintenancePeriod"> {
  const [first] = exclusions;
  return {
    maintenanceWindow: { day: SUNDAY, hour: startHour ?? afterBackup(backupStartTime), updateTrack: "stable" },
    denyMaintenancePeriod: first && { startDate: first.startDate, endDate: first.endDate, time: "00:00:00" },
  };
}

const SUNDAY = 7;

/** Two hours after the backup starts, so that neither delays the other. UTC, 0 to 23. */
function afterBackup(startTime: string): number {
  return (Number.parseInt(startTime, 10) + 2) % 24;
}

/** `2025-01-01T03:00:00Z`. */
function timestamp(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
