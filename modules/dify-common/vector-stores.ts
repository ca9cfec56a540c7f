import type { Bindings } from "../app-gke/application-config";
import type { VectorStore } from "./releases";
import { secretNames } from "./secrets";
import type { DifySettings, VectorStoreSettings } from "./settings";

/** Stores of vectors in the cluster, as everything that uses one knows them. See docs/vectors.md. */

/** Ports that Dify and jobs use, and those of the pods among themselves. */
export const storePorts = {
  qdrant: { http: 6333, grpc: 6334, peers: { p2p: 6335 } },
  weaviate: { http: 8080, grpc: 50051, peers: { gossip: 7100, data: 7101, raft: 8300, "raft-rpc": 8301 } },
} as const satisfies Record<VectorStore, { http: number; grpc: number; peers: Readonly<Record<string, number>> }>;

/** The secret with each store's key. */
export const storeKeys = { qdrant: secretNames.qdrantKey, weaviate: secretNames.weaviateKey } as const;

/** Copies of each vector where there are enough pods: one pod may be away. */
const COPIES = 2;

/** @returns how many pods have each vector */
export function copiesOf(vectors: VectorStoreSettings, store: VectorStore): string {
  return String(Math.min(COPIES, podsOf(vectors, store)));
}

function podsOf({ kubeblocks, replicas }: VectorStoreSettings, store: VectorStore): number {
  return store === "qdrant" && kubeblocks ? kubeblocks.replicas : replicas;
}

/** @returns whether its pods are KubeBlocks', and not a component's */
export function storeByKubeBlocks({ vectors }: Pick<DifySettings, "vectors">, store: VectorStore): boolean {
  return store === "qdrant" && vectors?.kubeblocks !== undefined;
}

/** @returns the stores that run in the cluster: the one in use, and the one that vectors are moved away from */
export function storesInCluster({ vectors }: Pick<DifySettings, "vectors">): readonly VectorStore[] {
  const both = vectors ? [vectors.store, vectors.movesFrom] : [];
  return both.filter((store): store is VectorStore => store !== undefined && store !== "pgvector");
}

/** @returns the name that all pods of a store begin with, and the one in which they find each other */
export function storePodNames(settings: Pick<DifySettings, "name" | "vectors">, store: VectorStore) {
  const pod = `${settings.name}-${store}`;
  // https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/pattern.go#L60
  return storeByKubeBlocks(settings, store)
    ? { pod: `${pod}-${store}`, peers: `${pod}-${store}-headless` }
    : { pod, peers: `${pod}-pods` };
}

/** @returns the address of each pod's HTTP API: a backup asks all of them */
export function storeNodes(
  settings: DifySettings,
  store: VectorStore,
  vectors: VectorStoreSettings,
): readonly string[] {
  const { pod, peers } = storePodNames(settings, store);
  return Array.from(
    { length: podsOf(vectors, store) },
    (_, number) => `http://${pod}-${number}.${peers}:${storePorts[store].http}`,
  );
}

/** @returns the variables of the API's processes for every store in the cluster, so that vectors that have not moved yet are found as well */
export function vectorEnvironment(settings: DifySettings, { host }: Bindings): Readonly<Record<string, string>> {
  const { vectors } = settings;
  if (!vectors) return {};
  const inCluster = storesInCluster(settings);
  const { http, grpc } = storePorts.weaviate;
  return {
    VECTOR_STORE: vectors.store,
    ...(inCluster.includes("qdrant") && {
      QDRANT_URL: `http://${host("qdrant")}:${storePorts.qdrant.http}`,
      QDRANT_REPLICATION_FACTOR: copiesOf(vectors, "qdrant"),
    }),
    ...(inCluster.includes("weaviate") && {
      WEAVIATE_ENDPOINT: `http://${host("weaviate")}:${http}`,
      WEAVIATE_GRPC_ENDPOINT: `grpc://${host("weaviate")}:${grpc}`,
    }),
  };
}

/** Names of the secrets with which the API's processes use them, by environment variable. That of KubeBlocks takes no key. */
export function vectorSecrets(settings: Pick<DifySettings, "vectors">): Readonly<Record<string, string>> {
  return Object.fromEntries(
    storesInCluster(settings)
      .filter((store) => !storeByKubeBlocks(settings, store))
      .map((store) => [`${store.toUpperCase()}_API_KEY`, storeKeys[store]]),
  );
}
