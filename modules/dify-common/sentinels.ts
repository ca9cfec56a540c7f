import type { Bindings, RedisSentinels } from "../app-gke/application-config";
import { whereRead } from "./reads";
import type { DifySettings } from "./settings";

/**
 * Celery's broker by the sentinels of KubeBlocks' Redis. All else of Dify goes to the Service, which follows the same primary:
 * docs/kubeblocks.md#redis.
 */

/** The part that they are, as the topology names it. */
export const SENTINEL_PART = "redis-sentinel";
/** Seconds for an answer. Dify's own, 0.1, is little for a pod with a fifth of a core. */
const SENTINEL_SECONDS = 1;

/** @returns whether Celery asks them for the primary */
export function brokerBySentinel({
  redisCluster,
  redisPassword,
}: Pick<DifySettings, "redisCluster" | "redisPassword">): boolean {
  return redisPassword.type === "kubeblocks" && redisCluster?.brokerBySentinel === true;
}

/** @returns what a component has to be let through to, where Celery asks them */
export function toSentinels(settings: DifySettings): readonly string[] {
  return brokerBySentinel(settings) ? [SENTINEL_PART] : [];
}

/** Variables whose values follow from what KubeBlocks makes: only this project sets them. */
export const SENTINEL_VARIABLES = [
  "CELERY_USE_SENTINEL",
  "CELERY_SENTINEL_MASTER_NAME",
  "CELERY_SENTINEL_PASSWORD",
] as const;
/** Seconds that Celery waits for the answer of a sentinel, which users may set. */
export const SENTINEL_PATIENCE = "CELERY_SENTINEL_SOCKET_TIMEOUT";
/** Values of them. */
export type SentinelEnvironment = Readonly<
  Partial<Record<(typeof SENTINEL_VARIABLES)[number] | typeof SENTINEL_PATIENCE, string>>
>;

/** @returns the same as variables of what runs in the API's image */
export function sentinelEnvironment(
  settings: DifySettings,
  bindings: Pick<Bindings, "redis">,
): Readonly<Record<string, string>> {
  if (!brokerBySentinel(settings)) return {};
  return whereRead(settings, "api", {
    CELERY_USE_SENTINEL: "true",
    CELERY_SENTINEL_MASTER_NAME: sentinelsIn(bindings).primary,
    [SENTINEL_PATIENCE]: String(SENTINEL_SECONDS),
  } satisfies SentinelEnvironment);
}

/**
 * Each with the password of Redis: theirs is a variable of its own.
 * @see https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#configuration
 */
export function sentinelUrls(bindings: Pick<Bindings, "redis">, login: string, database: number): string {
  return sentinelsIn(bindings)
    .addresses.map((address) => `sentinel://${login}@${address}/${database}`)
    .join(";");
}

function sentinelsIn({ redis }: Pick<Bindings, "redis">): RedisSentinels {
  if (!redis?.sentinels) throw new Error("Celery asks the sentinels of Redis, and the bindings have none");
  return redis.sentinels;
}
