import { backupAddress } from "../backup-address";
import { NEWEST_DUMPED } from "../backup-settings";
import { postgresByKubeBlocks } from "../database-place";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const address: Rule = {
  id: "import-address",
  what: "`enable_backup_import` with a `backup_uri` that names no backup",
  why: "There would be nothing to import, and Dify would start empty.",
  risk: "High",
  severity: "error",
  variables: ["backup_uri", "enable_backup_import", "backup_source", "backup_file"],
  source: DESIGN,
  brokenBy: (v) => v.enable_backup_import && backupAddress(v) === undefined,
  message: (v) =>
    `backup_uri is "${v.backup_uri}" with backup_source = "${v.backup_source}", which is not the address of a file: there would be nothing to import, and Dify would start empty. Set backup_uri to ${
      v.backup_source === "gcs" ? "gs://<bucket>/<path of the file>" : "the link or the id of the file in Google Drive"
    }.`,
};

const replaces: Rule = {
  id: "import-replaces-data",
  what: "`replace_all_data_with_backup_sha256`",
  why: "What the databases have is deleted.",
  risk: "Critical",
  severity: "warning",
  variables: ["replace_all_data_with_backup_sha256", "enable_backup_import"],
  source: DESIGN,
  brokenBy: (v) => v.enable_backup_import && v.replace_all_data_with_backup_sha256 !== "",
  message: (v) =>
    `replace_all_data_with_backup_sha256 is ${v.replace_all_data_with_backup_sha256}: unless that backup was imported before, the next apply deletes everything in the databases of Dify and imports it. Take a backup first, and take replace_all_data_with_backup_sha256 out of the file afterwards.`,
};

const locked: Rule = {
  id: "backups-locked",
  what: "`lock_portable_backups`",
  why: "A lock cannot be taken off again.",
  risk: "High",
  severity: "warning",
  variables: ["lock_portable_backups", "enable_portable_backups", "backup_retention_days"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_portable_backups && v.lock_portable_backups,
  message: (v) =>
    `lock_portable_backups is true with backup_retention_days = ${v.backup_retention_days}: from the next apply on nobody can delete a portable backup for ${v.backup_retention_days} days, lower backup_retention_days, or destroy the environment's bucket while there is one. Keep it if that is what you want, and silence this warning then.`,
};

const newer: Rule = {
  id: "backups-newer-database",
  what: "Portable backups of an SQL instance that is newer than what writes them",
  why: "Every backup would fail.",
  risk: "High",
  severity: "error",
  variables: ["enable_portable_backups", "database_type", "sql_instance_name", "data_services"],
  source: DESIGN,
  brokenBy: (v) =>
    v.enable_portable_backups &&
    v.sql_instance_name === "" &&
    !postgresByKubeBlocks(v) &&
    Number(/^POSTGRES_(\d+)$/.exec(v.database_type)?.[1] ?? 0) > NEWEST_DUMPED,
  message: (v) =>
    `enable_portable_backups is true and database_type is ${v.database_type}: the job that writes backups has the programs of PostgreSQL ${NEWEST_DUMPED}, which read no newer server, so every backup would fail. Set database_type = "POSTGRES_${NEWEST_DUMPED}" for an instance that is not made yet, and enable_portable_backups = false for one that is newer already.`,
};

/** Backups, and importing them. */
export const backupRules: readonly Rule[] = [address, replaces, locked, newer];
