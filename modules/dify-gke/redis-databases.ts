import { type RedisNow, redisPlace, type RedisPlace } from "./redis-place";
import type { Variables } from "./variables";

/** @returns the first of the environment's own three databases; 0 on a Redis that is created here */
export function firstRedisDatabase(v: RedisNow & Pick<Variables, "nfs_instance_name" | "redis_database">): number {
  return firstDatabaseIn(redisPlace(v), v);
}

/** @returns the same for a Redis in a place */
export function firstDatabaseIn(place: RedisPlace, v: Pick<Variables, "nfs_instance_name" | "redis_database">): number {
  if (place === "file_server") return v.nfs_instance_name === "" ? 0 : v.redis_database;
  return place === "external" ? v.redis_database : 0;
}
