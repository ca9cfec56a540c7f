import { earlierRedisPlace, redisPlace } from "../redis-place";
import { DESIGN, type Rule } from "./rule";

const named: Rule = {
  id: "redis-service-named",
  what: '`redis_service` or `redis_moves_from` of "external" without `redis_host`, or `redis_host` where neither is',
  why: "Nobody knows which Redis is meant, or another one than the file names is used.",
  risk: "High",
  severity: "error",
  variables: ["redis_service", "redis_moves_from", "redis_host", "data_services"],
  source: DESIGN,
  brokenBy: (v) => {
    const external = [redisPlace(v), v.redis_moves_from].includes("external");
    if (external)
      return v.redis_host === "" ? [v.redis_service === "external" ? "redis_service" : "redis_moves_from"] : [];
    return v.redis_host === "" ? [] : ["redis_host"];
  },
  message: (v, subject) =>
    subject === "redis_host"
      ? `redis_host is ${v.redis_host}, and ${redisPlace(v) === "kubeblocks" ? "data_services.redis" : "redis_service"} is "${redisPlace(v)}": that Redis would not be used. Take redis_host out; or, while the queue moves away from it, set redis_moves_from = "external".`
      : `${subject} is "external", and redis_host is empty: nobody knows which Redis that is. Set redis_host, or set ${subject} to another value.`,
};

const elsewhere: Rule = {
  id: "redis-moves-elsewhere",
  what: "`redis_moves_from` the Redis that is used",
  why: "Nothing would be moved, and what is queued on another one would be lost.",
  risk: "High",
  severity: "error",
  variables: ["redis_moves_from", "redis_service", "redis_host", "data_services"],
  source: DESIGN,
  brokenBy: (v) => v.redis_moves_from === redisPlace(v),
  message: (v) =>
    `redis_moves_from is "${v.redis_moves_from ?? ""}", and that is where Redis is: nothing would be moved. ${
      v.redis_moves_from === "external"
        ? 'From one redis_host to another, move by way of redis_service = "memorystore", or run scripts/jobs/redis-move.py by hand (docs/redis.md).'
        : "Set it to where Redis was before, or take it out once the queue has moved."
    }`,
};

const deployed: Rule = {
  id: "redis-moves-with-apply",
  what: "`redis_moves_from` where an apply does not bring the pods to the new Redis",
  why: "The queue would move while pods still use the old Redis.",
  risk: "High",
  severity: "error",
  variables: [
    "redis_moves_from",
    "enable_redis",
    "deploy_application",
    "enable_cloud_deploy",
    "delivered_by_service_account",
  ],
  source: DESIGN,
  brokenBy: (v) => {
    if (earlierRedisPlace(v) === undefined) return [];
    if (!v.deploy_application) return ["deploy_application"];
    if (v.enable_cloud_deploy) return ["enable_cloud_deploy"];
    return v.delivered_by_service_account === "" ? [] : ["delivered_by_service_account"];
  },
  message: (v, subject) =>
    subject === "deploy_application"
      ? `redis_moves_from is "${v.redis_moves_from ?? ""}", and deploy_application is false: nothing runs that could move the queue. Set deploy_application = true for this apply, or redis_moves_from = "nothing" if nothing is queued.`
      : `redis_moves_from is "${v.redis_moves_from ?? ""}", and ${subject} is set: releases and not the apply bring the pods to the new Redis, so the queue would move while they still use the old one. Let the queue run empty, set redis_moves_from = "nothing", apply, and roll out a release; or run scripts/jobs/redis-move.py by hand afterwards (docs/redis.md).`,
};

/** Where Redis is, and where it was. */
export const redisServiceRules: readonly Rule[] = [named, elsewhere, deployed];
