import type { Job } from "../app-gke/application-config";
import { literal } from "../app-gke/terraform/literal";
import { projectFile } from "../app-gke/terraform/project-file";
import { apiProcess } from "./components/api";
import { VECTOR_BACKUPS } from "./components/vector-stores";
import { STORAGE_BUCKET } from "./environment";
import { JOB_DIRECTORY, PYTHON_IMAGE } from "./postgres-clients";
import { withRedisCa } from "./redis";
import type { VectorStore } from "./releases";
import type { DifySettings, VectorStoreSettings } from "./settings";
import { withTrust } from "./trust";
import { storeByKubeBlocks, storeKeys, storeNodes, storesInCluster } from "./vector-stores";

/** Names of the jobs. */
const VECTOR_BACKUP_JOB = "vector-backup";
const VECTOR_MIGRATION_JOB = "vector-migration";

/** @returns what copies a store to the bucket every night, and what moves vectors when somebody starts it */
export function vectorJobs(settings: DifySettings): readonly Job[] {
  const { vectors } = settings;
  if (!vectors) return [];
  const backups = storesInCluster(settings)
    .filter((store) => store === vectors.store)
    .map((store) => backupJob(settings, vectors, store));
  const move = vectors.movesFrom === undefined ? [] : [migrationJob(settings)];
  return [...backups, ...move.map((job) => withTrust(withRedisCa(job, settings), settings))];
}

function backupJob(settings: DifySettings, vectors: VectorStoreSettings, store: VectorStore): Job {
  const { backups } = vectors;
  return {
    name: VECTOR_BACKUP_JOB,
    description: "Copies the vectors to the bucket",
    image: PYTHON_IMAGE,
    command: ["python3", "-B", `${JOB_DIRECTORY}/vector_backup.py`],
    environment: (bindings) => ({
      STORE: store,
      NODES: storeNodes(settings, store, vectors).join(" "),
      BACKUP_BUCKET: bindings.bucket(STORAGE_BUCKET),
      BACKUP_FOLDER: `${VECTOR_BACKUPS}/${store}`,
      KEEP_DAYS: String(backups.keepDays),
    }),
    secrets: storeByKubeBlocks(settings, store) ? {} : { API_KEY: storeKeys[store] },
    files: files("backup_source.py", "backup_store.py", "vector_backup.py"),
    resources: { cpu: "250m", memory: "512Mi" },
    security: { runAsUser: 1000 },
    needs: { googleApis: true },
    talksTo: [store],
    schedule: backups.schedule,
    concurrencyPolicy: "Forbid",
    retries: 1,
    timeoutSeconds: BACKUP_SECONDS,
    startingDeadlineSeconds: 3600,
    beforeComponents: false,
  };
}

/**
 * Dify's own command, which embeds everything again. It may take hours, and every call of the model is paid for. So the job
 * is suspended, no apply waits for it, and a person starts it.
 */
function migrationJob(settings: DifySettings): Job {
  const process = apiProcess(settings, "api", {});
  return {
    ...process,
    name: VECTOR_MIGRATION_JOB,
    description: "Moves the vectors of knowledge to the store in use",
    command: ["bash", `${JOB_DIRECTORY}/vector-migrate.sh`],
    files: files("vector-migrate.sh"),
    resources: { cpu: "500m", memory: "2Gi", ephemeralStorage: "2Gi" },
    schedule: "0 0 1 1 *",
    suspend: true,
    concurrencyPolicy: "Forbid",
    retries: 0,
    timeoutSeconds: MIGRATION_SECONDS,
    beforeComponents: false,
  };
}

function files(...names: readonly string[]): NonNullable<Job["files"]> {
  return names.map((name) => ({
    mountPath: `${JOB_DIRECTORY}/${name}`,
    content: () => literal(projectFile(`scripts/jobs/${name}`)),
  }));
}

/** The longest time for a backup, and for a move. */
const BACKUP_SECONDS = 6 * 3600;
const MIGRATION_SECONDS = 48 * 3600;
