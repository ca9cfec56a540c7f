import { connectionsOf } from "../app-gke/google/sql-connections";
import { placeStages } from "./stage-places";
import type { Variables } from "./variables";

/**
 * Connections that nobody here may have: three that PostgreSQL keeps for superusers (`superuser_reserved_connections`), and
 * some for Cloud SQL's own agents and for a person who looks what is the matter.
 */
const RESERVED = 10;
/** Connections of a job: what it asks with, and one more where it has a pool. */
const JOB = 2;
/** Jobs that Dify brings: `db-init`, and the migration. */
const OWN_JOBS = 2;

/** What one Cloud SQL instance has for the Dify of each stage on it. */
export interface DatabaseRoom {
  /** That the instance takes. @default - the tier does not say its memory */
  readonly takes?: number;
  readonly reserved: number;
  /** Installations with databases of their own on it: the environment, and each stage of its pipeline that is one too. */
  readonly installations: number;
  /** That jobs of one installation may have, next to its components. */
  readonly jobs: number;
  /** That the components of one installation may have. */
  readonly connections: number;
}

/** Where a tier does not say how much it is: as many as the default one takes. */
const ASSUMED = 400;

/**
 * @returns how many connections there are. Of a named instance nothing is known here: `sql_tier` is taken for its tier, and
 * the plan compares.
 */
export function databaseRoom(environment: string, variables: Variables): DatabaseRoom {
  const takes = connectionsOf(variables.sql_tier);
  const installations =
    1 +
    (variables.enable_cloud_deploy
      ? placeStages(environment, variables).filter(({ type }) => type === "own").length
      : 0);
  const given = variables.initialization_jobs.filter((job) => job.needs_db).length + variables.cron_jobs.length;
  const jobs = JOB * (OWN_JOBS + given);
  const connections = Math.floor(((takes ?? ASSUMED) - RESERVED) / installations) - jobs;
  return { takes, reserved: RESERVED, installations, jobs, connections };
}
