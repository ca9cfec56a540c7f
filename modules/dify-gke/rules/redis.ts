import { PITFALLS, type Rule } from "./rule";

const required: Rule = {
  id: "redis-required",
  risk: "Critical",
  severity: "error",
  variables: ["enable_redis"],
  source: PITFALLS,
  brokenBy: (v) => !v.enable_redis,
  message: () =>
    "Without Redis no workflow, no indexing and no streamed answer would ever run, and nothing would say so. Set enable_redis = true.",
};

const reachable: Rule = {
  id: "redis-reachable",
  risk: "Critical",
  severity: "error",
  variables: ["redis_host", "enable_redis", "enable_nfs"],
  source: PITFALLS,
  brokenBy: (v) => v.enable_redis && !v.enable_nfs && v.redis_host === "",
  message: () =>
    "Redis runs on the file server, which enable_nfs = false leaves out: the workers would find no queue. Set enable_nfs = true, or name a Redis in redis_host.",
};

const address: Rule = {
  id: "redis-address",
  risk: "Critical",
  severity: "error",
  variables: ["redis_host", "redis_port"],
  source: PITFALLS,
  brokenBy: (v) => [
    ...(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^$/.test(v.redis_host) ? [] : ["redis_host"]),
    ...(/^[1-9]\d{0,4}$/.test(v.redis_port) && Number(v.redis_port) <= 65535 ? [] : ["redis_port"]),
  ],
  message: (_, subject) =>
    subject === "redis_host"
      ? "The queue's address is made of it, and would be malformed: workers would start and take no task. Give a host name or an address alone, without scheme, port and password."
      : 'The queue\'s address is made of it, and would be malformed: workers would start and take no task. Give a number from 1 to 65535, such as "6379".',
};

export const redisRules: readonly Rule[] = [required, reachable, address];
