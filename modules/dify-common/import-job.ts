import type { Job } from "../app-gke/application-config";
import { databaseOfJob, jobLogin, pluginDatabase } from "./environment";
import { JOB_DIRECTORY, jobFiles, postgresClients, PYTHON_IMAGE } from "./postgres-clients";
import type { BackupImport, DifySettings } from "./settings";

/** Name of the job that imports a backup. */
export const IMPORT_JOB = "import-backup";

/** The longest time for an import: a database of some 100 GB. */
const IMPORT_SECONDS = 6 * 3600;

/**
 * Fills the databases with a backup before the migrations, which bring it to the schema of this release. The job decides by what
 * it noted in the databases, so it may run any number of times. It may read that one object; of Google Drive's files those
 * that are shared with the installation's service account, because Drive knows accounts by their addresses only.
 */
export function importJob(settings: DifySettings, backup: BackupImport, after: readonly string[]): Job {
  const { from } = backup;
  return {
    name: IMPORT_JOB,
    image: PYTHON_IMAGE,
    command: ["python3", "-B", `${JOB_DIRECTORY}/import_backup.py`],
    environment: (bindings) => ({
      ...databaseOfJob(settings, bindings, IMPORT_JOB),
      ADDITIONAL_DATABASES: pluginDatabase(settings),
      BACKUP_SOURCE: from.type,
      ...(from.type === "gcs"
        ? { BACKUP_BUCKET: from.bucket, BACKUP_OBJECT: from.object }
        : { BACKUP_FILE_ID: from.fileId }),
      BACKUP_FORMAT: backup.format,
      ...(backup.replaces ? { REPLACE_ALL_DATA: backup.replaces } : {}),
    }),
    secrets: jobLogin(settings),
    files: jobFiles("dump_files.py", "dump_sql.py", "import_backup.py"),
    prepared: postgresClients,
    resources: { cpu: "1", memory: "2Gi" },
    needs: { database: true, googleApis: from.type === "gdrive" },
    rights:
      from.type === "gcs"
        ? { objects: [{ id: "backup", bucket: from.bucket, object: from.object, role: "roles/storage.objectViewer" }] }
        : undefined,
    after,
    timeoutSeconds: IMPORT_SECONDS,
    // A node may be taken away; what is wrong with a backup is wrong with it the next time.
    retries: 1,
  };
}
