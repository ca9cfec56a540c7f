import type { ConfigurationFile, PreparedFiles } from "../app-gke/application-config";
import { literal } from "../app-gke/terraform/literal";
import { projectFile } from "../app-gke/terraform/project-file";

/**
 * Jobs that are more than a few lines of SQL are Python, and need PostgreSQL's programs: no image of Docker's own has both, so
 * those are copied from the one to the other, with the loader and the libraries that they were built with.
 */

/** Both on Debian 12. `psql` has to be 15.14 or newer: it can switch its own commands off since then (CVE-2025-8714). */
export const PYTHON_IMAGE = "python:3.12.11-slim-bookworm";
const POSTGRES_IMAGE = "postgres:15.14-bookworm";
const DIRECTORY = "/opt/clients";
const COPY_SCRIPT = "/opt/jobs/copy-clients.sh";

/** Where a job's files are. */
export const JOB_DIRECTORY = "/opt/jobs";

/** `psql`, `pg_dump` and `pg_restore` for a job in another image. */
export const postgresClients: PreparedFiles = {
  image: POSTGRES_IMAGE,
  command: ["sh", COPY_SCRIPT, `${DIRECTORY}/postgresql`],
  directory: DIRECTORY,
  files: { "/opt/postgresql": "postgresql" },
  // About 20 MiB.
  sizeLimit: "64Mi",
};

/** @returns the files of a job that has `postgresClients`: its own, and the scripts for the clients */
export function jobFiles(...names: readonly string[]): readonly ConfigurationFile[] {
  return ["copy-clients.sh", "backup_source.py", "postgres_clients.py", ...names].map((name) => ({
    mountPath: `${JOB_DIRECTORY}/${name}`,
    content: () => literal(projectFile(`scripts/jobs/${name}`)),
  }));
}
