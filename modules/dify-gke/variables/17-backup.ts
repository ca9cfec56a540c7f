import { z } from "zod";
import { group, variable } from "./definition";
import { count, location, optionalCron, text } from "./limits";

/** Group 17: backups and restoring. */
export const backup = group(17, {
  backup_schedule: variable({
    description: "When the daily backup of database and shared files starts, in UTC.",
    schema: optionalCron,
    default: "0 2 * * *",
  }),
  backup_retention_days: variable({
    description: "Days that a backup is kept.",
    schema: count(1, 365),
    default: 7,
  }),
  backup_location: variable({
    documented: false,
    description:
      "Region or multi-region (`us`, `eu`, `asia`) in which Cloud SQL keeps its backups. Empty: the environment's region.",
    schema: location,
    default: "",
  }),
  enable_portable_backups: variable({
    documented: false,
    description:
      "Writes all databases and the shared files to a bucket of their own as well, on `backup_schedule`, for `backup_retention_days`: dumps that any PostgreSQL reads, in addition to Google's own backups. See [portable backups](backups.md).",
    schema: z.boolean(),
    default: false,
  }),
  portable_backup_location: variable({
    documented: false,
    description:
      "Region or multi-region (`us`, `eu`, `asia`) of the bucket of portable backups. Empty: the environment's region.",
    schema: location,
    default: "",
  }),
  lock_portable_backups: variable({
    documented: false,
    description:
      "Locks portable backups for `backup_retention_days`: nobody can delete one earlier, and nobody can remove the lock.",
    schema: z.boolean(),
    default: false,
  }),
  backup_rehearsal_schedule: variable({
    documented: false,
    description:
      "When the newest portable backup is tried, in UTC (`0 4 1 * *`): restored into databases of its own on the instance, counted, and thrown away. Empty: never. See [rehearsals](backups.md#rehearsals).",
    schema: optionalCron,
    default: "",
  }),
  enable_backup_import: variable({
    description:
      "Fills the databases of a new environment with a backup of another Dify, once: a database that has data is never overwritten, and a backup that was imported is not imported again. See [moving a Dify here](moving.md).",
    schema: z.boolean(),
    default: false,
  }),
  backup_source: variable({
    description: "Where the backup to import is: Cloud Storage or Google Drive.",
    schema: z.enum(["gcs", "gdrive"]),
    default: "gcs",
  }),
  backup_uri: variable({
    description:
      "Address of the backup to import: `gs://bucket/path/file`, or a folder that ends with `/`; with `gdrive`, the file's link or id.",
    schema: z.string(),
    default: "",
  }),
  backup_format: variable({
    description:
      "Format of the backup to import. `sql` is a dump of `pg_dump` or `pg_dumpall`, plain or in the custom format; `auto` detects it from the content.",
    schema: z.enum(["sql", "tar", "gz", "tgz", "tar.gz", "zip", "auto"]),
    default: "sql",
  }),
  backup_file: variable({
    description: "Name of the file to import, if `backup_uri` names none.",
    schema: z.string(),
    default: "backup.sql",
  }),
  replace_all_data_with_backup_sha256: variable({
    documented: false,
    description:
      "SHA-256 of the backup to import: deletes all data of databases that have some, and puts that backup in its place, once. Empty: data is never overwritten.",
    schema: text("64 hexadecimal digits in lower case, as sha256sum prints them", /^[0-9a-f]{64}$/, true),
    default: "",
  }),
});
