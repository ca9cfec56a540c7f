import { z } from "zod";
import { group, variable } from "./definition";
import { count, location, optionalCron } from "./limits";

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
  enable_backup_import: variable({
    description: "Imports a backup during an apply.",
    schema: z.boolean(),
    default: false,
  }),
  backup_source: variable({
    description: "Where the backup to import is: Cloud Storage or Google Drive.",
    schema: z.enum(["gcs", "gdrive"]),
    default: "gcs",
  }),
  backup_uri: variable({
    description: "Address of the backup to import.",
    schema: z.string(),
    default: "",
  }),
  backup_format: variable({
    description: "Format of the backup to import. `auto` goes by the file's name.",
    schema: z.enum(["sql", "tar", "gz", "tgz", "tar.gz", "zip", "auto"]),
    default: "sql",
  }),
  backup_file: variable({
    description: "Name of the file to import, if `backup_uri` names none.",
    schema: z.string(),
    default: "backup.sql",
  }),
});
