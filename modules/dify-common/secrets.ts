import type { ComposedSecret, Platform, SecretDefinition } from "../app-gke/application-config";
import type { DifySettings } from "./settings";

/** Names of Dify's own secrets: Secret Manager suffix and key in the Kubernetes Secret. */
export const secretNames = {
  secretKey: "secret-key",
  databasePassword: "db-password",
  redisPassword: "redis-password",
  sandboxKey: "sandbox-key",
  pluginDaemonKey: "plugin-daemon-key",
  innerApiKey: "inner-api-key",
  initPassword: "init-password",
  agentBackendToken: "agent-backend-token",
  agentServerKey: "agent-server-key",
  shellctlToken: "shellctl-token",
  celeryBrokerUrl: "celery-broker-url",
  eventBusUrl: "event-bus-redis-url",
  agentRedisUrl: "agent-redis-url",
} as const;

/** Longest INIT_PASSWORD that Dify's set-up page takes. */
const INIT_PASSWORD_LENGTH = 30;

/** Every internal key of a deployment, each its own: nobody's fixed default. */
export function difySecrets(settings: DifySettings): SecretDefinition[] {
  const generated = (name: string, length: number, rotates = true): SecretDefinition => ({
    name,
    source: { type: "generated", length, revision: settings.secretRevisions[name] },
    rotates,
  });
  const agents = settings.release.release.images.agent_backend !== undefined;
  return [
    // Signs sessions and encrypts what is stored: a new one makes stored credentials unreadable.
    generated(secretNames.secretKey, 64, false),
    generated(secretNames.databasePassword, settings.database.passwordLength),
    { name: secretNames.redisPassword, source: settings.redisPassword },
    generated(secretNames.sandboxKey, 48),
    generated(secretNames.pluginDaemonKey, 48),
    generated(secretNames.innerApiKey, 48),
    // Only asked for once, at the first visit.
    generated(secretNames.initPassword, INIT_PASSWORD_LENGTH, false),
    ...(agents
      ? [
          generated(secretNames.agentBackendToken, 48),
          generated(secretNames.agentServerKey, 48, false),
          generated(secretNames.shellctlToken, 48),
        ]
      : []),
    ...settings.secretEnvironment.map(({ secret }) => secret),
  ];
}

/** Redis databases, counted from a deployment's first: cache and event bus, Celery, agents. */
const REDIS_DATABASE = { cache: 0, celery: 1, agents: 2 } as const;
/** How many there are. */
export const REDIS_DATABASES = Object.keys(REDIS_DATABASE).length;

/** The Redis URLs, which carry the password. */
export function difyComposedSecrets(settings: DifySettings): ComposedSecret[] {
  const url = (name: string, database: number): ComposedSecret => ({
    name,
    from: [secretNames.redisPassword],
    value: (platform, secret) =>
      redisUrl(settings, platform, secret(secretNames.redisPassword), (settings.firstRedisDatabase ?? 0) + database),
  });
  return [
    url(secretNames.celeryBrokerUrl, REDIS_DATABASE.celery),
    url(secretNames.eventBusUrl, REDIS_DATABASE.cache),
    ...(settings.release.release.images.agent_backend ? [url(secretNames.agentRedisUrl, REDIS_DATABASE.agents)] : []),
  ];
}

/**
 * A user name and TLS come from the environment, as Dify itself reads them. The password is percent-encoded: one that a
 * user passes in may hold any character.
 */
function redisUrl(settings: DifySettings, platform: Platform, password: string, database: number): string {
  const { redis } = platform;
  if (!redis) throw new Error("Dify needs Redis: the platform has none");
  const scheme = settings.environment.REDIS_USE_SSL === "true" ? "rediss" : "redis";
  const user = encodeURIComponent(settings.environment.REDIS_USERNAME ?? "");
  const encoded = password.startsWith("${") ? `\${urlencode(${password.slice(2, -1)})}` : password;
  return `${scheme}://${user}:${encoded}@${redis.host}:${redis.port}/${database}`;
}
