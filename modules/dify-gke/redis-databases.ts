import type { Variables } from "./variables";

/** @returns first of the three databases that the environment itself has; 0 on a file server made here */
export function firstRedisDatabase(v: Pick<Variables, "redis_host" | "nfs_instance_name" | "redis_database">): number {
  return v.redis_host === "" && v.nfs_instance_name === "" ? 0 : v.redis_database;
}
