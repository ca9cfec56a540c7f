import type { DataCluster, DataClusterPart, DataRedis } from "../app-gke/application-config";
import { secretNames } from "./secrets";
import { brokerBySentinel, SENTINEL_PART } from "./sentinels";
import type { DifySettings } from "./settings";
import { storeByKubeBlocks, storePorts, storesInCluster } from "./vector-stores";

/** @returns databases that KubeBlocks runs: docs/kubeblocks.md */
export function dataClusters(settings: DifySettings): readonly DataCluster[] {
  return [...postgresql(settings), ...redis(settings), ...qdrant(settings)];
}

/** @param database as `kubeblocks_clusters` names it */
function restoredCluster(database: "postgresql" | "qdrant" | "redis", number = 0): DataCluster["restored"] {
  return number === 0 ? undefined : { number, named: `kubeblocks_clusters.${database}.restored` };
}

/** Name of PostgreSQL's data cluster, of its part and of that one's Service. */
export const POSTGRESQL = "postgresql";
/** Its own port, that of Patroni, which decides which pod is the primary, and that of its exporter. */
const POSTGRESQL_PORTS = { postgresql: 5432, patroni: 8008, exporter: 9187 } as const;

/**
 * A primary and its replicas. Its Service leads to the primary alone.
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/postgresql/templates/cmpd.yaml
 */
function postgresql({ database }: DifySettings): readonly DataCluster[] {
  if (!database.kubeblocks) return [];
  const { restored, ...kubeblocks } = database.kubeblocks;
  const { exporter, patroni, postgresql: port } = POSTGRESQL_PORTS;
  return [
    {
      name: POSTGRESQL,
      definition: "postgresql",
      topology: "replication",
      backupMethod: "pg-basebackup",
      restored: restoredCluster("postgresql", restored),
      parts: [
        {
          name: POSTGRESQL,
          service: "postgresql",
          ...kubeblocks,
          // Nobody uses the pooler, to which policies stay closed.
          ports: [
            { name: "postgresql", containerPort: port },
            { name: "patroni", containerPort: patroni, openTo: [POSTGRESQL] },
          ],
          metrics: {
            port: exporter,
            portName: "http-metrics",
            names: [
              "pg_up",
              "pg_database_size_bytes",
              "pg_stat_database_numbackends",
              "pg_stat_database_deadlocks_total",
            ],
          },
          named: {
            replicas: "kubeblocks_clusters.postgresql.replicas",
            storage: "kubeblocks_clusters.postgresql.storage_gb",
            version: "kubeblocks_clusters.postgresql.version",
          },
          keepsMajor:
            "PostgreSQL does not read the files of another major version, and KubeBlocks does not convert them.",
        },
      ],
    },
  ];
}

/** The part that is Redis, as the topology names it. */
export const REDIS_PART = "redis";
/** Their user that may do everything, and the only one that the addon makes for clients: of Redis, and of the sentinels. */
const REDIS_USER = "default";

/** @returns which of the data clusters is the Redis in use. `undefined`: it is none of them */
export function redisInCluster(settings: Pick<DifySettings, "redisPassword" | "redisCluster">): DataRedis | undefined {
  if (settings.redisPassword.type !== "kubeblocks") return undefined;
  return { part: REDIS_PART, ...(brokerBySentinel(settings) && { sentinels: SENTINEL_PART }) };
}

/**
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/redis/templates/cmpd-redis.yaml
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/redis/templates/cmpd-redis-sentinel.yaml
 */
function redis(settings: DifySettings): readonly DataCluster[] {
  const { redisCluster: given } = settings;
  if (!given) return [];
  const named = (path: string): DataClusterPart["named"] => ({
    replicas: `kubeblocks_clusters.redis.${path}replicas`,
    storage: `kubeblocks_clusters.redis.${path}storage_gb`,
    version: "kubeblocks_clusters.redis.version",
  });
  const { restored, ...own } = given.redis;
  const { version } = own;
  const used = redisInCluster(settings) !== undefined;
  return [
    {
      name: "redis",
      definition: "redis",
      topology: "replication",
      backupMethod: "datafile",
      restored: restoredCluster("redis", restored),
      parts: [
        {
          name: REDIS_PART,
          service: "redis",
          ...own,
          ports: [{ name: "redis", containerPort: 6379 }],
          login: {
            account: REDIS_USER,
            passwordSecret: used ? secretNames.redisPassword : secretNames.earlierRedisPassword,
          },
          // The project has an exporter of its own, where what it tells is collected.
          exporter: false,
          named: named(""),
        },
        {
          name: SENTINEL_PART,
          service: "redis-sentinel",
          version,
          ...given.sentinel,
          ports: [{ name: "sentinel", containerPort: 26379 }],
          // Whether Celery has it or not: what was made with a shorter one would keep that.
          login: { account: REDIS_USER, passwordSecret: secretNames.redisSentinelPassword },
          named: named("sentinel."),
          // https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/redis/scripts/redis-sentinel-member-join.sh#L240
          addsNoPods: "The addon tells only the first sentinels what to watch: new ones would watch nothing.",
        },
      ],
    },
  ];
}

/**
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/qdrant/templates/cmpd.yaml
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/qdrant/scripts/qdrant-member-leave.sh
 */
function qdrant(settings: DifySettings): readonly DataCluster[] {
  const given = settings.vectors?.kubeblocks;
  if (!given || !storesInCluster(settings).some((store) => storeByKubeBlocks(settings, store))) return [];
  const { restored, ...kubeblocks } = given;
  const { http, grpc, peers } = storePorts.qdrant;
  return [
    {
      name: "qdrant",
      definition: "qdrant",
      topology: "cluster",
      backupMethod: "datafile",
      restored: restoredCluster("qdrant", restored),
      parts: [
        {
          name: "qdrant",
          service: "qdrant",
          ...kubeblocks,
          ports: [
            { name: "http", containerPort: http },
            { name: "grpc", containerPort: grpc },
            { name: "p2p", containerPort: peers.p2p, openTo: ["qdrant"] },
          ],
          // The store's own port: it has no exporter.
          metrics: {
            port: http,
            portName: "tcp-qdrant",
            names: [
              "collections_total",
              "collections_vector_total",
              "cluster_pending_operations_total",
              "rest_responses_fail_total",
            ],
          },
          named: {
            replicas: "kubeblocks_clusters.qdrant.replicas",
            storage: "kubeblocks_clusters.qdrant.storage_gb",
            version: "kubeblocks_clusters.qdrant.version",
          },
          keepsPods:
            "KubeBlocks moves what is on a pod that goes to the leader, and waits without end where the leader has a copy of it, as " +
            "with two copies of each vector.",
        },
      ],
    },
  ];
}
