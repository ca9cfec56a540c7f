import { postgresByKubeBlocks } from "./database-place";
import { usesRedisIn } from "./redis-place";
import type { Variables } from "./variables";
import { qdrantByKubeBlocks, VECTORS_CHOICE } from "./vectors-place";

/** The variables that say what KubeBlocks runs. */
export const KUBEBLOCKS_CHOICE = [
  "data_services",
  "enable_redis",
  "redis_host",
  "redis_service",
  "redis_moves_from",
  ...VECTORS_CHOICE,
] as const;

type Choice = Pick<Variables, (typeof KUBEBLOCKS_CHOICE)[number]>;

/** @returns databases that KubeBlocks runs, or that something is moved away from */
export function byKubeBlocks(v: Choice): readonly ("postgresql" | "qdrant" | "redis")[] {
  return [
    ...(postgresByKubeBlocks(v) ? (["postgresql"] as const) : []),
    ...(qdrantByKubeBlocks(v) ? (["qdrant"] as const) : []),
    ...(usesRedisIn("kubeblocks", v) ? (["redis"] as const) : []),
  ];
}
