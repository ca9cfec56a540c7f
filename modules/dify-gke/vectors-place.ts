import type { DifySettings } from "../dify-common";
import type { Variables } from "./variables";

/** The variables that say where vectors are, and where they were. */
export const VECTORS_CHOICE = ["vector_store", "vector_store_moves_from"] as const;

/** @returns whether a store of vectors runs in the cluster: the one in use, or the one that they are moved away from */
export function vectorsInCluster(v: Pick<Variables, (typeof VECTORS_CHOICE)[number]>): boolean {
  return (
    v.vector_store !== "pgvector" || v.vector_store_moves_from === "qdrant" || v.vector_store_moves_from === "weaviate"
  );
}

/** @returns `undefined` where no store runs in the cluster */
export function vectorSettings(v: Variables): DifySettings["vectors"] {
  if (!vectorsInCluster(v)) return undefined;
  const from = v.vector_store_moves_from;
  return {
    store: v.vector_store,
    movesFrom: from === null || from === "nothing" ? undefined : from,
    replicas: v.vector_store_replicas,
    diskGb: v.vector_store_disk_gb,
    diskNamed: "vector_store_disk_gb (in Gi)",
    backups: { schedule: v.backup_schedule.trim() || "0 2 * * *", keepDays: v.backup_retention_days },
  };
}
