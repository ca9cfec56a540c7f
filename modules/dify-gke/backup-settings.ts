import type { DifySettings } from "../dify-common";
import { backupAddress } from "./backup-address";
import type { Variables } from "./variables";

/** @returns the same schedule as of Google's own backups, which without one begin at two */
export function backupSchedule(v: Pick<Variables, "backup_schedule">): string {
  return v.backup_schedule.trim() || "0 2 * * *";
}

/** Major version of `pg_dump` in the jobs that write portable backups: it reads none that is newer. @see https://www.postgresql.org/docs/15/app-pgdump.html */
export const NEWEST_DUMPED = 15;

/** @returns whether there is a bucket of backups */
export function hasBackupBucket(v: Pick<Variables, "enable_portable_backups" | "kubeblocks_backups">): boolean {
  return v.enable_portable_backups || v.kubeblocks_backups;
}

/** @returns `undefined` where nothing is backed up to a bucket */
export function backupBucket(v: Variables): DifySettings["backupBucket"] {
  if (!hasBackupBucket(v)) return undefined;
  return {
    location: v.portable_backup_location || undefined,
    retentionDays: v.backup_retention_days,
    locked: v.lock_portable_backups,
  };
}

export function portableBackups(v: Variables): DifySettings["portableBackups"] {
  if (!v.enable_portable_backups) return undefined;
  const schedule = backupSchedule(v);
  return {
    schedule,
    daily: /^\d+\s+\d+\s+\*\s+\*\s+\*$/.test(schedule),
    rehearsal:
      v.backup_rehearsal_schedule.trim() === ""
        ? undefined
        : {
            schedule: v.backup_rehearsal_schedule.trim(),
            monthly: /^\d+\s+\d+\s+(\d+|\*)\s+\*\s+\*$/.test(v.backup_rehearsal_schedule.trim()),
          },
  };
}

/** @returns `undefined` where nothing is imported, or the rules have said what is wrong with the address */
export function backupImport(v: Variables): DifySettings["backupImport"] {
  const from = v.enable_backup_import ? backupAddress(v) : undefined;
  return from && { from, format: v.backup_format, replaces: v.replace_all_data_with_backup_sha256 || undefined };
}
