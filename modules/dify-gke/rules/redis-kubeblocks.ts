import { SENTINEL_PATIENCE, SENTINEL_VARIABLES } from "../../dify-common/sentinels";
import { redisPlace, usesRedisIn } from "../redis-place";
import type { Variables } from "../variables";
import { environments, turnedOn } from "./environments";
import { DESIGN, type Rule } from "./rule";

/** What says where Redis is. */
const PLACE = ["data_services", "redis_service", "redis_host"] as const;

const one: Rule = {
  id: "data-services-redis-once",
  what: "`redis_service` in addition to KubeBlocks' Redis",
  why: "The variables name two places for Redis, and one of them would be ignored.",
  risk: "High",
  severity: "error",
  variables: ["redis_service", "data_services", "redis_host"],
  source: DESIGN,
  brokenBy: (v) => redisPlace(v) === "kubeblocks" && v.redis_service !== null,
  message: (v) =>
    `redis_service is "${v.redis_service ?? ""}", and data_services.redis is "kubeblocks": Redis can only be in one of these places, and the queue in the other one would be ignored. Take redis_service out, or redis out of data_services.`,
};

const pair: Rule = {
  id: "data-services-redis-replica",
  what: "KubeBlocks' Redis without a replica",
  why: "When the only pod is away, the sentinels have no replica to make the primary, and nothing runs until it is back.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_clusters", ...PLACE, "enable_redis", "redis_moves_from"],
  source: DESIGN,
  brokenBy: (v) => usesRedisIn("kubeblocks", v) && v.kubeblocks_clusters.redis.replicas < 2,
  message: () =>
    "kubeblocks_clusters.redis.replicas is 1: when that pod is away, the sentinels have no replica to make the primary, and nothing runs until it is back. Set replicas = 2.",
};

const sentinels: Rule = {
  id: "data-services-redis-sentinels",
  what: "Fewer than three sentinels, or an even number",
  why: "They decide by majority, and the addon asks for two that agree. Fewer than three could not make a replica the primary with one away, and an even number survives no more failures than one less.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_clusters", ...PLACE, "enable_redis", "redis_moves_from"],
  source:
    "https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/redis/scripts/redis-register-to-sentinel.sh",
  brokenBy: (v) => usesRedisIn("kubeblocks", v) && sentinelsWanted(v) !== v.kubeblocks_clusters.redis.sentinel.replicas,
  message: (v) =>
    `kubeblocks_clusters.redis.sentinel.replicas is ${v.kubeblocks_clusters.redis.sentinel.replicas}, and sentinels decide by majority, with at least two that agree: fewer than three could not make a replica the primary with one away, and an even number survives no more failures than one less. Set sentinel.replicas = ${sentinelsWanted(v)}.`,
};

/** @returns the next number of sentinels that can decide while one is away */
function sentinelsWanted({ kubeblocks_clusters: { redis } }: Pick<Variables, "kubeblocks_clusters">): number {
  const { replicas } = redis.sentinel;
  return Math.max(3, replicas % 2 === 0 ? replicas + 1 : replicas);
}

const plain: Rule = {
  id: "data-services-redis-tls",
  what: "`REDIS_USE_SSL` with KubeBlocks' Redis",
  why: "KubeBlocks' Redis speaks no TLS, so Dify could not connect to it.",
  risk: "Critical",
  severity: "error",
  variables: ["environment_variables", "component_settings", ...PLACE],
  source: DESIGN,
  brokenBy: (v) => redisPlace(v) === "kubeblocks" && turnedOn(v, ["REDIS_USE_SSL"]),
  message: () =>
    "REDIS_USE_SSL is set, and the Redis that KubeBlocks runs by data_services speaks no TLS: Dify could not connect to it. Take REDIS_USE_SSL out.",
};

const user: Rule = {
  id: "data-services-redis-user",
  what: "`REDIS_USERNAME` with KubeBlocks' Redis",
  why: "KubeBlocks' Redis has one user for clients, `default`: it would refuse another one.",
  risk: "Critical",
  severity: "error",
  variables: ["environment_variables", "secret_environment_variables", "component_settings", ...PLACE],
  source: "https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/redis/templates/cmpd-redis.yaml",
  brokenBy: (v) => redisPlace(v) === "kubeblocks" && named(v, ["REDIS_USERNAME"]),
  message: () =>
    "REDIS_USERNAME is set, and the Redis that KubeBlocks runs by data_services has one user, default, whose password pods take from the Secret that KubeBlocks makes: this Redis would refuse another user. Take REDIS_USERNAME out.",
};

const broker: Rule = {
  id: "data-services-redis-broker",
  what: "`CELERY_USE_SENTINEL` and the like with `kubeblocks_clusters.redis.broker_by_sentinel`",
  why: "These variables are set from what KubeBlocks makes. With other values, Celery would ask the sentinels for another Redis, or use one as a server, and no task would be done.",
  risk: "Critical",
  severity: "error",
  variables: [
    "environment_variables",
    "secret_environment_variables",
    "component_settings",
    "kubeblocks_clusters",
    ...PLACE,
  ],
  source: "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#configuration",
  brokenBy: (v) => brokerBySentinel(v) && named(v, SENTINEL_VARIABLES),
  message: (_, subject) =>
    `${subject} is set, and with kubeblocks_clusters.redis.broker_by_sentinel this project sets it from what KubeBlocks makes: with another value, no task would be done. Take ${subject} out.`,
};

const patience: Rule = {
  id: "data-services-redis-sentinel-seconds",
  what: "A `CELERY_SENTINEL_SOCKET_TIMEOUT` that is no number of seconds, with `kubeblocks_clusters.redis.broker_by_sentinel`",
  why: "Dify would not start, or would not wait for a sentinel's answer and find no primary.",
  risk: "Critical",
  severity: "error",
  variables: ["environment_variables", "component_settings", "kubeblocks_clusters", ...PLACE],
  source: "https://github.com/langgenius/dify/blob/1.16.1/api/configs/middleware/__init__.py",
  brokenBy: (v) =>
    brokerBySentinel(v) &&
    environments(v).flatMap(({ [SENTINEL_PATIENCE]: given }) =>
      given === undefined || Number(given) > 0 ? [] : [given],
    ),
  message: (_, subject) =>
    `CELERY_SENTINEL_SOCKET_TIMEOUT is "${subject}", which is not a number above 0. Celery waits that many seconds for a sentinel's answer: Dify would not start, or would find no primary. Give a number above 0, or take CELERY_SENTINEL_SOCKET_TIMEOUT out to have it wait for one second.`,
};

const monitor: Rule = {
  id: "data-services-redis-queue-monitor",
  what: "`ENABLE_DATASETS_QUEUE_MONITOR` with `kubeblocks_clusters.redis.broker_by_sentinel`",
  why: "Dify's monitor of the queue reads Celery's address as that of one Redis server: workers of most releases would not start.",
  risk: "Critical",
  severity: "error",
  variables: ["environment_variables", "component_settings", "kubeblocks_clusters", ...PLACE],
  source: "https://github.com/langgenius/dify/blob/1.16.1/api/schedule/queue_monitor_task.py",
  brokenBy: (v) => brokerBySentinel(v) && turnedOn(v, ["ENABLE_DATASETS_QUEUE_MONITOR"]),
  message: () =>
    "ENABLE_DATASETS_QUEUE_MONITOR is set, and it reads CELERY_BROKER_URL as the address of one Redis. With kubeblocks_clusters.redis.broker_by_sentinel that has the addresses of the sentinels, and workers would not start. Take ENABLE_DATASETS_QUEUE_MONITOR out, as the alert on waiting tasks does the same, or take broker_by_sentinel out.",
};

/** Whether Celery asks the sentinels for the primary. */
function brokerBySentinel(
  v: Pick<Variables, "data_services" | "kubeblocks_clusters" | "redis_host" | "redis_service">,
) {
  return redisPlace(v) === "kubeblocks" && v.kubeblocks_clusters.redis.broker_by_sentinel;
}

/** @returns those of these environment variables that a file sets, plainly or by a secret */
function named(v: Variables, names: readonly string[]): readonly string[] {
  const secret = Object.values(v.component_settings).map(({ secret_environment }) => secret_environment);
  const all = [...environments(v), v.secret_environment_variables, ...secret];
  return names.filter((name) => all.some((each) => Object.hasOwn(each, name)));
}

/** Rules for the Redis of `data_services`: what it needs, and which settings it excludes. */
export const redisOfKubeBlocksRules: readonly Rule[] = [one, pair, sentinels, plain, user, broker, patience, monitor];
