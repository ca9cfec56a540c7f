import type { Variables } from "./variables";

/** @returns the first of the environment's own three databases; 0 on a file server that is created here */
export function firstRedisDatabase(v: Pick<Variables, "redis_host" | "nfs_instance_name" | "redis_database">): number {
  return v.redis_host === "" && v.nfs_instance_name === "" ? 0 : v.redis_database;
}
