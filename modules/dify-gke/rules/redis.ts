import { isIPv4 } from "node:net";
import { REDIS_DATABASES } from "../../dify-common";
import { knownVariables, resolveRelease } from "../../dify-common/releases";
import { isLeftOver } from "../variables/left-over";
import { hasOwnRedis, type RedisPlace, redisPlace } from "../redis-place";
import { turnedOn } from "./environments";
import { redisServiceRules } from "./redis-service";
import { redisTlsRules } from "./redis-tls";
import { DESIGN, duplicates, PITFALLS, type Rule } from "./rule";

const required: Rule = {
  id: "redis-required",
  what: "`enable_redis = false`",
  why: "Without Redis, workflows, indexing and streamed answers do not run, and no error says so.",
  risk: "Critical",
  severity: "error",
  variables: ["enable_redis"],
  source: PITFALLS,
  brokenBy: (v) => !v.enable_redis,
  message: () =>
    "enable_redis is false, and Dify does not work without Redis: workflows, indexing and streamed answers would not run, without any error message. Set enable_redis = true.",
};

const reachable: Rule = {
  id: "redis-reachable",
  what: "`enable_nfs = false` without `redis_host`",
  why: "Redis runs on the file server: the workers would find no queue.",
  risk: "Critical",
  severity: "error",
  variables: ["redis_host", "redis_service", "data_services", "enable_redis", "enable_nfs"],
  source: PITFALLS,
  brokenBy: (v) => v.enable_redis && !v.enable_nfs && redisPlace(v) === "file_server",
  message: () =>
    'enable_nfs = false leaves out the file server, where Redis runs, and redis_host names no other Redis: the workers would find no queue. Set enable_nfs = true, name a Redis in redis_host, or have one made with redis_service = "memorystore".',
};

/** Whether it is a name or an address of another machine: a pod's own would be looked for in each pod. */
function isHost(text: string): boolean {
  const labels = text.split(".");
  const named = labels.every((label) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  const numbers = labels.every((label) => /^\d+$/.test(label));
  if (!named || /^localhost$/i.test(text) || isLeftOver(text)) return false;
  return !numbers || (isIPv4(text) && !/^(127|0)\./.test(text));
}

const address: Rule = {
  id: "redis-address",
  what: "A `redis_host` that is not a host name or an address, or a `redis_port` that is not a port",
  why: "The queue's address is made of them: workers would start and take no task.",
  risk: "Critical",
  severity: "error",
  variables: ["redis_host", "redis_port"],
  source: PITFALLS,
  brokenBy: (v) => [
    ...(v.redis_host === "" || isHost(v.redis_host) ? [] : ["redis_host"]),
    ...(/^[1-9]\d{0,4}$/.test(v.redis_port) && Number(v.redis_port) <= 65535 ? [] : ["redis_port"]),
  ],
  message: (v, subject) =>
    subject === "redis_host"
      ? `redis_host is not a host name or an address that pods can reach: the queue's URL, which contains it, would be malformed or lead back to the pod, and workers would start but take no tasks. Give a host name or an address, without scheme, port or password.`
      : `redis_port is "${v.redis_port}", which is not a port: the queue's URL, which contains it, would be malformed, and workers would start but take no tasks. Give a number from 1 to 65535, such as "6379".`,
};

const guests: Rule = {
  id: "redis-guests-apart",
  what: "Two guests of the file server with the same port",
  why: "Only one server can listen there, so none of them would be started.",
  risk: "High",
  severity: "error",
  variables: ["nfs_redis_guests"],
  source: DESIGN,
  brokenBy: (v) => duplicates(Object.values(v.nfs_redis_guests).map(String)),
  message: (v, subject) =>
    `In nfs_redis_guests, ${Object.entries(v.nfs_redis_guests)
      .filter(([, port]) => String(port) === subject)
      .map(([name]) => `"${name}"`)
      .join(
        " and ",
      )} have the port ${subject}: only one server can listen there, so none of them would be started. Give each guest its own port, from 7800 to 7999.`,
};

/**
 * The number of databases in Redis by default, and in Memorystore:
 * https://cloud.google.com/memorystore/docs/redis/supported-redis-configurations.
 */
const USUAL_DATABASES = 16;

const databases: Rule = {
  id: "redis-databases-there",
  what: "Databases beyond the 16 that a Redis usually has",
  why: "With fewer databases no process would start.",
  risk: "High",
  severity: "warning",
  variables: ["redis_database"],
  source: DESIGN,
  brokenBy: (v) => v.redis_database + REDIS_DATABASES > USUAL_DATABASES,
  message: (v) =>
    `redis_database = ${v.redis_database} takes the databases ${v.redis_database} to ${v.redis_database + REDIS_DATABASES - 1}, and a Redis has 0 to ${USUAL_DATABASES - 1} unless it is configured otherwise: without them, no process would start. Set redis_database to ${USUAL_DATABASES - REDIS_DATABASES} or less, or raise "databases" in the configuration of that Redis.`,
};

/** Components that share the environment's Redis and separate their keys by this prefix, if their release reads it. */
const PREFIXED = ["api", "plugin_daemon"] as const;

const prefix: Rule = {
  id: "redis-prefix-everywhere",
  what: "`REDIS_KEY_PREFIX` with a release that does not read it everywhere",
  why: "Some keys would have no prefix, and meet those of others.",
  risk: "High",
  severity: "error",
  variables: ["environment_variables", "application_version", "component_image_tags"],
  source: DESIGN,
  brokenBy: (v) =>
    (v.environment_variables["REDIS_KEY_PREFIX"] ?? "").trim() === ""
      ? []
      : PREFIXED.filter((component) => {
          const known = knownVariables(v.application_version, component, v.component_image_tags[component]);
          return known !== undefined && known.complete && !known.read.has("REDIS_KEY_PREFIX");
        }),
  message: (v, subject) =>
    `environment_variables sets REDIS_KEY_PREFIX = "${v.environment_variables["REDIS_KEY_PREFIX"] ?? ""}", and ${subject} of Dify ${resolveRelease(v.application_version).version} does not read it: its keys would have no prefix, and could clash with those of others. ${
      hasOwnRedis(v) || ["memorystore", "kubeblocks"].includes(redisPlace(v))
        ? "Take it out: nobody else uses this environment's own Redis."
        : "Take it out, and set redis_database to three databases that nobody else uses."
    }`,
};

/**
 * Workers listen for questions with PSUBSCRIBE, in which the prefix is part of a pattern:
 * https://github.com/celery/kombu/blob/v5.6.2/kombu/transport/redis.py, https://redis.io/docs/latest/commands/psubscribe/
 */
const PATTERN = /[*?[\]\\]/;

const plainPrefix: Rule = {
  id: "redis-prefix-plain",
  what: "`REDIS_KEY_PREFIX` with `*`, `?`, `[`, `]` or a backslash",
  why: "Workers would not get their own messages, and their probes would restart them, or they would get messages that are meant for others.",
  risk: "High",
  severity: "error",
  variables: ["environment_variables"],
  source: DESIGN,
  brokenBy: (v) => PATTERN.test(v.environment_variables["REDIS_KEY_PREFIX"] ?? ""),
  message: (v) =>
    `environment_variables sets REDIS_KEY_PREFIX = "${v.environment_variables["REDIS_KEY_PREFIX"] ?? ""}", and Celery's workers listen with it as a pattern, in which ${PATTERN.exec(v.environment_variables["REDIS_KEY_PREFIX"] ?? "")?.[0] ?? ""} stands for something else: they would not get their probe's messages and be restarted without end, or get messages that are meant for others. Use letters, digits, hyphens, underscores, dots and colons.`,
};

/** Ways to several servers, which Dify's API has and what else uses Redis has not. */
const SEVERAL = ["REDIS_USE_SENTINEL", "CELERY_USE_SENTINEL", "REDIS_USE_CLUSTERS"] as const;

const oneServer: Rule = {
  id: "redis-one-server",
  what: "Redis Sentinel or Redis Cluster",
  why: "Queue, event bus and agents connect to one address: part of Dify would work on another server.",
  risk: "Critical",
  severity: "error",
  variables: ["environment_variables", "component_settings"],
  source: DESIGN,
  brokenBy: (v) => turnedOn(v, SEVERAL),
  message: (v, subject) =>
    `${subject} is set, and only part of Dify finds its Redis in that way: the addresses of queue, event bus and agents name one server, so tasks would be queued where nobody takes them. Take ${subject} out. ${wayToPrimary(redisPlace(v))}`,
};

/** What leads all of Dify to the primary, in each place. */
function wayToPrimary(place: RedisPlace): string {
  switch (place) {
    case "memorystore":
      return "Memorystore's own address leads to the primary.";
    case "kubeblocks":
      return "The Service that KubeBlocks makes leads to the primary; to have Celery ask the sentinels, use kubeblocks_clusters.redis.broker_by_sentinel (docs/kubeblocks.md).";
    case "file_server":
    case "external":
      return "Instead, set redis_host to an address that leads to the primary, such as Memorystore's or that of a proxy in front of the sentinels.";
  }
}

export const redisRules: readonly Rule[] = [
  required,
  reachable,
  address,
  guests,
  databases,
  prefix,
  plainPrefix,
  oneServer,
  ...redisServiceRules,
  ...redisTlsRules,
];
