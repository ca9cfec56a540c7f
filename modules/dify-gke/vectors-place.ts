import type { DifySettings } from "../dify-common";
import { backupSchedule } from "./backup-settings";
import { kubeBlocksPods } from "./kubeblocks-pods";
import type { Variables } from "./variables";

/** The variables that say where vectors are, and where they were. */
export const VECTORS_CHOICE = ["vector_store", "vector_store_moves_from"] as const;

/** @returns whether a store of vectors runs in the cluster: the one in use, or the one that they are moved away from */
export function vectorsInCluster(v: Pick<Variables, (typeof VECTORS_CHOICE)[number]>): boolean {
  return (
    v.vector_store !== "pgvector" || v.vector_store_moves_from === "qdrant" || v.vector_store_moves_from === "weaviate"
  );
}

/** @returns whether KubeBlocks runs the Qdrant that vectors are in, or are moved away from */
export function qdrantByKubeBlocks(v: Pick<Variables, (typeof VECTORS_CHOICE)[number] | "data_services">): boolean {
  return v.data_services.qdrant === "kubeblocks" && [v.vector_store, v.vector_store_moves_from].includes("qdrant");
}

/** @returns whether a store runs in the cluster whose pods are made here */
export function ownVectorStore(v: Pick<Variables, (typeof VECTORS_CHOICE)[number] | "data_services">): boolean {
  const inCluster = [v.vector_store, v.vector_store_moves_from];
  return inCluster.includes("weaviate") || (inCluster.includes("qdrant") && !qdrantByKubeBlocks(v));
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
    kubeblocks: qdrantByKubeBlocks(v) ? kubeBlocksPods(v.kubeblocks_clusters.qdrant) : undefined,
    backups: { schedule: backupSchedule(v), keepDays: v.backup_retention_days },
  };
}
