import type { Variables } from "./variables";

/** Where a Redis is: on the file server, on Memorystore that is made here, in the cluster by KubeBlocks, or at `redis_host`. */
export type RedisPlace = "file_server" | "memorystore" | "kubeblocks" | "external";

/** The variables that say where Redis is, and where its queue was. */
export type RedisChoice = Pick<Variables, (typeof REDIS_CHOICE)[number]>;

/** The variables that say where it is. */
export type RedisNow = Pick<Variables, "data_services" | "redis_host" | "redis_service">;

/** Their names, for rules. */
export const REDIS_CHOICE = [
  "enable_redis",
  "redis_host",
  "redis_service",
  "redis_moves_from",
  "data_services",
] as const;

/** @returns where the environment's Redis is */
export function redisPlace(v: RedisNow): RedisPlace {
  if (v.data_services.redis === "kubeblocks") return "kubeblocks";
  return v.redis_service ?? (v.redis_host === "" ? "file_server" : "external");
}

/** @returns the Redis that the queue is moved from, with this apply. `undefined`: it stays where it is, or is given up */
export function earlierRedisPlace(v: RedisChoice): RedisPlace | undefined {
  return v.enable_redis && v.redis_moves_from !== null && v.redis_moves_from !== "nothing"
    ? v.redis_moves_from
    : undefined;
}

/** @returns whether a Redis in this place is used, or its queue is moved away from it */
export function usesRedisIn(place: RedisPlace, v: RedisChoice): boolean {
  return v.enable_redis && (redisPlace(v) === place || earlierRedisPlace(v) === place);
}

/** @returns whether Redis runs on a file server that this environment makes, so that no other one uses it */
export function hasOwnRedis(v: RedisNow & Pick<Variables, "nfs_instance_name">): boolean {
  return redisPlace(v) === "file_server" && v.nfs_instance_name === "";
}
