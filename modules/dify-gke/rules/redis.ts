import { DESIGN, duplicates, PITFALLS, type Rule } from "./rule";

const required: Rule = {
  id: "redis-required",
  risk: "Critical",
  severity: "error",
  variables: ["enable_redis"],
  source: PITFALLS,
  brokenBy: (v) => !v.enable_redis,
  message: () =>
    "enable_redis is false, and Dify does not work without Redis: no workflow, no indexing and no streamed answer would run, and nothing would say so. Set enable_redis = true.",
};

const reachable: Rule = {
  id: "redis-reachable",
  risk: "Critical",
  severity: "error",
  variables: ["redis_host", "enable_redis", "enable_nfs"],
  source: PITFALLS,
  brokenBy: (v) => v.enable_redis && !v.enable_nfs && v.redis_host === "",
  message: () =>
    "enable_nfs = false leaves out the file server, where Redis runs, and redis_host names no other Redis: the workers would find no queue. Set enable_nfs = true, or name a Redis in redis_host.",
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
  message: (v, subject) =>
    subject === "redis_host"
      ? `redis_host is not a host name or an address alone: the queue's address, which is made of it, would be malformed, and workers would start and take no task. Give a host name or an address, without scheme, port and password.`
      : `redis_port is "${v.redis_port}", which is not a port: the queue's address, which is made of it, would be malformed, and workers would start and take no task. Give a number from 1 to 65535, such as "6379".`,
};

const guests: Rule = {
  id: "redis-guests-apart",
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
      )} have the port ${subject}: only one server can listen there, so none of them would be started. Give each guest a port of its own, from 7800 to 7999.`,
};

export const redisRules: readonly Rule[] = [required, reachable, address, guests];
