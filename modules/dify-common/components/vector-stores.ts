import type { Component, Port, Probes } from "../../app-gke/application-config";
import { sized } from "../component-settings";
import { STORAGE_BUCKET } from "../environment";
import { patient } from "../probes";
import { facts } from "../releases";
import type { DifySettings, VectorStoreSettings } from "../settings";
import { PODS, script } from "./pod-scripts";
import { storeByKubeBlocks, copiesOf, storePodNames, storeKeys, storePorts, storesInCluster } from "../vector-stores";

/** Folder of the bucket with their copies. */
export const VECTOR_BACKUPS = "vector-backups";
/** Where a pod's disk is. */
const DATA = "/data";
/** User and group of the processes: both images run as any. */
const USER = 1000;

/** StatefulSets whose pods have a disk each and find each other: docs/vectors.md. */
export function vectorStoreComponents(settings: DifySettings): Component[] {
  const { vectors } = settings;
  if (!vectors) return [];
  const own = storesInCluster(settings).filter((store) => !storeByKubeBlocks(settings, store));
  return own.map((store) => {
    const { image, tag } = facts.vectorStores[store];
    const { http, grpc, peers } = storePorts[store];
    return {
      name: store,
      image: `${image}:${tag}`,
      ports: [
        { name: "http", containerPort: http },
        { name: "grpc", containerPort: grpc },
        // Weaviate's pods tell each other by UDP, too, who is there.
        ...Object.entries(peers).map(([name, containerPort]): Port => ({
          name,
          containerPort,
          openTo: [store],
          udp: name === "gossip",
        })),
      ],
      ...sized(
        { resources: { cpu: "500m", memory: "2Gi" }, scaling: { type: "fixed", replicas: vectors.replicas } as const },
        settings.components[store],
      ),
      statefulSet: {
        volumes: [{ name: "vectors", mountPath: DATA, size: `${vectors.diskGb}Gi`, sizeNamed: vectors.diskNamed }],
        // All at once: after a stop of all, none is ready before it has found others.
        podManagement: "Parallel",
      },
      scratch: [{ name: "tmp", mountPath: "/tmp" }],
      security: { runAsUser: USER },
      guarded: true,
      terminationGracePeriodSeconds: 60,
      drainSeconds: 5,
      ...{ qdrant, weaviate }[store](settings, vectors),
      talksTo: [store],
    };
  });
}

/**
 * Always as a cluster, of one pod as well: more pods can join later.
 * @see https://qdrant.tech/documentation/guides/configuration/
 */
function qdrant(settings: DifySettings): Pick<Component, "command" | "files" | "environment" | "secrets" | "probes"> {
  const { http, grpc, peers } = storePorts.qdrant;
  return {
    // The image's entry point, told which pod it is.
    command: ["bash", `${PODS}/start-qdrant.sh`],
    files: [script("start-qdrant.sh")],
    environment: () => ({
      PEERS: storePodNames(settings, "qdrant").peers,
      P2P: String(peers.p2p),
      QDRANT__CLUSTER__ENABLED: "true",
      QDRANT__CLUSTER__P2P__PORT: String(peers.p2p),
      QDRANT__SERVICE__HTTP_PORT: String(http),
      QDRANT__SERVICE__GRPC_PORT: String(grpc),
      QDRANT__STORAGE__STORAGE_PATH: `${DATA}/storage`,
      QDRANT__STORAGE__SNAPSHOTS_PATH: `${DATA}/snapshots`,
      QDRANT_INIT_FILE_PATH: "/tmp/.qdrant-initialized",
      QDRANT__TELEMETRY_DISABLED: "true",
    }),
    secrets: { QDRANT__SERVICE__API_KEY: storeKeys.qdrant },
    probes: probes("/readyz", "/livez", http),
  };
}

/** @see https://docs.weaviate.io/deploy/configuration/env-vars */
function weaviate(
  settings: DifySettings,
  vectors: VectorStoreSettings,
): Pick<Component, "environment" | "secrets" | "probes" | "needs"> {
  const { http, grpc, peers } = storePorts.weaviate;
  const names = storePodNames(settings, "weaviate");
  return {
    environment: ({ bucket, projectId }) => ({
      PERSISTENCE_DATA_PATH: DATA,
      GRPC_PORT: String(grpc),
      CLUSTER_GOSSIP_BIND_PORT: String(peers.gossip),
      CLUSTER_DATA_BIND_PORT: String(peers.data),
      CLUSTER_JOIN: `${names.peers}:${peers.gossip}`,
      CLUSTER_BASIC_AUTH_USERNAME: "weaviate",
      RAFT_PORT: String(peers.raft),
      RAFT_INTERNAL_RPC_PORT: String(peers["raft-rpc"]),
      // By the names that pods have as hosts.
      RAFT_JOIN: Array.from({ length: vectors.replicas }, (_, number) => `${names.pod}-${number}`).join(","),
      RAFT_BOOTSTRAP_EXPECT: String(vectors.replicas),
      REPLICATION_MINIMUM_FACTOR: copiesOf(vectors, "weaviate"),
      AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: "false",
      AUTHENTICATION_APIKEY_ENABLED: "true",
      AUTHENTICATION_APIKEY_USERS: "dify",
      AUTHORIZATION_ADMINLIST_ENABLED: "true",
      AUTHORIZATION_ADMINLIST_USERS: "dify",
      DEFAULT_VECTORIZER_MODULE: "none",
      // As in Dify's own compose file.
      QUERY_DEFAULTS_LIMIT: "25",
      ENABLE_MODULES: "backup-gcs",
      BACKUP_GCS_BUCKET: bucket(STORAGE_BUCKET),
      BACKUP_GCS_PATH: `${VECTOR_BACKUPS}/weaviate`,
      GOOGLE_CLOUD_PROJECT: projectId,
      LIMIT_RESOURCES: "true",
      DISABLE_TELEMETRY: "true",
    }),
    secrets: {
      AUTHENTICATION_APIKEY_ALLOWED_KEYS: storeKeys.weaviate,
      CLUSTER_BASIC_AUTH_PASSWORD: storeKeys.weaviate,
    },
    probes: probes("/v1/.well-known/ready", "/v1/.well-known/live", http),
    // It writes its own backups to the bucket.
    needs: { googleApis: true },
  };
}

/** Loading what is on the disk takes minutes where it is much. */
function probes(ready: string, live: string, port: number): Probes {
  return {
    startup: { check: { type: "http", path: live, port }, periodSeconds: 5, failureThreshold: 120 },
    readiness: { check: { type: "http", path: ready, port }, timeoutSeconds: 5 },
    liveness: { check: { type: "http", path: live, port }, ...patient },
  };
}
