import { KEY_PURPOSES } from "../../../modules/app-gke/google/encryption";
import { cases, type EffectCases } from "./effect-case";

const GOOGLE = { deploy_application: false };
const CUSTOM_SQL = { enable_custom_sql_scripts: true, custom_sql_scripts_bucket: "company-sql" };
const NAMED_FILE_SERVER = { ...GOOGLE, network_name: "shared", nfs_instance_name: "shared" };
const NO_FILE_SERVER = { enable_nfs: false, redis_host: "10.0.0.3" };
const NAMED_SQL = { ...GOOGLE, network_name: "shared", sql_instance_name: "shared" };
const NO_REPOSITORY = { ...GOOGLE, enable_image_mirroring: false };
const BUCKET = {
  ...GOOGLE,
  deletion_protection: false,
  storage_buckets: [
    {
      name_suffix: "data",
      lifecycle_rules: [{ action: { type: "Delete" }, condition: { age: 30 } }],
      cors: [{ origin: ["https://a.example.com"], method: ["GET"] }],
    },
  ],
};

const KEY_RING = "projects/key-project/locations/us-central1/keyRings/dify";
const NAMED_KEYS = {
  ...GOOGLE,
  log_retention_days: 30,
  redis_service: "memorystore",
  customer_managed_keys: ["all"],
  kms_key_ring: KEY_RING,
};

const KUBEBLOCKS = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } };
const REDIS_BY_KUBEBLOCKS = { data_services: { redis: "kubeblocks" } };
const IMPORT = { enable_backup_import: true, backup_uri: "gs://bucket/file" };

/** Counts alone, and not where one is named or there is none. */
function both(without: EffectCases, values: Readonly<Record<string, unknown>>, ...elsewhere: readonly object[]) {
  return {
    ...without,
    ...Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        [{ value, with: GOOGLE }, ...elsewhere.map((together) => ({ value, with: together }))],
      ]),
    ),
  } satisfies EffectCases;
}

/** Groups 13, 14 (without the probes), 16, 17 and 18. */
export const dataEffects: EffectCases = {
  enable_nfs: { value: false, with: { redis_host: "10.0.0.3" } },
  nfs_mount_path: [{ value: "/files" }, { value: "/files", with: NO_FILE_SERVER }],
  nfs_volume_name: [{ value: "files" }, { value: "files", with: NO_FILE_SERVER }],
  filestore_tier: { value: "ZONAL", with: { ...GOOGLE, enable_portable_backups: true } },
  filestore_capacity_gb: [{ value: 2048, with: { ...GOOGLE, filestore_tier: "ZONAL" } }, { value: 2048 }],
  files_move_from: { value: "file_server", with: { filestore_tier: "ZONAL" } },
  filestore_name: { value: "share", with: { filestore_location: "us-central1-b" } },
  filestore_location: {
    value: "us-central1-c",
    with: { filestore_name: "share", filestore_location: "us-central1-b" },
  },
  nfs_instance_name: [
    { value: "shared", with: { ...GOOGLE, network_name: "shared" } },
    { value: "shared", with: { ...NO_FILE_SERVER, network_name: "shared" } },
  ],
  ...both(
    {},
    { nfs_instance_base_name: "other", nfs_machine_type: "e2-medium", nfs_disk_size_gb: 100 },
    NAMED_FILE_SERVER,
    NO_FILE_SERVER,
  ),
  nfs_instance_zone: [
    { value: "us-central1-c", with: GOOGLE },
    { value: "us-central1-c", with: NO_FILE_SERVER },
  ],
  nfs_redis_guests: [
    { value: { qa: 7801 }, with: GOOGLE },
    { value: { qa: 7801 }, with: NAMED_FILE_SERVER },
    { value: { qa: 7801 }, with: NO_FILE_SERVER },
  ],
  redis_password_overlap_hours: [
    { value: 24, with: GOOGLE },
    { value: 24, with: NAMED_FILE_SERVER },
    { value: 24, with: NO_FILE_SERVER },
  ],
  nfs_share_path: [{ value: "/other" }, { value: "/other", with: NO_FILE_SERVER }],
  create_cloud_storage: { value: false, with: GOOGLE },
  storage_buckets: [
    { value: [{ name_suffix: "more" }], with: GOOGLE },
    { value: [{ name_suffix: "more" }], with: { ...GOOGLE, create_cloud_storage: false } },
  ],
  ...cases(
    BUCKET,
    {
      name_suffix: "other",
      location: "EU",
      storage_class: "NEARLINE",
      versioning_enabled: false,
      lifecycle_rules: [],
      "lifecycle_rules[].action.type": "AbortIncompleteMultipartUpload",
      "lifecycle_rules[].action.storage_class": "COLDLINE",
      "lifecycle_rules[].condition.age": 31,
      "lifecycle_rules[].condition.created_before": "2026-01-31",
      "lifecycle_rules[].condition.with_state": "ARCHIVED",
      "lifecycle_rules[].condition.matches_storage_class": ["STANDARD"],
      "lifecycle_rules[].condition.num_newer_versions": 3,
      "lifecycle_rules[].condition.days_since_noncurrent_time": 3,
      public_access_prevention: "inherited",
      uniform_bucket_level_access: false,
      cors: [],
      "cors[].origin": ["https://b.example.com"],
      "cors[].method": ["PUT"],
      "cors[].response_header": ["ETag"],
      "cors[].max_age_seconds": 60,
    },
    "storage_buckets[].",
  ),
  "storage_buckets[].force_destroy": [
    { value: true, with: BUCKET },
    { value: true, with: { ...BUCKET, deletion_protection: true } },
  ],
  ...cases(GOOGLE, {
    manage_storage_kms_iam: true,
    enable_artifact_registry_cmek: true,
    customer_managed_keys: ["all"],
  }),
  kms_key_ring: [
    { value: KEY_RING, with: { ...GOOGLE, customer_managed_keys: ["all"] } },
    { value: KEY_RING, with: GOOGLE },
  ],
  kms_rotation_period: [
    { value: "2592000s", with: { ...GOOGLE, customer_managed_keys: ["all"] } },
    { value: "2592000s", with: NAMED_KEYS },
  ],
  create_kms_grants: [
    { value: false, with: NAMED_KEYS },
    { value: false, with: { ...GOOGLE, customer_managed_keys: ["all"] } },
  ],
  ...cases(NAMED_KEYS, Object.fromEntries(KEY_PURPOSES.map((purpose) => [purpose, "another"])), "kms_key_names."),
  "kms_key_names.filestore": { value: "another", with: { ...NAMED_KEYS, filestore_tier: "ZONAL" } },
  ...both({}, { max_images_to_retain: 3, delete_untagged_images: false, image_retention_days: 60 }, NO_REPOSITORY),
  db_name: { value: "other" },
  db_user: { value: "other" },
  db_password_env_var_name: { value: "PGPASSWORD" },
  db_host_env_var_name: { value: "PGHOST" },
  db_user_env_var_name: { value: "PGUSER" },
  db_name_env_var_name: { value: "PGDATABASE" },
  db_port_env_var_name: { value: "PGPORT" },
  ...cases(GOOGLE, {
    database_password_length: 40,
    database_type: "POSTGRES_16",
    application_database_name: "other",
    application_database_user: "other",
    enable_mysql_plugins: true,
    mysql_plugins: ["validate_password"],
  }),
  enable_postgres_extensions: { value: true, with: { postgres_extensions: ["pg_trgm"] } },
  postgres_extensions: { value: ["pg_trgm"], with: { enable_postgres_extensions: true } },
  enable_auto_password_rotation: { value: true },
  database_authentication: { value: "iam" },
  database_authentication_from: [{ value: "password", with: { database_authentication: "iam" } }, { value: "iam" }],
  rotation_propagation_delay_sec: { value: 120, with: { enable_auto_password_rotation: true } },
  enable_custom_sql_scripts: { value: true, with: { custom_sql_scripts_bucket: "my-scripts" } },
  custom_sql_scripts_bucket: { value: "other-scripts", with: CUSTOM_SQL },
  custom_sql_scripts_path: { value: "sql", with: CUSTOM_SQL },
  custom_sql_scripts_use_root: { value: true, with: CUSTOM_SQL },
  enable_portable_backups: { value: true, with: {} },
  database_maintenance_schedule: { value: "0 3 * * 0" },
  ...cases(
    { database_maintenance_schedule: "0 3 * * 0" },
    { database_maintenance_tasks: ["report"], database_maintenance_minutes: 30 },
  ),
  portable_backup_location: { value: "eu", with: { enable_portable_backups: true } },
  lock_portable_backups: { value: true, with: { enable_portable_backups: true } },
  backup_rehearsal_schedule: { value: "0 4 1 * *", with: { enable_portable_backups: true } },
  enable_backup_import: { value: true, with: { backup_uri: "gs://bucket/file" } },
  backup_source: { value: "gdrive", with: IMPORT },
  backup_uri: { value: "gs://other/file", with: IMPORT },
  backup_format: { value: "auto", with: IMPORT },
  backup_file: { value: "dump.sql", with: { enable_backup_import: true, backup_uri: "gs://bucket/old/" } },
  replace_all_data_with_backup_sha256: { value: "0".repeat(64), with: IMPORT },
  take_over_databases: { value: true, with: GOOGLE },
  sql_edition: [
    // With its machines: the tier alone would be refused.
    { value: "ENTERPRISE_PLUS" },
    { value: "ENTERPRISE_PLUS", with: NAMED_SQL },
  ],
  vector_store: { value: "qdrant" },
  ...cases({ vector_store: "weaviate" }, { vector_store_replicas: 3, vector_store_disk_gb: 50 }),
  vector_store_drained_from: { value: 3, with: { vector_store: "qdrant" } },
  vector_store_moves_from: { value: "pgvector", with: { vector_store: "qdrant" } },
  "data_services.postgresql": { value: "kubeblocks", with: { data_services: {} } },
  database_moves_from: { value: "nothing" },
  "data_services.qdrant": { value: "kubeblocks", with: { vector_store: "qdrant", data_services: {} } },
  kubeblocks_backups: { value: true, with: KUBEBLOCKS },
  kubeblocks_namespace: { value: "databases", with: KUBEBLOCKS },
  ...cases(
    { ...KUBEBLOCKS, kubeblocks_clusters: { qdrant: {} } },
    { replicas: 5, cpu: "2", memory: "8Gi", storage_gb: 50, version: "1.13.4", restarts: 1, restored: 1 },
    "kubeblocks_clusters.qdrant.",
  ),
  ...cases(
    { data_services: { postgresql: "kubeblocks" }, kubeblocks_clusters: { postgresql: {} } },
    { replicas: 3, cpu: "2", memory: "8Gi", storage_gb: 50, version: "15.7.0", restarts: 1, restored: 1 },
    "kubeblocks_clusters.postgresql.",
  ),
  "data_services.redis": { value: "kubeblocks", with: { data_services: {} } },
  ...cases(
    { ...REDIS_BY_KUBEBLOCKS, kubeblocks_clusters: { redis: {} } },
    { replicas: 3, cpu: "1", memory: "2Gi", storage_gb: 50, version: "7.4.7", restarts: 1, restored: 1 },
    "kubeblocks_clusters.redis.",
  ),
  "kubeblocks_clusters.redis.broker_by_sentinel": {
    value: true,
    with: { ...REDIS_BY_KUBEBLOCKS, kubeblocks_clusters: { redis: {} } },
  },
  ...cases(
    { ...REDIS_BY_KUBEBLOCKS, kubeblocks_clusters: { redis: { sentinel: {} } } },
    { replicas: 5, cpu: "0.5", memory: "512Mi", storage_gb: 50, restarts: 1 },
    "kubeblocks_clusters.redis.sentinel.",
  ),
  sql_connection_pooling: [
    { value: true, with: { sql_edition: "ENTERPRISE_PLUS", sql_tier: "db-perf-optimized-N-4" } },
    { value: true, with: NAMED_SQL },
  ],
  sql_read_pool_nodes: [
    { value: 2, with: { sql_edition: "ENTERPRISE_PLUS", sql_tier: "db-perf-optimized-N-4" } },
    { value: 2, with: NAMED_SQL },
  ],
  sql_instance_name: { value: "shared", with: { ...GOOGLE, network_name: "shared" } },
  ...both(
    {},
    {
      sql_instance_base_name: "other",
      sql_tier: "db-custom-4-15360",
      sql_availability_type: "REGIONAL",
      sql_disk_size_gb: 40,
      sql_database_flags: { max_connections: "300" },
      backup_location: "europe-west3",
    },
    NAMED_SQL,
  ),
  ...both(
    {},
    { backup_schedule: "0 4 * * *", backup_retention_days: 14 },
    { ...NAMED_SQL, nfs_instance_name: "shared" },
    { ...NAMED_SQL, ...NO_FILE_SERVER },
  ),
};
