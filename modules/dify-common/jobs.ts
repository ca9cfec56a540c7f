import type { Bindings, Job } from "../app-gke/application-config";
import { projectFile } from "../app-gke/terraform/project-file";
import { literal } from "../app-gke/terraform/literal";
import { apiProcess } from "./components/api";
import { imageOf } from "./components/image";
import { POSTGRESQL } from "./data-clusters";
import { databaseOfJob, jobLogin, pluginDatabase } from "./environment";
import { namedServers } from "./named-hosts";
import { ownOf } from "./routing";
import { secretNames } from "./secrets";
import { toSentinels } from "./sentinels";
import type { DifySettings } from "./settings";

const SCRIPT_PATH = "/opt/jobs/db-init.sh";
const MIGRATION_PATH = "/opt/jobs/migrate.sh";
const REDIS_CHECK_PATH = "/opt/jobs/redis-ready.py";
const JOBS = "/opt/jobs";
const SCRIPT_LIST = `${JOBS}/scripts.json`;
/** Names of the jobs that every installation has; users' jobs may wait for them. */
export const DATABASE_JOB = "db-init";
export const MIGRATION_JOB = "migration";
const CUSTOM_SQL_JOB = "custom-sql";
const CUSTOM_SQL_OUTCOME_JOB = "custom-sql-outcome";
const LOGIN_JOB = "login-preparation";
const ROTATION_JOB = "login-rotation";
const RESTART_JOB = "secret-restarts";

/** `psql` in the major version of the instance. */
const POSTGRES_CLIENT_IMAGE = "postgres:15.14-alpine3.22";

/**
 * Extensions that Dify and its plugin daemon create if they are missing, which requires rights on the instance:
 * `uuid-ossp` in both databases (the first migration of each), and pgvector, which Cloud SQL calls `vector`, in the
 * main one.
 */
const EXTENSIONS = ["uuid-ossp", "vector"];
const PLUGIN_EXTENSIONS = ["uuid-ossp"];

/** @returns the extensions of each database, as `db-init.sh` takes them */
export function extensionsOf({ database }: Pick<DifySettings, "database">) {
  return {
    POSTGRES_EXTENSIONS: [...new Set([...EXTENSIONS, ...(database.extensions ?? [])])].join(" "),
    ADDITIONAL_EXTENSIONS: PLUGIN_EXTENSIONS.join(" "),
  };
}

/**
 * Sets ownership and extensions, and gives up its rights before anything else connects: the default of the documented
 * `initialization_jobs`.
 */
export function databaseJob(settings: DifySettings): Job {
  const script = projectFile("scripts/jobs/db-init.sh");
  return {
    name: DATABASE_JOB,
    image: POSTGRES_CLIENT_IMAGE,
    command: ["sh", SCRIPT_PATH],
    environment: (bindings) => ({
      ...databaseOfJob(settings, bindings, DATABASE_JOB),
      ...(settings.database.logins.used === "iam" && { DB_OWNER: settings.database.user }),
      ADDITIONAL_DATABASES: pluginDatabase(settings),
      ...extensionsOf(settings),
    }),
    secrets: jobLogin(settings),
    ...ofKubeBlocks(settings, secretNames.databasePassword),
    files: [{ mountPath: SCRIPT_PATH, content: () => literal(script) }],
    resources: { cpu: "250m", memory: "512Mi" },
    // The postgres user of the image.
    security: { runAsUser: 70 },
    needs: { database: true },
  };
}

/**
 * On KubeBlocks' PostgreSQL there is no API that makes users and databases: the job does, with the login that KubeBlocks made for its
 * administrator, and gives a password that has changed to the user.
 */
export function ofKubeBlocks(
  { database }: Pick<DifySettings, "database">,
  passwordSecret: string,
): Pick<Job, "accounts" | "againFor"> {
  if (!database.kubeblocks) return {};
  const administrator = { part: POSTGRESQL, account: "postgres" } as const;
  return {
    accounts: {
      DB_ADMINISTRATOR: { ...administrator, key: "username" },
      DB_ADMINISTRATOR_PASSWORD: { ...administrator, key: "password" },
    },
    againFor: [passwordSecret],
  };
}

/**
 * Dify's migrations, once per version: pods never migrate. In a pod, the startup probe would abort a long migration,
 * and workers of the new version would start on the old schema (Dify's own entry point, api/docker/entrypoint.sh,
 * migrates with MIGRATION_ENABLED=true). It checks Redis first, which cannot be reached from outside the cluster: otherwise
 * a wrong address or password would show as a different error in every component.
 */
export function migrationJob(settings: DifySettings, after: readonly string[]): Job {
  const script = projectFile("scripts/jobs/migrate.sh");
  const redisCheck = projectFile("scripts/jobs/redis-ready.py");
  const process = apiProcess(settings, "api", {});
  return {
    ...process,
    name: MIGRATION_JOB,
    command: ["bash", MIGRATION_PATH],
    files: [
      { mountPath: MIGRATION_PATH, content: () => literal(script) },
      { mountPath: REDIS_CHECK_PATH, content: () => literal(redisCheck) },
    ],
    resources: { cpu: "500m", memory: "2Gi", ephemeralStorage: "2Gi" },
    // Redis, for its lock. Nothing else: changing a schema needs neither the share nor other components.
    security: { ...process.security, exception: undefined },
    needs: { database: true, googleApis: true },
    talksTo: ["redis", ...toSentinels(settings)],
    // Its lock is where Redis is, which sentinels may say.
    connectsTo: namedServers(ownOf(settings, "api")).filter(({ namedBy }) => namedBy.startsWith("REDIS_")),
    after,
    beforeReleases: true,
    timeoutSeconds: MIGRATION_SECONDS,
  };
}

/**
 * Runs the user's SQL files, each content once, after Dify's migrations and before its components. In the API's image, which
 * has Python and a driver: no program that understands `\\!` reads the files. A second job waits for the first and says how it ended.
 */
export function customSqlJobs(settings: DifySettings, after: readonly string[]): readonly Job[] {
  const { customSql } = settings;
  if (!customSql) return [];
  const { administrator, bucket, folder } = customSql;
  const scripts = (...names: readonly string[]) =>
    names.map((name) => {
      const script = projectFile(`scripts/jobs/${name}`);
      return { mountPath: `${JOBS}/${name}`, content: () => literal(script) };
    });
  const run: Job = {
    name: CUSTOM_SQL_JOB,
    image: imageOf(settings, "api"),
    command: ["python", `${JOBS}/custom-sql.py`],
    environment: (bindings) => ({
      SCRIPTS: SCRIPT_LIST,
      SCRIPTS_BUCKET: bucket,
      ...databaseOfJob(settings, bindings, CUSTOM_SQL_JOB),
      ...(administrator && ofAdministrator(bindings)),
    }),
    secrets: {
      ...jobLogin(settings),
      ...(administrator && { DB_ADMINISTRATOR_PASSWORD: secretNames.databaseAdministrator }),
    },
    files: scripts("custom-sql.py", "sql_statements.py", "cluster_api.py"),
    resources: { cpu: "250m", memory: "512Mi" },
    security: { runAsUser: 1001 },
    needs: { database: true },
    ownLogin: administrator ? "too" : undefined,
    rights: {
      files: {
        bucket,
        prefix: folder,
        glob: "*.sql",
        listPath: SCRIPT_LIST,
        namedBy: "custom_sql_scripts_bucket and custom_sql_scripts_path",
      },
      outcome: true,
      administrator: administrator ? { passwordSecret: secretNames.databaseAdministrator } : undefined,
    },
    after,
    timeoutSeconds: CUSTOM_SQL_SECONDS,
    finalExitCodes: [SQL_STOPPED],
  };
  return [
    run,
    {
      name: CUSTOM_SQL_OUTCOME_JOB,
      image: run.image,
      command: ["python", `${JOBS}/job-outcome.py`],
      files: scripts("job-outcome.py", "cluster_api.py"),
      resources: { cpu: "50m", memory: "128Mi" },
      security: run.security,
      rights: { outcomeOf: CUSTOM_SQL_JOB },
      after: [CUSTOM_SQL_JOB],
      // The other one's pod may wait for a node first.
      timeoutSeconds: CUSTOM_SQL_SECONDS + 600,
    },
  ];
}

/** @returns where somebody with a password gets in, while the application has none */
function ofAdministrator({ database }: Bindings): Readonly<Record<string, string>> {
  const { certificate, host } = database?.direct ?? {};
  return host === undefined || certificate === undefined
    ? {}
    : { DB_ADMINISTRATOR_HOST: host, DB_ADMINISTRATOR_CERTIFICATE: certificate };
}

/** Exit code of scripts/jobs/custom-sql.py after an error in a file. */
const SQL_STOPPED = 3;

/**
 * Prepares the second login, and changes the login when it is due: without Terraform, which would have to run for it, and without
 * a request that notices. In the API's image, which has Python and a driver.
 */
export function loginJobs(settings: DifySettings): readonly Job[] {
  const { passwordLength, rotation } = settings.database;
  if (!rotation) return [];
  const common = {
    image: imageOf(settings, "api"),
    environment: ({ database }: Bindings) => {
      if (!database) throw new Error("A login needs a database");
      return {
        DB_HOST: database.host,
        DB_PORT: String(database.port),
        PERIOD_SECONDS: String(rotation.periodSeconds),
        DELAY_SECONDS: String(rotation.delaySeconds),
        PASSWORD_LENGTH: String(passwordLength),
      };
    },
    files: ["rotate-login.py", "cluster_api.py"].map((name) => {
      const script = projectFile(`scripts/jobs/${name}`);
      return { mountPath: `${JOBS}/${name}`, content: () => literal(script) };
    }),
    resources: { cpu: "250m", memory: "512Mi" },
    security: { runAsUser: 1001 },
    needs: { database: true },
    beforeComponents: false,
  } satisfies Partial<Job>;
  const command = ["python", `${JOBS}/rotate-login.py`];
  return [
    {
      ...common,
      name: LOGIN_JOB,
      command: [...command, "prepare"],
      rights: { login: "read" },
      after: [DATABASE_JOB],
    },
    {
      ...common,
      name: ROTATION_JOB,
      command,
      rights: { login: "rotate" },
      schedule: ROTATION_SCHEDULE,
      timeoutSeconds: ROTATION_SECONDS,
      // The next run continues what one leaves.
      retries: 0,
    },
  ];
}

/**
 * Restarts pods whose secrets have changed without an apply: an environment is read when a container starts. It runs in the
 * API's image, which has Python and is on the nodes already.
 */
export function restartJob(settings: DifySettings): Job {
  return {
    name: RESTART_JOB,
    image: imageOf(settings, "api"),
    command: ["python", `${JOBS}/restart-for-secrets.py`],
    files: ["restart-for-secrets.py", "cluster_api.py"].map((name) => {
      const script = projectFile(`scripts/jobs/${name}`);
      return { mountPath: `${JOBS}/${name}`, content: () => literal(script) };
    }),
    resources: { cpu: "100m", memory: "128Mi" },
    security: { runAsUser: 1001 },
    rights: { restarts: true },
    schedule: RESTART_SCHEDULE,
    timeoutSeconds: RESTART_SECONDS,
    // The next run is five minutes away.
    retries: 0,
    beforeComponents: false,
  };
}

const RESTART_SCHEDULE = "*/5 * * * *";
/** A node may have to be made for it first. */
const RESTART_SECONDS = 600;

/** Checks whether a rotation is due, or was interrupted. */
const ROTATION_SCHEDULE = "17 * * * *";
/** A worker's last task may take hours, and its login is not closed before. */
const ROTATION_SECONDS = 4 * 3600;

/** An index on a large table takes a while. */
const CUSTOM_SQL_SECONDS = 3600;

/** The longest time for the migrations of one version. */
const MIGRATION_SECONDS = 3600;
