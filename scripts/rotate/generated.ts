import { secretNames } from "../../modules/dify-common";
import { compose } from "../../modules/dify-gke/dify";
import { MEMORYSTORE_PASSWORD } from "../../modules/dify-gke/shared-services";
import { furtherRedisServers } from "../../modules/dify-gke/stages";
import type { Variables } from "../../modules/dify-gke/variables";

/**
 * How a generated secret gets another value:
 * `keys`      together with all other keys between components, by one number, or alone
 * `overlap`   Redis accepts the previous one for a while, if that is set
 * `login`     a job changes it, or pods cannot open new connections until they are replaced
 * `unnoticed` only a job uses it
 * `named`     only if it is named: as a rule there is no reason to
 * `noticed`   requests are refused for some minutes
 * `leak`      only after a leak: it costs something
 * `never`     there is no reason to
 */
export type Way = "keys" | "overlap" | "login" | "unnoticed" | "named" | "noticed" | "leak" | "never";

const WAYS = {
  [secretNames.secretKey]: "leak",
  [secretNames.databasePassword]: "login",
  [secretNames.databaseAdministrator]: "named",
  [secretNames.databaseRehearsal]: "unnoticed",
  [secretNames.redisPassword]: "overlap",
  [MEMORYSTORE_PASSWORD]: "noticed",
  [secretNames.sandboxKey]: "keys",
  [secretNames.pluginDaemonKey]: "keys",
  [secretNames.innerApiKey]: "keys",
  [secretNames.initPassword]: "never",
  [secretNames.agentBackendToken]: "keys",
  [secretNames.agentServerKey]: "leak",
  [secretNames.shellctlToken]: "keys",
  [secretNames.keyRotation]: "leak",
  [secretNames.qdrantKey]: "noticed",
  [secretNames.weaviateKey]: "noticed",
} as const satisfies Readonly<Record<string, Way>>;

/** Names of the secrets that get another value in one of these ways. */
export type SecretsBy<Ways extends Way> = {
  [Name in keyof typeof WAYS]: (typeof WAYS)[Name] extends Ways ? Name : never;
}[keyof typeof WAYS];

/** @returns how a secret gets another value. `undefined`: it is not generated */
export function wayOf(secret: string): Way | undefined {
  return /^redis-(stage|guest)-.+-password$/.test(secret)
    ? "overlap"
    : Object.hasOwn(WAYS, secret)
      ? WAYS[secret as keyof typeof WAYS]
      : undefined;
}

/** A generated secret of an environment, as `secret_revisions` names it. */
export interface Generated {
  readonly name: string;
  /** Whether the foundation generates it. */
  readonly foundation: boolean;
}

/** @returns everything that is generated for an environment, except a database login that a job changes */
export function generatedFor(environment: string, v: Variables): readonly Generated[] {
  const { application, services } = compose(environment, v);
  // What is taken from a store of others gets another value there.
  const own = application.secrets.flatMap(({ name, source, takenFrom }) =>
    source.type === "generated" && takenFrom === undefined ? [name] : [],
  );
  const redis = services.fileServer?.create
    ? [secretNames.redisPassword, ...furtherRedisServers(environment, v).map(({ name }) => `redis-${name}-password`)]
    : [];
  return [
    ...own.map((name) => ({ name, foundation: false })),
    ...[...redis, ...(services.memorystore ? [MEMORYSTORE_PASSWORD] : [])].map((name) => ({ name, foundation: true })),
  ];
}
