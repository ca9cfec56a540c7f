import type { EnvironmentVariables, Bindings } from "../app-gke/application-config";
import { limitName } from "../app-gke/installation";
import { tracingEnvironment } from "./components/tracing";
import { internalKey } from "./key-generations";
import { whereRead } from "./reads";
import { redisTlsEnvironment } from "./redis";
import { portOf } from "./releases";
import { retentionEnvironment } from "./retention";
import { ownEnvironment, ownSecrets } from "./routing";
import { secretNames } from "./secrets";
import { brokerBySentinel, sentinelEnvironment, type SentinelEnvironment } from "./sentinels";
import type { DatabaseLogin, DifySettings } from "./settings";
import { uploadLimits } from "./uploads";
import { vectorEnvironment, vectorSecrets } from "./vector-stores";

/** Suffix of the bucket that holds Dify's files. */
export const STORAGE_BUCKET = "storage";
/** Dify's own marketplace of plugins and templates. */
export const MARKETPLACE_URL = "https://marketplace.dify.ai";
/**
 * Database of the plugin daemon. Its name follows from the application's, so that two installations on one instance
 * stay separate: `dify_plugin` next to the documented `dify_db`, `<name>_plugin` next to any other.
 */
export function pluginDatabase({ database }: { readonly database: Pick<DifySettings["database"], "name"> }): string {
  return database.name === "dify_db" ? "dify_plugin" : limitName(`${database.name}_plugin`, DATABASE_NAME_LIMIT);
}

/** @returns the two users that a rotation of its password adds to a database user: one to change to, and one that changes them */
export function rotationUsers(user: string): { readonly secondUser: string; readonly rotator: string } {
  return { secondUser: limitName(`${user}_b`, USER_LIMIT), rotator: limitName(`${user}_rotation`, USER_LIMIT) };
}

/** The longest name of a role: https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
const USER_LIMIT = 63;

/**
 * @param job for the error
 * @returns how a job reaches the application's own database
 * @throws if there is none
 */
export function databaseOfJob(
  settings: DifySettings,
  { database }: Bindings,
  job: string,
): Readonly<Record<string, string>> {
  if (!database) throw new Error(`${job} needs a database`);
  return {
    DB_HOST: database.host,
    DB_PORT: String(database.port),
    DB_USER: database.user,
    DB_NAME: database.name,
    ...noPassword(settings, "PGPASSWORD"),
  };
}

/** The login of a job that `databaseOfJob` is for, as secrets. */
export function jobLogin(settings: DifySettings): Record<string, string> {
  return { ...passwordSecrets(settings, "PGPASSWORD"), ...userSecrets(settings, "DB_USER") };
}

/** @returns all databases of an installation, the application's own first */
export function databasesOf(name: string): readonly string[] {
  return [name, pluginDatabase({ database: { name } })];
}

/**
 * Dify's own way of sharing one Redis between installations: the API's processes read `REDIS_KEY_PREFIX` themselves;
 * other components have their own prefix, which follows it.
 * @returns the variable from which a component reads its prefix; nothing if there is no prefix
 */
export function redisKeyPrefix(
  settings: Pick<DifySettings, "environment">,
  variable: string,
  own: string,
): Readonly<Record<string, string>> {
  const prefix = (settings.environment["REDIS_KEY_PREFIX"] ?? "").trim();
  return prefix === "" ? {} : { [variable]: `${prefix}:${own}` };
}

/** The longest name of a PostgreSQL database. */
const DATABASE_NAME_LIMIT = 63;

/** Ports of the components, including those that the facts about releases lack. */
export const ports = {
  web: portOf("web"),
  apiWebsocket: portOf("api_websocket"),
  sandbox: portOf("sandbox"),
  pluginDaemon: portOf("plugin_daemon"),
  /** For plugins in development. */
  pluginDebugging: 5003,
  localSandbox: portOf("local_sandbox"),
  agentBackend: portOf("agent_backend"),
  ssrfProxy: portOf("ssrf_proxy"),
  /** A port of the same squid, only for the agents' shells. */
  ssrfProxyAgents: 3129,
  proxy: portOf("proxy"),
} as const;

/** What the API's processes share; the user's own variables come last and win. */
export function apiEnvironment(settings: DifySettings): EnvironmentVariables {
  return (bindings) => ({
    DEPLOY_ENV: "PRODUCTION",
    LOG_LEVEL: "INFO",
    LOG_TZ: "UTC",
    ...logFormat(settings, "api"),
    ...tracingEnvironment(settings, "api", bindings.host),
    ...urls(settings, bindings),
    ...database(settings, bindings),
    ...redis(settings, bindings),
    ...storage(bindings),
    ...calls(settings, bindings),
    UPLOAD_FILE_SIZE_LIMIT: String(uploadLimits(settings).file),
    // Telemetry is on by default: one event a day to Dify's publisher. The user's own environment can allow it.
    ...whereRead(settings, "api", { DISABLE_TELEMETRY: "true" }),
    ...retentionEnvironment(settings),
    ...Object.fromEntries(
      settings.links.map(({ variable, component, port }) => [variable, `http://${bindings.host(component)}:${port}`]),
    ),
    ...ownEnvironment(settings, "api"),
  });
}

/** @returns how a component logs, where it is not as text */
export function logFormat(
  settings: DifySettings,
  component: "api" | "plugin_daemon",
): Readonly<Record<string, string>> {
  return settings.logs?.json ? whereRead(settings, component, { LOG_OUTPUT_FORMAT: "json" }) : {};
}

/** URLs that a browser sees are public ones; connections inside the cluster use the Service. */
function urls(settings: DifySettings, bindings: Bindings): Record<string, string> {
  const url = bindings.publicUrl;
  return {
    CONSOLE_API_URL: url,
    CONSOLE_WEB_URL: url,
    SERVICE_API_URL: url,
    APP_WEB_URL: url,
    FILES_URL: url,
    ...whereRead(settings, "api", { TRIGGER_URL: url }),
    // Links that the API makes from the request are https where the browser's are: nginx says so, and takes away whatever
    // a client says (api/extensions/ext_proxy_fix.py).
    RESPECT_XFORWARD_HEADERS_ENABLED: "true",
    INTERNAL_FILES_URL: `http://${bindings.host("api")}:${settings.api.port}`,
    ENDPOINT_URL_TEMPLATE: `${url}/e/{hook_id}`,
    WEB_API_CORS_ALLOW_ORIGINS: bindings.publicUrls.join(","),
    CONSOLE_CORS_ALLOW_ORIGINS: bindings.publicUrls.join(","),
  };
}

function database(settings: DifySettings, bindings: Bindings): Record<string, string> {
  const { database } = bindings;
  if (!database) throw new Error("Dify needs PostgreSQL: the bindings have no database");
  const port = String(database.port);
  return {
    ...whereRead(settings, "api", {
      DB_TYPE: "postgresql",
      // A pooler takes no options with a connection, and the server's time zone is UTC.
      ...(settings.database.pooled && { DB_SESSION_TIMEZONE_OVERRIDE: "" }),
    }),
    DB_HOST: database.host,
    DB_PORT: port,
    DB_USERNAME: database.user,
    DB_DATABASE: database.name,
    VECTOR_STORE: "pgvector",
    PGVECTOR_HOST: database.host,
    PGVECTOR_PORT: port,
    PGVECTOR_USER: database.user,
    PGVECTOR_DATABASE: database.name,
    ...noPassword(settings, "DB_PASSWORD", "PGVECTOR_PASSWORD"),
    ...vectorEnvironment(settings, bindings),
    ...secondNames(settings, database),
  };
}

/** @returns whether anybody logs in to the database with this */
export function hasLogin({ database: { logins } }: Pick<DifySettings, "database">, login: DatabaseLogin): boolean {
  return logins.used === login || logins.earlier === login;
}

/**
 * Instead of a password, where Google's tokens are it: Cloud SQL does not read it, and neither Dify's pgvector nor the plugin daemon
 * starts with an empty one (api/core/rag/datasource/vdb/pgvector/pgvector.py, internal/types/app/config.go).
 */
const NO_PASSWORD = "not-used";

/** @param variables that hold the database's password @returns the same as text, where there is none */
export function noPassword(
  { database }: Pick<DifySettings, "database">,
  ...variables: string[]
): Record<string, string> {
  return database.logins.used === "iam" ? Object.fromEntries(variables.map((name) => [name, NO_PASSWORD])) : {};
}

/** @param variables that hold the database's password @returns the same as secrets, where there is one */
export function passwordSecrets(
  { database }: Pick<DifySettings, "database">,
  ...variables: string[]
): Record<string, string> {
  return database.logins.used === "iam"
    ? {}
    : Object.fromEntries(variables.map((name) => [name, secretNames.databasePassword]));
}

/** What the user's own code reads the database's address and login from. */
export function secondNames(
  settings: Pick<DifySettings, "database">,
  database: NonNullable<Bindings["database"]>,
): Record<string, string> {
  const { secondNames: names = {} } = settings.database;
  const { host, port, name, user } = database;
  return {
    ...Object.fromEntries(
      Object.entries({ host, port: String(port), name, user }).flatMap(([what, value]) => {
        const variable = names[what as keyof typeof names];
        return variable === undefined ? [] : [[variable, value]];
      }),
    ),
    ...(names.password !== undefined && noPassword(settings, names.password)),
  };
}

/** @see secondNames */
export function secondPassword({ database }: Pick<DifySettings, "database">): Record<string, string> {
  const { rotation, secondNames: names } = database;
  return {
    ...(names?.password !== undefined && passwordSecrets({ database }, names.password)),
    ...(rotation && names?.user !== undefined && { [names.user]: secretNames.databaseUser }),
  };
}

/**
 * @param variables that hold the user's name
 * @returns these variables as secrets, if the login is rotated or the user's name is in a store: they win over the
 * environment
 */
export function userSecrets(settings: DifySettings, ...variables: string[]): Record<string, string> {
  const { rotation, userOfOthers } = settings.database;
  if (!rotation && !userOfOthers?.nameInStore) return {};
  return Object.fromEntries(variables.map((variable) => [variable, secretNames.databaseUser]));
}

function redis(settings: DifySettings, { redis }: Bindings): Record<string, string> {
  if (!redis) throw new Error("Dify needs Redis: the bindings have none");
  return {
    REDIS_HOST: redis.host,
    REDIS_PORT: redis.port,
    ...redisTlsEnvironment(settings, "api"),
    ...sentinelEnvironment(settings, { redis }),
    REDIS_DB: String(settings.firstRedisDatabase ?? 0),
    CELERY_BACKEND: "redis",
  };
}

/** Google Cloud Storage with the pod's own identity: no key. */
function storage(bindings: Bindings): Record<string, string> {
  return {
    STORAGE_TYPE: "google-storage",
    GOOGLE_STORAGE_BUCKET_NAME: bindings.bucket(STORAGE_BUCKET),
  };
}

/** Dify's own default (api/configs/feature/__init__.py, CODE_EXECUTION_READ_TIMEOUT). */
const LEAST_CODE_SECONDS = 60;

function calls(settings: DifySettings, bindings: Bindings): Record<string, string> {
  const proxy = `http://${bindings.host("ssrf-proxy")}:${ports.ssrfProxy}`;
  const { images } = settings.release.release;
  return {
    CODE_EXECUTION_ENDPOINT: `http://${bindings.host("sandbox")}:${ports.sandbox}`,
    // The sandbox lets code wait until other code has ended, so the API has to wait for it as long as a request may take.
    CODE_EXECUTION_READ_TIMEOUT: String(Math.max(LEAST_CODE_SECONDS, settings.api.timeoutSeconds)),
    // httpx goes past a proxy for each scheme to what a user's NO_PROXY names, and past one for all to nothing
    // (core/helper/ssrf_proxy.py, core/mcp/utils.py). API extensions have those for each scheme alone.
    SSRF_PROXY_ALL_URL: proxy,
    SSRF_PROXY_HTTP_URL: proxy,
    SSRF_PROXY_HTTPS_URL: proxy,
    PLUGIN_DAEMON_URL: `http://${bindings.host("plugin-daemon")}:${ports.pluginDaemon}`,
    // Debugging a plugin from outside needs a tunnel, because the port is not published.
    PLUGIN_REMOTE_INSTALL_HOST: "localhost",
    PLUGIN_REMOTE_INSTALL_PORT: String(ports.pluginDebugging),
    PLUGIN_MAX_PACKAGE_SIZE: String(uploadLimits(settings).pluginPackage),
    MARKETPLACE_ENABLED: String(settings.marketplace),
    MARKETPLACE_API_URL: MARKETPLACE_URL,
    ...(images.agent_backend
      ? { AGENT_BACKEND_BASE_URL: `http://${bindings.host("agent-backend")}:${ports.agentBackend}` }
      : {}),
    ...(images.api_websocket ? { ENABLE_COLLABORATION_MODE: "true" } : {}),
  };
}

/** @returns what Celery's broker is reached with, by variable */
export function brokerSecrets(settings: DifySettings): Readonly<Record<string, string>> {
  return {
    CELERY_BROKER_URL: secretNames.celeryBrokerUrl,
    ...(brokerBySentinel(settings) &&
      whereRead(settings, "api", {
        CELERY_SENTINEL_PASSWORD: secretNames.redisSentinelPassword,
      } satisfies SentinelEnvironment)),
  };
}

/** Secrets that the API's processes share: names of secrets by environment variable. */
export function apiSecrets(settings: DifySettings): Record<string, string> {
  return {
    SECRET_KEY: secretNames.secretKey,
    INIT_PASSWORD: secretNames.initPassword,
    ...passwordSecrets(settings, "DB_PASSWORD", "PGVECTOR_PASSWORD"),
    ...vectorSecrets(settings),
    ...userSecrets(settings, "DB_USERNAME", "PGVECTOR_USER"),
    ...secondPassword(settings),
    REDIS_PASSWORD: secretNames.redisPassword,
    ...brokerSecrets(settings),
    ...whereRead(settings, "api", { EVENT_BUS_REDIS_URL: secretNames.eventBusUrl }),
    CODE_EXECUTION_API_KEY: internalKey(settings, secretNames.sandboxKey),
    PLUGIN_DAEMON_KEY: internalKey(settings, secretNames.pluginDaemonKey),
    INNER_API_KEY_FOR_PLUGIN: internalKey(settings, secretNames.innerApiKey),
    ...(settings.release.release.images.agent_backend
      ? whereRead(settings, "api", { AGENT_BACKEND_API_TOKEN: internalKey(settings, secretNames.agentBackendToken) })
      : {}),
    ...ownSecrets(settings, "api"),
  };
}
