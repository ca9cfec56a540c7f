import type { Given } from "./given";
import type { RuleCase } from "./rule-case";

const QDRANT: Given = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } };
const POSTGRESQL: Given = { data_services: { postgresql: "kubeblocks" }, enable_portable_backups: true };
const QUOTA: Given = {
  enable_resource_quota: true,
  quota_cpu_requests: "60",
  quota_cpu_limits: "60",
  quota_memory_requests: "120Gi",
  quota_memory_limits: "120Gi",
  quota_max_pods: "60",
  quota_max_services: "20",
};

const REDIS: Given = { data_services: { redis: "kubeblocks" } };
const FROM_REDIS: Given = { redis_service: "memorystore", redis_moves_from: "kubeblocks" };
const redis = (given: object): Given => ({ kubeblocks_clusters: { redis: given } });
const BY_SENTINEL: Given = { ...REDIS, ...redis({ broker_by_sentinel: true }) };
const BY_SERVICE: Given = { ...REDIS, ...redis({ broker_by_sentinel: false }) };
const env = (variables: Readonly<Record<string, string>>): Given => ({ environment_variables: variables });
const ofApi = (settings: object): Given => ({ component_settings: { api: settings } });

/** Databases by KubeBlocks. */
export const dataServiceCases: readonly RuleCase[] = [
  {
    id: "data-services-used",
    breaks: [
      { data_services: { qdrant: "kubeblocks" } },
      { data_services: { qdrant: "kubeblocks" }, vector_store: "weaviate" },
    ],
    holds: [
      QDRANT,
      { ...QDRANT, vector_store: "pgvector", vector_store_moves_from: "qdrant" },
      { vector_store: "qdrant" },
    ],
  },
  {
    id: "data-services-odd",
    breaks: [{ ...QDRANT, kubeblocks_clusters: { qdrant: { replicas: 4 } } }],
    holds: [
      { ...QDRANT, kubeblocks_clusters: { qdrant: { replicas: 5 } } },
      { vector_store: "qdrant", vector_store_replicas: 3 },
    ],
  },
  {
    id: "data-services-sized",
    breaks: [
      { ...QDRANT, kubeblocks_clusters: { redis: { cpu: "1" } } },
      { ...POSTGRESQL, kubeblocks_clusters: { qdrant: { restarts: 1 } } },
      { ...REDIS, kubeblocks_clusters: { redis: { cpu: "1" }, postgresql: { restored: 1 } } },
      { ...QDRANT, kubeblocks_clusters: { redis: { sentinel: { memory: "512Mi" } } } },
    ],
    holds: [
      { ...QDRANT, kubeblocks_clusters: { qdrant: { cpu: "2" }, redis: {} } },
      { ...FROM_REDIS, kubeblocks_clusters: { redis: { cpu: "1" } } },
      { kubeblocks_clusters: { redis: { cpu: "1" } } },
    ],
  },
  {
    id: "data-services-operator-idle",
    breaks: [{ install_operators: ["kubeblocks"] }, { install_operators: ["kubeblocks"], vector_store: "qdrant" }],
    holds: [
      { ...QDRANT, install_operators: ["kubeblocks"] },
      { ...POSTGRESQL, install_operators: ["kubeblocks"] },
      { ...REDIS, install_operators: ["kubeblocks"] },
      // Another rule refuses this, so the operator is not to be taken out.
      { ...REDIS, enable_redis: false, install_operators: ["kubeblocks"] },
      { ...FROM_REDIS, install_operators: ["kubeblocks"] },
      QDRANT,
      { install_operators: ["external-secrets"] },
    ],
  },
  {
    id: "data-services-quota",
    breaks: [
      { ...QDRANT, ...QUOTA },
      { ...POSTGRESQL, ...QUOTA },
      { ...REDIS, ...QUOTA },
    ],
    holds: [QDRANT, POSTGRESQL, QUOTA],
  },
  {
    id: "data-services-postgresql-google-only",
    breaks: [
      { ...POSTGRESQL, sql_instance_name: "shared", network_name: "shared" },
      { ...POSTGRESQL, sql_tier: "db-custom-4-15360" },
      { ...POSTGRESQL, sql_database_flags: { log_min_duration_statement: "1000" } },
      { ...POSTGRESQL, sql_availability_type: "REGIONAL" },
      { ...POSTGRESQL, database_type: "POSTGRES_17" },
      { ...POSTGRESQL, database_authentication: "iam" },
      { ...POSTGRESQL, enable_auto_password_rotation: true },
      {
        ...POSTGRESQL,
        enable_custom_sql_scripts: true,
        custom_sql_scripts_bucket: "acme-sql",
        custom_sql_scripts_use_root: true,
      },
    ],
    holds: [
      POSTGRESQL,
      { sql_tier: "db-custom-4-15360", database_authentication: "iam" },
      { ...POSTGRESQL, enable_custom_sql_scripts: true, custom_sql_scripts_bucket: "acme-sql" },
    ],
  },
  {
    id: "data-services-postgresql-handed-over",
    breaks: [{ ...POSTGRESQL, handed_over_services: ["sql_instance"] }],
    holds: [{ handed_over_services: ["sql_instance"] }, POSTGRESQL],
  },
  {
    id: "data-services-postgresql-names",
    breaks: [
      { ...POSTGRESQL, db_user: "kbadmin" },
      { ...POSTGRESQL, db_user: "standby" },
    ],
    holds: [{ db_user: "standby" }, { ...POSTGRESQL, db_user: "dify" }],
  },
  {
    id: "data-services-postgresql-prepared",
    breaks: [{ ...POSTGRESQL, initialization_jobs: [{ name: "db-init", command: ["true"] }] }],
    holds: [
      { initialization_jobs: [{ name: "db-init", command: ["true"] }] },
      { ...POSTGRESQL, initialization_jobs: [{ name: "mine", command: ["true"] }] },
    ],
  },
  {
    id: "data-services-postgresql-version",
    breaks: [{ ...POSTGRESQL, kubeblocks_clusters: { postgresql: { version: "12.22.0" } } }],
    holds: [
      { ...POSTGRESQL, kubeblocks_clusters: { postgresql: { version: "14.18.0" } } },
      { kubeblocks_clusters: { postgresql: { version: "12.22.0" } } },
    ],
  },
  {
    id: "data-services-postgresql-dumped",
    breaks: [{ ...POSTGRESQL, kubeblocks_clusters: { postgresql: { version: "17.5.0" } } }],
    holds: [
      POSTGRESQL,
      {
        ...POSTGRESQL,
        enable_portable_backups: false,
        kubeblocks_clusters: { postgresql: { version: "17.5.0" } },
      },
    ],
  },
  {
    id: "data-services-postgresql-unsaved",
    breaks: [{ ...POSTGRESQL, enable_portable_backups: false }],
    holds: [POSTGRESQL, { ...POSTGRESQL, enable_portable_backups: false, kubeblocks_backups: true }, {}],
  },
  {
    id: "data-services-backups-used",
    breaks: [{ kubeblocks_backups: true }, { kubeblocks_backups: true, vector_store: "qdrant" }],
    holds: [{ ...QDRANT, kubeblocks_backups: true }, { ...POSTGRESQL, kubeblocks_backups: true }, QDRANT],
  },
  {
    id: "data-services-backups-locked",
    breaks: [{ ...QDRANT, kubeblocks_backups: true, lock_portable_backups: true }],
    holds: [
      { ...QDRANT, kubeblocks_backups: true },
      { ...QDRANT, enable_portable_backups: true, lock_portable_backups: true },
    ],
  },
  {
    id: "data-services-backups-meshed",
    breaks: [{ ...QDRANT, kubeblocks_backups: true, configure_service_mesh: true }],
    holds: [
      { ...QDRANT, configure_service_mesh: true },
      { ...QDRANT, kubeblocks_backups: true },
    ],
  },
  {
    id: "data-services-postgresql-stored-login",
    breaks: [
      {
        ...POSTGRESQL,
        secrets_delivery: "external-secrets",
        secret_versions: "newest",
        secret_store_values: { "db-password": { store: "vault", key: "dify/database" } },
      },
    ],
    holds: [
      { ...POSTGRESQL, secrets_delivery: "external-secrets", secret_versions: "newest" },
      {
        secrets_delivery: "external-secrets",
        secret_versions: "newest",
        secret_store_values: { "db-password": { store: "vault", key: "dify/database" } },
      },
    ],
  },
  {
    id: "data-services-redis-once",
    breaks: [
      { ...REDIS, redis_service: "memorystore" },
      { ...REDIS, redis_service: "file_server" },
      { ...REDIS, redis_service: "external", redis_host: "10.0.0.3" },
    ],
    holds: [REDIS, FROM_REDIS, { ...REDIS, redis_host: "10.0.0.3", redis_moves_from: "external" }],
  },
  {
    id: "data-services-redis-replica",
    breaks: [
      { ...REDIS, ...redis({ replicas: 1 }) },
      { ...FROM_REDIS, ...redis({ replicas: 1 }) },
    ],
    holds: [REDIS, { ...REDIS, ...redis({ replicas: 4 }) }],
  },
  {
    id: "data-services-redis-sentinels",
    breaks: [1, 2, 4].map((replicas) => ({ ...REDIS, ...redis({ sentinel: { replicas } }) })),
    holds: [REDIS, { ...REDIS, ...redis({ sentinel: { replicas: 5 } }) }],
  },
  {
    id: "data-services-redis-tls",
    breaks: [
      { ...REDIS, ...env({ REDIS_USE_SSL: "True" }) },
      { ...REDIS, ...ofApi({ environment: { REDIS_USE_SSL: "1" } }) },
    ],
    holds: [{ ...REDIS, ...env({ REDIS_USE_SSL: "false" }) }],
  },
  {
    id: "data-services-redis-user",
    breaks: [
      { ...REDIS, ...env({ REDIS_USERNAME: "dify" }) },
      { ...REDIS, secret_environment_variables: { REDIS_USERNAME: "redis-user" } },
      { ...REDIS, ...ofApi({ secret_environment: { REDIS_USERNAME: "redis-user" } }) },
    ],
    holds: [REDIS],
  },
  {
    id: "data-services-redis-broker",
    breaks: [
      { ...BY_SENTINEL, ...env({ CELERY_USE_SENTINEL: "false" }) },
      { ...BY_SENTINEL, ...ofApi({ environment: { CELERY_SENTINEL_MASTER_NAME: "mymaster" } }) },
      { ...BY_SENTINEL, secret_environment_variables: { CELERY_SENTINEL_PASSWORD: "sentinel-password" } },
    ],
    holds: [
      { ...BY_SENTINEL, ...env({ CELERY_SENTINEL_SOCKET_TIMEOUT: "3" }) },
      { ...BY_SERVICE, ...env({ CELERY_USE_SENTINEL: "false" }) },
    ],
  },
  {
    id: "data-services-redis-sentinel-seconds",
    breaks: [
      { ...BY_SENTINEL, ...env({ CELERY_SENTINEL_SOCKET_TIMEOUT: "0" }) },
      { ...BY_SENTINEL, ...ofApi({ environment: { CELERY_SENTINEL_SOCKET_TIMEOUT: "a second" } }) },
    ],
    holds: [
      { ...BY_SENTINEL, ...env({ CELERY_SENTINEL_SOCKET_TIMEOUT: "0.5" }) },
      { ...BY_SERVICE, ...env({ CELERY_SENTINEL_SOCKET_TIMEOUT: "0" }) },
    ],
  },
  {
    id: "data-services-redis-queue-monitor",
    breaks: [
      { ...BY_SENTINEL, ...env({ ENABLE_DATASETS_QUEUE_MONITOR: "true" }) },
      { ...BY_SENTINEL, ...ofApi({ environment: { ENABLE_DATASETS_QUEUE_MONITOR: "1" } }) },
    ],
    holds: [
      { ...BY_SENTINEL, ...env({ ENABLE_DATASETS_QUEUE_MONITOR: "false" }) },
      { ...BY_SERVICE, ...env({ ENABLE_DATASETS_QUEUE_MONITOR: "true" }) },
    ],
  },
];
