import type { Component, EnvironmentVariables, ScratchDirectory } from "../../app-gke/application-config";
import { capacity } from "../capacity";
import {
  logFormat,
  noPassword,
  passwordSecrets,
  pluginDatabase,
  ports,
  redisKeyPrefix,
  STORAGE_BUCKET,
  userSecrets,
} from "../environment";
import { internalKey } from "../key-generations";
import { patient } from "../probes";
import { whereRead } from "../reads";
import { redisTlsEnvironment, redisUserFrom, redisUserSecret } from "../redis";
import { secretNames } from "../secrets";
import type { DifySettings } from "../settings";
import { sizes } from "../sizes";
import { uploadLimits } from "../uploads";
import { tracingEnvironment, tracingTarget } from "./tracing";
import { imageOf, securityOf, shareException } from "./image";
import { doorPorts } from "./key-doors";

/**
 * Local disk for Python environments, which are built again in a new pod; the plugins themselves are in the bucket or
 * on the share. To keep the environments they would have to be on the share, where installing one takes minutes and
 * plugins start as slowly, or on a zonal disk, which would tie the daemon to its zone and cannot be used by two pods
 * during a rollout.
 */
const WORKING_PATH = "/var/lib/dify-plugins";
const SCRATCH: readonly ScratchDirectory[] = [
  { name: "work", mountPath: WORKING_PATH, sizeLimit: "6Gi" },
  { name: "tmp", mountPath: "/tmp", sizeLimit: "1Gi" },
];
/**
 * How long installing a plugin's packages may take, in seconds: the daemon's own upper limit (ten minutes, in
 * internal/core/local_runtime/setup_python_environment.go). Its default of 120 aborts on a single large wheel, and on
 * installations that take longer in all.
 */
const PYTHON_ENVIRONMENT_SECONDS = 600;

/** Installs and runs plugins. */
export function pluginDaemonComponent(settings: DifySettings): Component {
  const check = { type: "http", path: "/health/check", port: ports.pluginDaemon } as const;
  return {
    name: "plugin-daemon",
    image: imageOf(settings, "plugin_daemon"),
    ports: [
      { name: "http", ...doorPorts(settings, "plugin-daemon", ports.pluginDaemon) },
      // For plugins in development, through a tunnel.
      { name: "debugging", containerPort: ports.pluginDebugging, openTo: [] },
    ],
    environment: environment(settings),
    secrets: {
      SERVER_KEY: internalKey(settings, secretNames.pluginDaemonKey),
      DIFY_INNER_API_KEY: internalKey(settings, secretNames.innerApiKey),
      ...passwordSecrets(settings, "DB_PASSWORD"),
      ...userSecrets(settings, "DB_USERNAME"),
      REDIS_PASSWORD: secretNames.redisPassword,
      ...redisUserFrom(settings, "REDIS_USERNAME"),
    },
    probes: {
      startup: { check, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 60 },
      readiness: { check, timeoutSeconds: 5 },
      liveness: { check, ...patient },
    },
    ...sizes(settings)["plugin-daemon"],
    security: { ...securityOf(settings, "plugin_daemon", SCRATCH), exception: shareException(settings) },
    scratch: SCRATCH,
    needs: { database: true, googleApis: !settings.sharedFiles, sharedFiles: settings.sharedFiles },
    // Plugins call the model providers.
    talksTo: ["api", "redis", "internet", ...tracingTarget(settings)],
    terminationGracePeriodSeconds: 120,
    drainSeconds: 10,
  };
}

function environment(settings: DifySettings): EnvironmentVariables {
  const { connections, idle } = capacity(settings).pluginDaemon;
  return (bindings) => {
    const { database, redis } = bindings;
    if (!database || !redis) throw new Error("The plugin daemon needs PostgreSQL and Redis");
    return {
      GIN_MODE: "release",
      ...logFormat(settings, "plugin_daemon"),
      ...tracingEnvironment(settings, "plugin_daemon", bindings.host),
      ...(settings.logs?.healthChecks === false
        ? whereRead(settings, "plugin_daemon", { HEALTH_API_LOG_ENABLED: "false" })
        : {}),
      PLATFORM: "local",
      SERVER_PORT: String(ports.pluginDaemon),
      DIFY_INNER_API_URL: `http://${bindings.host("api")}:${settings.api.port}`,
      DB_TYPE: "postgresql",
      DB_HOST: database.host,
      DB_PORT: String(database.port),
      DB_USERNAME: database.user,
      DB_DATABASE: pluginDatabase(settings),
      ...noPassword(settings, "DB_PASSWORD"),
      // The Auth Proxy encrypts; the connection to it stays inside the pod.
      DB_SSL_MODE: "disable",
      DB_MAX_OPEN_CONNS: String(connections),
      DB_MAX_IDLE_CONNS: String(idle),
      REDIS_HOST: redis.host,
      REDIS_PORT: redis.port,
      ...(settings.firstRedisDatabase ? { REDIS_DB: String(settings.firstRedisDatabase) } : {}),
      ...whereRead(settings, "plugin_daemon", redisKeyPrefix(settings, "REDIS_KEY_PREFIX", "plugin_daemon")),
      ...redisTlsEnvironment(settings, "plugin_daemon"),
      ...(redisUserSecret(settings) === undefined && { REDIS_USERNAME: settings.environment.REDIS_USERNAME ?? "" }),
      PLUGIN_REMOTE_INSTALLING_HOST: "0.0.0.0",
      PLUGIN_REMOTE_INSTALLING_PORT: String(ports.pluginDebugging),
      MAX_PLUGIN_PACKAGE_SIZE: String(uploadLimits(settings).pluginPackage),
      FORCE_VERIFYING_SIGNATURE: "true",
      PLUGIN_WORKING_PATH: `${WORKING_PATH}/cwd`,
      // The user has no home directory in the image, and plugins need one for caches.
      HOME: WORKING_PATH,
      PYTHON_ENV_INIT_TIMEOUT: String(PYTHON_ENVIRONMENT_SECONDS),
      // It would fetch plugins' packages from whichever index answers first, even one that nobody here chose.
      ...whereRead(settings, "plugin_daemon", { PIP_MIRROR_AUTO_DETECT: "false" }),
      ...storage(settings, bindings.sharedFilesPath, bindings.bucket(STORAGE_BUCKET)),
    };
  };
}

/**
 * Packages stay on the share if there is one: release 0.2.0 can only use a bucket with a key file, and moving packages
 * at an upgrade would lose what is installed. Without a share, newer releases use the bucket with the pod's identity
 * (the storage type is called `gcs` in the daemon's source).
 */
function storage(settings: DifySettings, sharedFilesPath: string | undefined, bucket: string): Record<string, string> {
  return settings.sharedFiles && sharedFilesPath !== undefined
    ? { PLUGIN_STORAGE_TYPE: "local", PLUGIN_STORAGE_LOCAL_ROOT: `${sharedFilesPath}/plugins` }
    : { PLUGIN_STORAGE_TYPE: "gcs", PLUGIN_STORAGE_OSS_BUCKET: bucket };
}
