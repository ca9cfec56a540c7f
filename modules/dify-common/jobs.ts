import type { Job } from "../app-gke/application-config";
import { projectFile } from "../app-gke/terraform/project-file";
import { literal } from "../app-gke/terraform/literal";
import { apiProcess } from "./components/api";
import { pluginDatabase } from "./environment";
import { secretNames } from "./secrets";
import type { DifySettings } from "./settings";

const SCRIPT_PATH = "/opt/jobs/db-init.sh";
const MIGRATION_PATH = "/opt/jobs/migrate.sh";
/** Names of the jobs that every installation has: a user's jobs may wait for them. */
export const DATABASE_JOB = "db-init";
export const MIGRATION_JOB = "migration";

/** `psql` in the major version of the instance. */
const POSTGRES_CLIENT_IMAGE = "postgres:15.14-alpine3.22";

/**
 * Extensions that Dify and its plugin daemon make themselves where they are missing, which takes rights on the instance:
 * `uuid-ossp` in both databases (the first migration of each), pgvector, which Cloud SQL calls `vector`, in the main one.
 */
const EXTENSIONS = ["uuid-ossp", "vector"];
const PLUGIN_EXTENSIONS = ["uuid-ossp"];

/** Ownership, extensions and the rights that are given back before anything connects: the default of the documented `initialization_jobs`. */
export function databaseJob(settings: DifySettings): Job {
  const script = projectFile("scripts/jobs/db-init.sh");
  return {
    name: DATABASE_JOB,
    image: POSTGRES_CLIENT_IMAGE,
    command: ["sh", SCRIPT_PATH],
    environment: ({ database }) => {
      if (!database) throw new Error("db-init needs a database");
      return {
        DB_HOST: database.host,
        DB_PORT: String(database.port),
        DB_USER: database.user,
        DB_NAME: database.name,
        ADDITIONAL_DATABASES: pluginDatabase(settings),
        POSTGRES_EXTENSIONS: EXTENSIONS.join(" "),
        ADDITIONAL_EXTENSIONS: PLUGIN_EXTENSIONS.join(" "),
      };
    },
    secrets: { PGPASSWORD: secretNames.databasePassword },
    files: [{ mountPath: SCRIPT_PATH, content: () => literal(script) }],
    resources: { cpu: "250m", memory: "512Mi" },
    // The image's postgres user.
    security: { runAsUser: 70 },
    needs: { database: true },
  };
}

/**
 * Dify's migrations, once for each version: pods never migrate. In a pod, the startup probe would end a long migration in
 * the middle, and workers of the new version would start on the old schema
 * (upstream's entry point, api/docker/entrypoint.sh, does so with MIGRATION_ENABLED=true).
 */
export function migrationJob(settings: DifySettings, after: readonly string[]): Job {
  const script = projectFile("scripts/jobs/migrate.sh");
  const process = apiProcess(settings, "api", {});
  return {
    ...process,
    name: MIGRATION_JOB,
    command: ["bash", MIGRATION_PATH],
    files: [{ mountPath: MIGRATION_PATH, content: () => literal(script) }],
    resources: { cpu: "500m", memory: "2Gi", ephemeralStorage: "2Gi" },
    // For its lock. Nothing else is asked: the share and other components are not needed to change a schema.
    security: { ...process.security, exception: undefined },
    needs: { database: true, googleApis: true },
    talksTo: ["redis"],
    after,
    beforeReleases: true,
    timeoutSeconds: MIGRATION_SECONDS,
  };
}

/** Longest that the migrations of one version may take. */
const MIGRATION_SECONDS = 3600;
