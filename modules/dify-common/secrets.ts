import type { ComposedSecret, SecretDefinition, SecretFormat } from "../app-gke/application-config";
import { distinctNames, limitName } from "../app-gke/installation";
import { whereRead } from "./reads";
import { redisUrl, redisUserSecret } from "./redis";
import type { DifySettings, RedisPassword } from "./settings";

/** Names of Dify's own secrets: suffix in Secret Manager, and key in the Kubernetes Secret. */
export const secretNames = {
  secretKey: "secret-key",
  databasePassword: "db-password",
  databaseUser: "db-user",
  databaseLogin: "db-login",
  databaseAdministrator: "db-administrator-password",
  databaseRehearsal: "db-rehearsal-password",
  redisPassword: "redis-password",
  earlierRedisPassword: "earlier-redis-password",
  redisSentinelPassword: "redis-sentinel-password",
  sandboxKey: "sandbox-key",
  pluginDaemonKey: "plugin-daemon-key",
  innerApiKey: "inner-api-key",
  initPassword: "init-password",
  agentBackendToken: "agent-backend-token",
  agentServerKey: "agent-server-key",
  shellctlToken: "shellctl-token",
  keyRotation: "key-rotation",
  celeryBrokerUrl: "celery-broker-url",
  eventBusUrl: "event-bus-redis-url",
  agentRedisUrl: "agent-redis-url",
  outboundProxyLogin: "outbound-proxy-login",
  qdrantKey: "qdrant-key",
  weaviateKey: "weaviate-key",
} as const;

/** A key that its reader only compares: 62^48 values are more than 2^256. */
const token = (source: string): SecretFormat => ({
  length: 48,
  why: "compared, never decoded: any text will do, and 48 characters out of 62 hold more than 256 bits",
  source,
});

/** The format of each generated secret, according to the rule that its reader applies. */
export const secretFormats = {
  [secretNames.secretKey]: {
    length: 64,
    why: "signs sessions and derives the key of what is stored; documented as 64 characters",
    source: "dify api/configs/feature: SECRET_KEY",
  },
  [secretNames.sandboxKey]: token("dify-sandbox internal/middleware/auth.go: X-Api-Key"),
  [secretNames.pluginDaemonKey]: token("dify-plugin-daemon internal/server/middleware.go: X-Api-Key"),
  [secretNames.innerApiKey]: token("dify api/controllers/inner_api/wraps.py: X-Inner-Api-Key"),
  [secretNames.initPassword]: {
    length: 30,
    why: "Dify's set-up page takes 30 characters at most",
    source: "dify api/controllers/console/init_validate.py",
  },
  [secretNames.agentBackendToken]: token("dify-agent server: DIFY_AGENT_API_TOKEN, a bearer token"),
  [secretNames.agentServerKey]: {
    length: 43,
    why:
      "unpadded base64url of exactly 32 bytes: the agent back end decodes it to its encryption key and ends at once where " +
      "it is another number of bytes",
    source: "dify-agent server settings: DIFY_AGENT_SERVER_SECRET_KEY, made there by secrets.token_urlsafe(32)",
    // The first edition had 48 characters: 36 bytes.
    edition: 2,
  },
  [secretNames.qdrantKey]: token("qdrant src/actix/auth.rs: api-key"),
  [secretNames.weaviateKey]: token("weaviate usecases/auth/authentication/apikey: a bearer token"),
  [secretNames.shellctlToken]: token("dify-agent local sandbox: SHELLCTL_AUTH_TOKEN, a bearer token"),
  [secretNames.keyRotation]: {
    length: 64,
    why: "hashed with SHA-256 into the keys of each generation: 64 characters out of 62 hold more than its 256 bits",
    source: "https://developer.hashicorp.com/terraform/language/functions/sha256",
  },
} as const satisfies Readonly<Record<string, SecretFormat>>;

/** All internal keys of an installation, each its own and never a fixed default. */
export function difySecrets(settings: DifySettings): SecretDefinition[] {
  const { secretsElsewhere = {} } = settings;
  const user = secretsElsewhere[secretNames.databaseUser];
  const generated = (name: string, format: SecretFormat, rotates = true): SecretDefinition => ({
    name,
    source: { type: "generated", format, revision: settings.secretRevisions[name] },
    ...(secretsElsewhere[name] && { takenFrom: secretsElsewhere[name] }),
    rotates,
  });
  const own = (name: keyof typeof secretFormats, rotates = true): SecretDefinition =>
    generated(name, secretFormats[name], rotates);
  const agents = settings.release.release.images.agent_backend !== undefined;
  const { used, earlier } = settings.database.logins;
  return [
    // Signs sessions and encrypts the OAuth clients of tools and triggers: with a new one, those cannot be read.
    own(secretNames.secretKey, false),
    ...(used === "password" || earlier === "password"
      ? [
          generated(
            secretNames.databasePassword,
            {
              length: settings.database.passwordLength,
              why: "PostgreSQL takes any text; how long is the user's choice (database_password_length)",
              source: "https://www.postgresql.org/docs/15/sql-createrole.html",
            },
            // Nobody has to be reminded of what happens automatically.
            settings.database.rotation === undefined,
          ),
        ]
      : []),
    ...(user && settings.database.userOfOthers?.nameInStore
      ? [{ name: secretNames.databaseUser, source: { type: "store", at: user } as const }]
      : []),
    ...(settings.customSql?.administrator
      ? [
          generated(secretNames.databaseAdministrator, {
            length: settings.database.passwordLength,
            why: "as the application's own password",
            source: "https://www.postgresql.org/docs/15/sql-createrole.html",
          }),
        ]
      : []),
    ...(settings.portableBackups?.rehearsal
      ? [
          generated(secretNames.databaseRehearsal, {
            length: settings.database.passwordLength,
            why: "as the application's own password",
            source: "https://www.postgresql.org/docs/15/sql-createrole.html",
          }),
        ]
      : []),
    ...passwordOf(secretNames.redisPassword, settings.redisPassword),
    ...passwordOf(secretNames.earlierRedisPassword, settings.earlierRedis?.password),
    own(secretNames.sandboxKey),
    own(secretNames.pluginDaemonKey),
    own(secretNames.innerApiKey),
    // Only asked for at the first visit.
    own(secretNames.initPassword, false),
    ...(agents
      ? [
          own(secretNames.agentBackendToken),
          // It only encrypts data of one agent run.
          own(secretNames.agentServerKey, false),
          own(secretNames.shellctlToken),
        ]
      : []),
    ...(settings.keyGeneration === undefined ? [] : [{ ...own(secretNames.keyRotation, false), onlyComposed: true }]),
    ...(["qdrant", "weaviate"] as const)
      .filter((store) => [settings.vectors?.store, settings.vectors?.movesFrom].includes(store))
      // KubeBlocks' takes none.
      .filter((store) => store !== "qdrant" || !settings.vectors?.kubeblocks)
      .map((store) => own(secretNames[`${store}Key`])),
    ...settings.secretEnvironment.map(({ secret }) => secret),
  ];
}

/** @returns none for a password that KubeBlocks makes */
function passwordOf(name: string, source: RedisPassword | undefined): SecretDefinition[] {
  return source === undefined || source.type === "kubeblocks" ? [] : [{ name, source }];
}

/** Dify's own secrets that may be taken from a store. URLs and logins follow from the passwords in them. */
export const takenFromStores: readonly string[] = [
  ...Object.keys(secretFormats),
  secretNames.databasePassword,
  secretNames.databaseUser,
  secretNames.redisPassword,
];

/** The longest end of a name, which is a key of a Kubernetes Secret and part of the id in Secret Manager. */
const NAME_LIMIT = 200;

/**
 * Secrets in Secret Manager that somebody else maintains, by id; each under one name, however often it is used. Ids may
 * differ in characters that names lack: `my-key`, `my_key` and `My-Key` are three secrets.
 */
export function existingSecrets(secretIds: Iterable<string>): ReadonlyMap<string, SecretDefinition> {
  const inName = (secretId: string): string => secretId.toLowerCase().replace(/[^a-z0-9-]/g, "-");
  const names = distinctNames(
    secretIds,
    (secretId) => `secret-${limitName(inName(secretId), NAME_LIMIT)}`,
    inName,
    Object.values(secretNames),
  );
  return new Map([...names].map(([secretId, name]) => [secretId, { name, source: { type: "existing", secretId } }]));
}

/** @returns the name of a secret with that id */
export function secretNamed(existing: DifySettings["existingSecrets"], secretId: string): string {
  const found = existing.get(secretId);
  if (!found) throw new Error(`The settings have no secret with the id ${secretId}`);
  return found.name;
}

/**
 * @returns names of the secrets in a user's environment variables, by variable: `OPENAI_API_KEY` has
 * `env-openai-api-key`, never the name of one of Dify's own secrets
 */
export function environmentSecretNames(variables: Iterable<string>): ReadonlyMap<string, string> {
  return distinctNames(
    variables,
    (variable) => `env-${limitName(variable.toLowerCase().replaceAll("_", "-"), NAME_LIMIT)}`,
    (variable) => variable.toUpperCase(),
  );
}

/** Redis databases, counted from an installation's first one: cache and event bus, Celery, agents. */
const REDIS_DATABASE = { cache: 0, celery: 1, agents: 2 } as const;
/** How many there are. */
export const REDIS_DATABASES = Object.keys(REDIS_DATABASE).length;

/** The Redis URLs, which contain the password. */
export function difyComposedSecrets(settings: DifySettings): ComposedSecret[] {
  const user = redisUserSecret(settings);
  const url = (name: string, database: number): ComposedSecret => ({
    name,
    from: [secretNames.redisPassword, ...(user === undefined ? [] : [user])],
    value: (bindings, secret) =>
      redisUrl(
        settings,
        bindings,
        secret(secretNames.redisPassword),
        (settings.firstRedisDatabase ?? 0) + database,
        name === secretNames.celeryBrokerUrl ? "celery" : "redis-py",
        user && secret(user),
      ),
  });
  return [
    url(secretNames.celeryBrokerUrl, REDIS_DATABASE.celery),
    ...Object.values(whereRead(settings, "api", { EVENT_BUS_REDIS_URL: secretNames.eventBusUrl })).map((name) =>
      url(name, REDIS_DATABASE.cache),
    ),
    ...(settings.release.release.images.agent_backend ? [url(secretNames.agentRedisUrl, REDIS_DATABASE.agents)] : []),
  ];
}
