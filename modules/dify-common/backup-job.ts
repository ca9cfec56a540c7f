import type { Job } from "../app-gke/application-config";
import { securityOf, shareException } from "./components/image";
import { databaseOfJob, pluginDatabase, userSecrets } from "./environment";
import { JOB_DIRECTORY, jobFiles, postgresClients, PYTHON_IMAGE } from "./postgres-clients";
import { secretNames } from "./secrets";
import type { DifySettings, PortableBackups } from "./settings";

/** Name of the job that writes portable backups. */
export const BACKUP_JOB = "portable-backup";
/** What it logs when a backup is whole. */
export const BACKUP_LINE = "portable-backup: done";

const SHARE = "/backup/share";
/** The longest time for a backup. */
const BACKUP_SECONDS = 6 * 3600;

/**
 * Writes databases and share to the bucket of backups while everything goes on. It streams: what it needs does not grow with what
 * it writes. On the share it is who writes there.
 */
export function backupJob(settings: DifySettings, { schedule }: PortableBackups): Job {
  const { runAsUser } = securityOf(settings, "plugin_daemon", []);
  return {
    name: BACKUP_JOB,
    description: "Writes databases and shared files to the bucket of backups",
    image: PYTHON_IMAGE,
    command: ["python3", "-B", `${JOB_DIRECTORY}/portable_backup.py`],
    environment: (bindings) => ({
      ...databaseOfJob(bindings, BACKUP_JOB),
      ADDITIONAL_DATABASES: pluginDatabase(settings),
      BACKUP_BUCKET: bindings.bucket("backups"),
      RELEASE: settings.release.version,
      ...(settings.sharedFiles ? { SHARE } : {}),
    }),
    secrets: { PGPASSWORD: secretNames.databasePassword, ...userSecrets(settings, "DB_USER") },
    files: jobFiles("backup_store.py", "portable_backup.py"),
    prepared: postgresClients,
    resources: { cpu: "500m", memory: "1Gi" },
    security: { runAsUser, exception: shareException(settings) },
    needs: { database: true, sharedFiles: settings.sharedFiles && { mountPath: SHARE, readOnly: true } },
    rights: { writesBackups: true },
    schedule,
    concurrencyPolicy: "Forbid",
    retries: 1,
    timeoutSeconds: BACKUP_SECONDS,
    // A control plane that was away for an hour has not lost the backup of the day.
    startingDeadlineSeconds: 3600,
    beforeComponents: false,
  };
}
