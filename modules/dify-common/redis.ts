import type { Bindings, ConfigurationFile, EnvironmentVariables, RedisBinding } from "../app-gke/application-config";
import { piped } from "../app-gke/terraform/expression";
import { literal, plain } from "../app-gke/terraform/literal";
import { whereRead } from "./reads";
import type { ComponentName } from "./releases";
import { brokerBySentinel, sentinelUrls } from "./sentinels";
import type { DifySettings } from "./settings";

/** Where a container has the CA certificates for Redis. */
const CA_PATH = "/opt/redis/ca.pem";

/** How to connect to Redis with TLS. */
interface Tls {
  /** How its certificate is checked, in Python's terms. */
  readonly verify: "CERT_NONE" | "CERT_OPTIONAL" | "CERT_REQUIRED";
  /** Certificates to check it against. @default - the container's public ones */
  readonly ca?: string;
  /** The client's certificate. @default - none */
  readonly certificate?: string;
  /** @default - none */
  readonly key?: string;
}

/** The user's own environment is read as Dify itself does: `REDIS_USE_SSL` and `REDIS_SSL_*`. */
function tlsOf({ redis, environment }: DifySettings): Tls | undefined {
  if (!redis.tls && environment.REDIS_USE_SSL?.toLowerCase() !== "true") return undefined;
  const verify = environment.REDIS_SSL_CERT_REQS ?? (redis.tls ? "CERT_REQUIRED" : "CERT_NONE");
  return {
    // Dify treats any other value like this one (api/extensions/ext_redis.py).
    verify: verify === "CERT_REQUIRED" || verify === "CERT_OPTIONAL" ? verify : "CERT_NONE",
    ca: environment.REDIS_SSL_CA_CERTS ?? (redis.ca && CA_PATH),
    certificate: environment.REDIS_SSL_CERTFILE,
    key: environment.REDIS_SSL_KEYFILE,
  };
}

/** @returns the TLS variables for the API's processes or the plugin daemon */
export function redisTlsEnvironment(settings: DifySettings, component: ComponentName): Record<string, string> {
  const tls = tlsOf(settings);
  if (!tls || !settings.redis.tls) return { REDIS_USE_SSL: String(tls !== undefined) };
  return {
    REDIS_USE_SSL: "true",
    ...(tls.ca === undefined ? {} : whereRead(settings, component, { REDIS_SSL_CA_CERTS: tls.ca })),
    // The plugin daemon checks certificates without this variable, and with it exits at once unless it is given
    // certificates (dify-plugin-daemon internal/types/app/config.go, RedisTLSConfig).
    ...(component === "plugin_daemon" && tls.ca === undefined
      ? {}
      : whereRead(settings, component, { REDIS_SSL_CERT_REQS: tls.verify })),
  };
}

/** Who reads a Redis URL: redis-py takes everything from it, while Celery gets its TLS settings from Dify. */
type Reader = "redis-py" | "celery";

/**
 * @param safe whether the operator's expression has letters, digits, hyphens and underscores alone, of which it has nothing to encode
 * @returns a text, or an expression for one, as a part of a URL: Go's `urlquery` is Terraform's `urlencode`
 */
export function urlPart(text: string, safe = false): string {
  const operators = piped(text, 'urlquery | replace "+" "%20"');
  if (operators !== undefined) return safe ? text : operators;
  return text.startsWith("${") ? `\${replace(urlencode(${text.slice(2, -1)}), "+", "%20")}` : text;
}

/** @returns the user's name where it is a secret, such as one in another store: the name of that secret. KubeBlocks' Redis has one user */
export function redisUserSecret({ redisPassword, secretEnvironment }: DifySettings): string | undefined {
  if (redisPassword.type === "kubeblocks") return undefined;
  return secretEnvironment.find(({ variable }) => variable === "REDIS_USERNAME")?.secret.name;
}

/** @returns the same as a variable of a container that has another one for it than Dify */
export function redisUserFrom(settings: DifySettings, variable: string): Readonly<Record<string, string>> {
  const name = redisUserSecret(settings);
  return name === undefined ? {} : { [variable]: name };
}

/**
 * A URL that contains the Redis password. User name and password are percent-encoded, because a password from the user
 * may have any character. A blank becomes `%20`: redis-py and kombu read `+` as a plus.
 * @param password itself, or a Terraform expression for it
 * @param given the user where it is a secret, likewise
 */
export function redisUrl(
  settings: DifySettings,
  { redis }: Bindings,
  password: string,
  database: number,
  reader: Reader,
  given?: string,
): string {
  if (!redis) throw new Error("Dify needs Redis: the bindings have none");
  const tls = tlsOf(settings);
  const user =
    given === undefined ? encodeURIComponent(plain(settings.environment.REDIS_USERNAME ?? "")) : urlPart(given);
  // Those of a server that is made here: random_password without special characters, or Memorystore's UUID.
  const safe = settings.redisPassword.type === "existing" && settings.redisPassword.withApply === true;
  const login = `${user}:${urlPart(password, safe)}`;
  if (reader === "celery" && brokerBySentinel(settings)) return sentinelUrls({ redis }, login, database);
  const address = `${login}@${redis.host}:${redis.port}/${database}`;
  return tls ? `rediss://${address}${reader === "redis-py" ? queryOf(tls) : ""}` : `redis://${address}`;
}

/**
 * Dify's event bus and the agent back end open a URL as it is, without `REDIS_SSL_*` (api/extensions/ext_redis.py,
 * `_create_pubsub_client`; dify-agent server/app.py), so it has to say what is checked, and against what.
 * https://redis.readthedocs.io/en/stable/connections.html#redis.Redis.from_url
 */
function queryOf({ verify, ca, certificate, key }: Tls): string {
  const given = {
    ssl_cert_reqs: verify.replace("CERT_", "").toLowerCase(),
    ssl_ca_certs: ca,
    ssl_certfile: certificate,
    ssl_keyfile: key,
  };
  const parameters = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(plain(value))}`],
  );
  return `?${parameters.join("&")}`;
}

/**
 * The variables of the exporter for Redis, which reads the password from one of its own, as it is.
 * @returns nothing where a certificate is a file of the user's own image
 * @see https://github.com/oliver006/redis_exporter#command-line-flags
 */
export function redisExporterEnvironment(settings: DifySettings): EnvironmentVariables | undefined {
  const tls = tlsOf(settings);
  const unknown = [tls?.certificate, tls?.key, tls?.ca].filter((file) => file !== undefined && file !== CA_PATH);
  if (unknown.length > 0) return undefined;
  return ({ redis }) => {
    if (!redis) throw new Error("Dify needs Redis: the bindings have none");
    return {
      REDIS_ADDR: `${tls ? "rediss" : "redis"}://${redis.host}:${redis.port}`,
      ...(settings.environment.REDIS_USERNAME ? { REDIS_USER: settings.environment.REDIS_USERNAME } : {}),
      ...(tls?.verify === "CERT_NONE" ? { REDIS_EXPORTER_SKIP_TLS_VERIFICATION: "true" } : {}),
      ...(tls?.ca === undefined ? {} : { REDIS_EXPORTER_TLS_CA_CERT_FILE: tls.ca }),
    };
  };
}

/** @returns a component or job, with the CA certificates for Redis if it uses Redis and there are any */
export function withRedisCa<
  Task extends { readonly talksTo?: readonly string[]; readonly files?: readonly ConfigurationFile[] },
>(task: Task, { redis: { ca } }: DifySettings): Task {
  if (!ca || task.talksTo?.includes("redis") !== true) return task;
  return {
    ...task,
    files: [...(task.files ?? []), { mountPath: CA_PATH, content: (bindings) => pem(ca, bindings.redis) }],
  };
}

/** @returns certificates as PEM, or an expression of them */
function pem(ca: NonNullable<DifySettings["redis"]["ca"]>, redis: RedisBinding | undefined): string {
  if (ca !== "bindings") return literal(ca());
  if (redis?.ca === undefined) throw new Error("Redis has a private authority, and the bindings have no certificates");
  return redis.ca;
}

/** Where the job that moves the queue has the CA certificates for the Redis that it moves it from. */
const EARLIER_CA_PATH = "/opt/redis/earlier-ca.pem";

/** @returns the environment and files with which a job connects to the Redis that the queue is moved away from */
export function earlierRedisAccess({
  earlierRedis,
}: DifySettings):
  | { readonly environment: EnvironmentVariables; readonly files: readonly ConfigurationFile[] }
  | undefined {
  if (!earlierRedis) return undefined;
  const { tls, ca, firstDatabase } = earlierRedis;
  return {
    environment: ({ earlierRedis: from }) => {
      if (!from) throw new Error("The queue is moved, and the bindings do not say from where");
      return {
        FROM_REDIS_HOST: from.host,
        FROM_REDIS_PORT: from.port,
        FROM_REDIS_DB: String(firstDatabase),
        FROM_REDIS_USE_SSL: String(tls),
        ...(ca === undefined ? {} : { FROM_REDIS_SSL_CA_CERTS: EARLIER_CA_PATH }),
      };
    },
    files: ca === undefined ? [] : [{ mountPath: EARLIER_CA_PATH, content: ({ earlierRedis: from }) => pem(ca, from) }],
  };
}
