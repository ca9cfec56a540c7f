import { connectionsWith } from "../app-gke/google/sql-connections";
import { connectionsByKubeBlocks, postgresByKubeBlocks } from "./database-place";
import { placeStages } from "./stage-places";
import type { Variables } from "./variables";

/**
 * Connections that are never available: three that PostgreSQL reserves for superusers
 * (`superuser_reserved_connections`), and some for Cloud SQL's own agents and for a person who investigates a problem.
 */
const RESERVED = 10;
/** Connections of a job: one for its queries, and another one if it has a pool. */
const JOB = 2;
/** Jobs that Dify brings: `db-init`, and the migration. */
const OWN_JOBS = 2;

/** What a Cloud SQL instance offers to the Dify of each stage on it. */
export interface DatabaseRoom {
  /** Connections that the instance takes. @default - the tier does not say its memory */
  readonly takes?: number;
  readonly reserved: number;
  /** Installations with their own databases on it: the environment, and each stage of its pipeline that has some. */
  readonly installations: number;
  /** Connections that the jobs of one installation may open, in addition to its components. */
  readonly jobs: number;
  /** Connections that the components of one installation may open. */
  readonly connections: number;
}

/** Used if a tier does not say its size: the connections of the default tier. */
const ASSUMED = 400;

/**
 * @returns the connections of the instance. Nothing is known here of a named instance: `sql_tier` is assumed to be its
 * tier, and the plan compares.
 */
export function databaseRoom(environment: string, variables: Variables): DatabaseRoom {
  const flags = variables.sql_instance_name === "" ? variables.sql_database_flags : {};
  const byKubeBlocks = postgresByKubeBlocks(variables);
  const takes = byKubeBlocks
    ? connectionsByKubeBlocks(variables.kubeblocks_clusters.postgresql.memory)
    : connectionsWith(variables.sql_tier, flags);
  const installations =
    1 +
    // Of KubeBlocks, each has its own.
    (variables.enable_cloud_deploy && !byKubeBlocks
      ? placeStages(environment, variables).filter(({ type }) => type === "own").length
      : 0);
  const given = variables.initialization_jobs
    .filter((job) => job.needs_db)
    .reduce((sum, job) => sum + job.task_count, variables.cron_jobs.length + backupJobs(variables));
  const jobs = JOB * (OWN_JOBS + given);
  const connections = Math.floor(((takes ?? ASSUMED) - RESERVED) / installations) - jobs;
  return { takes, reserved: RESERVED, installations, jobs, connections };
}

function backupJobs(v: Pick<Variables, "enable_portable_backups" | "backup_rehearsal_schedule">): number {
  if (!v.enable_portable_backups) return 0;
  return v.backup_rehearsal_schedule === "" ? 1 : 2;
}
