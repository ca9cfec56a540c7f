import type { DifySettings } from "../dify-common";
import { backupAddress } from "./backup-address";
import type { Variables } from "./variables";

/** The same schedule as of Google's own backups, which without one begin at two. */
export function portableBackups(v: Variables): DifySettings["portableBackups"] {
  if (!v.enable_portable_backups) return undefined;
  const schedule = v.backup_schedule.trim() || "0 2 * * *";
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
    bucket: {
      location: v.portable_backup_location || undefined,
      retentionDays: v.backup_retention_days,
      locked: v.lock_portable_backups,
    },
  };
}

/** @returns `undefined` where nothing is imported, or the rules have said what is wrong with the address */
export function backupImport(v: Variables): DifySettings["backupImport"] {
  const from = v.enable_backup_import ? backupAddress(v) : undefined;
  return from && { from, format: v.backup_format, replaces: v.replace_all_data_with_backup_sha256 || undefined };
}
