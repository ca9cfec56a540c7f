import type { Job } from "../app-gke/application-config";
import { securityOf, shareException } from "./components/image";
import { databaseOfJob, jobLogin, pluginDatabase } from "./environment";
import { JOB_DIRECTORY, jobFiles, postgresClients, PYTHON_IMAGE } from "./postgres-clients";
import type { DifySettings, PortableBackups } from "./settings";

/** Name of the job that writes portable backups. */
export const BACKUP_JOB = "portable-backup";
/** Name of the job that restores one, which `npm run restore` starts. */
const RESTORE_JOB = "restore-backup";
/** What it logs when a backup is whole. */
export const BACKUP_LINE = "portable-backup: done";

const SHARE = "/backup/share";
/** The longest time for a backup. */
const BACKUP_SECONDS = 6 * 3600;
/** A restore reads the backup twice, makes the indexes and checks foreign keys. */
const RESTORE_SECONDS = 12 * 3600;
/** The 31st of February: the CronJob never runs, and is only there to be copied. */
const NEVER = "0 0 31 2 *";

/**
 * Writes databases and share to the bucket of backups while Dify runs. It streams, so the memory that it needs does not
 * grow with the data. On the share it runs as the user who writes there.
 */
export function backupJob(settings: DifySettings, { schedule }: PortableBackups): Job {
  return {
    ...common(settings, BACKUP_JOB, "portable_backup.py", true),
    description: "Writes databases and shared files to the bucket of backups",
    files: jobFiles("backup_store.py", "portable_backup.py"),
    resources: { cpu: "500m", memory: "1Gi" },
    rights: { writesBackups: true },
    schedule,
    timeoutSeconds: BACKUP_SECONDS,
    // A control plane that was away for an hour has not lost the backup of the day.
    startingDeadlineSeconds: 3600,
  };
}

/**
 * Restores databases and share to the state of a backup. It never runs on its own: `npm run restore` copies it, with the
 * name of a backup, after everything that writes has stopped.
 */
export function restoreJob(settings: DifySettings): Job {
  return {
    ...common(settings, RESTORE_JOB, "restore_backup.py", false),
    description: "What npm run restore starts",
    files: jobFiles(
      "backup_store.py",
      "credentials.py",
      "dump_files.py",
      "dump_sql.py",
      "import_backup.py",
      "restore_backup.py",
    ),
    resources: { cpu: "1", memory: "2Gi" },
    rights: { readsBackups: true },
    schedule: NEVER,
    suspend: true,
    timeoutSeconds: RESTORE_SECONDS,
  };
}

function common(settings: DifySettings, name: string, script: string, readOnly: boolean) {
  const { runAsUser } = securityOf(settings, "plugin_daemon", []);
  return {
    name,
    image: PYTHON_IMAGE,
    command: ["python3", "-B", `${JOB_DIRECTORY}/${script}`],
    environment: (bindings) => ({
      ...databaseOfJob(settings, bindings, name),
      ADDITIONAL_DATABASES: pluginDatabase(settings),
      BACKUP_BUCKET: bindings.bucket("backups"),
      RELEASE: settings.release.version,
      ...(settings.sharedFiles ? { SHARE } : {}),
    }),
    secrets: jobLogin(settings),
    prepared: postgresClients,
    security: { runAsUser, exception: shareException(settings) },
    needs: { database: true, sharedFiles: settings.sharedFiles && { mountPath: SHARE, readOnly } },
    concurrencyPolicy: "Forbid",
    retries: 1,
    beforeComponents: false,
  } as const satisfies Partial<Job>;
}
