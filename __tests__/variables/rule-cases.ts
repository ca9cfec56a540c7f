import type { Given } from "./environment";

/** Values that break a rule, and values next to them that do not. */
export interface RuleCase {
  readonly id: string;
  readonly breaks: readonly Given[];
  readonly holds: readonly Given[];
  /** Problems that each of `breaks` makes. @default 1 */
  readonly count?: number;
  /** The variable that it is shown at. */
  readonly shows?: string;
}

const env = (environment_variables: Readonly<Record<string, string>>): Given => ({ environment_variables });
const service = (fields: object): Given => ({
  additional_services: [{ name: "tika", image: "apache/tika:2.9.2", port: 9998, ...fields }],
});
const job = (...jobs: object[]): Given => ({
  initialization_jobs: jobs.map((fields, index) => ({ name: `job-${index}`, image: "busybox:1.37", ...fields })),
});
const cron = (fields: object): Given => ({ cron_jobs: [{ name: "clean", schedule: "0 3 * * *", ...fields }] });

export const cases: readonly RuleCase[] = [
  {
    id: "services-named",
    count: 4,
    breaks: [{ require_services_gcp_module: true }],
    holds: [
      { require_services_gcp_module: false },
      {
        require_services_gcp_module: true,
        network_name: "n",
        gke_cluster_name: "c",
        sql_instance_name: "s",
        nfs_instance_name: "f",
      },
      {
        require_services_gcp_module: true,
        network_name: "n",
        gke_cluster_name: "c",
        sql_instance_name: "s",
        enable_nfs: false,
        redis_host: "10.0.0.3",
      },
    ],
  },
  {
    id: "existing-needs-network",
    shows: "network_name",
    breaks: [{ gke_cluster_name: "c" }, { sql_instance_name: "s" }, { nfs_instance_name: "f" }],
    holds: [{ gke_cluster_name: "c", network_name: "n" }, { network_name: "n" }],
  },
  {
    id: "ranges-apart",
    breaks: [
      { prereq_gke_pod_cidr_override: "10.201.0.0/16" },
      { prereq_gke_subnet_cidr: "10.204.8.0/24" },
      { prereq_subnet_cidr_override: "10.203.0.0/24" },
      { prereq_gke_service_cidr_override: "10.210.0.0/20", prereq_gke_master_cidr_override: "10.210.1.0/28" },
    ],
    holds: [
      { prereq_gke_subnet_cidr: "10.202.0.0/24" },
      { prereq_subnet_cidr_override: "10.210.0.0/24", prereq_gke_pod_cidr_override: "10.201.0.0/24" },
      { prereq_gke_pod_cidr_override: "10.201.0.0/16", gke_cluster_name: "c", network_name: "n" },
    ],
  },
  {
    id: "master-range-size",
    breaks: [{ prereq_gke_master_cidr_override: "172.16.0.0/27" }],
    holds: [{ prereq_gke_master_cidr_override: "172.16.0.0/28" }],
  },
  {
    id: "zone-in-region",
    breaks: [{ nfs_instance_zone: "us-east1-b" }],
    holds: [{ nfs_instance_zone: "us-central1-f" }, { nfs_instance_zone: "us-east1-b", region: "us-east1" }],
  },
  {
    id: "nfs-network-tag",
    breaks: [{ network_tags: [] }, { network_tags: ["web"], enable_nfs: false }],
    holds: [{ network_tags: ["web", "nfsserver"] }, { network_tags: [], enable_nfs: false, redis_host: "10.0.0.3" }],
  },
  { id: "redis-required", breaks: [{ enable_redis: false }], holds: [{ enable_redis: true }] },
  {
    id: "redis-reachable",
    breaks: [{ enable_nfs: false }],
    holds: [{ enable_nfs: false, redis_host: "10.0.0.3" }, { enable_nfs: true }],
  },
  {
    id: "redis-address",
    breaks: [
      { redis_port: "" },
      { redis_port: "65536" },
      { redis_port: "six" },
      { redis_port: "06379" },
      { redis_host: "redis://10.0.0.3" },
      { redis_host: "10.0.0.3:6379" },
    ],
    holds: [{ redis_port: "6380" }, { redis_host: "redis.example.com", redis_port: "65535" }],
  },
  {
    id: "database-is-postgres",
    breaks: [{ database_type: "MYSQL_8_0" }, { database_type: "NONE" }, { database_type: "SQLSERVER" }],
    holds: [{ database_type: "POSTGRES_15" }, { database_type: "POSTGRES" }],
  },
  {
    id: "cloudsql-proxy-required",
    breaks: [{ enable_cloudsql_volume: false }],
    holds: [{ enable_cloudsql_volume: true }],
  },
  {
    id: "database-names-free",
    breaks: [{ db_name: "postgres" }, { db_name: "dify_plugin" }, { db_user: "cloudsqlsuperuser" }],
    holds: [{ db_name: "dify", db_user: "dify_plugin" }],
  },
  {
    id: "backup-daily",
    breaks: [{ backup_schedule: "0 2 * * 0" }, { backup_schedule: "0 */6 * * *" }, { backup_schedule: "*/5 2 * * *" }],
    holds: [{ backup_schedule: "30 1 * * *" }, { backup_schedule: "" }],
  },
  { id: "backup-not-off", breaks: [{ backup_schedule: "" }], holds: [{ backup_schedule: "0 4 * * *" }] },
  {
    id: "extensions-enabled",
    breaks: [{ postgres_extensions: ["pg_trgm"] }],
    holds: [
      { postgres_extensions: ["vector"] },
      { postgres_extensions: ["pg_trgm"], enable_postgres_extensions: true },
    ],
  },
  { id: "replicas-running", breaks: [{ min_instance_count: 0 }], holds: [{ min_instance_count: 1 }] },
  {
    id: "instances-order",
    breaks: [
      { min_instance_count: 4 },
      { worker_placement: "deployment", worker_min_instance_count: 3, worker_max_instance_count: 2 },
    ],
    holds: [{ min_instance_count: 3 }, { worker_placement: "deployment", worker_min_instance_count: 3 }],
  },
  { id: "timeout-short", breaks: [{ timeout_seconds: 299 }], holds: [{ timeout_seconds: 300 }] },
  {
    id: "one-autoscaler",
    breaks: [{ enable_vertical_pod_autoscaling: true }],
    holds: [{ enable_vertical_pod_autoscaling: true, max_instance_count: 1 }],
  },
  {
    id: "budget-blocks-upgrades",
    breaks: [
      { enable_pod_disruption_budget: true },
      { enable_pod_disruption_budget: true, pdb_min_available: "100%", min_instance_count: 3 },
      { enable_pod_disruption_budget: true, pdb_min_available: "2", min_instance_count: 2 },
    ],
    holds: [
      { enable_pod_disruption_budget: true, min_instance_count: 2 },
      { enable_pod_disruption_budget: true, pdb_min_available: "50%" },
      { enable_pod_disruption_budget: true, pdb_min_available: 0 },
    ],
  },
  {
    id: "strict-spread-needs-replicas",
    breaks: [{ enable_topology_spread: true, topology_spread_strict: true, min_instance_count: 2 }],
    holds: [
      { enable_topology_spread: true, topology_spread_strict: true, min_instance_count: 3 },
      { enable_topology_spread: true },
    ],
  },
  {
    id: "sticky-sessions",
    breaks: [{ session_affinity: "None" }],
    holds: [{ session_affinity: "None", max_instance_count: 1 }],
  },
  {
    id: "quota-binary-units",
    breaks: [{ quota_memory_requests: "4" }, { quota_memory_limits: "8G" }],
    holds: [{ quota_memory_requests: "4096Mi", quota_memory_limits: "" }],
  },
  {
    id: "quota-too-small",
    breaks: [
      { enable_resource_quota: true, quota_memory_requests: "" },
      { enable_resource_quota: true, quota_cpu_requests: "8", quota_cpu_limits: "8" },
    ],
    holds: [
      {},
      {
        enable_resource_quota: true,
        quota_cpu_requests: "4100m",
        quota_cpu_limits: "8",
        quota_memory_requests: "16Gi",
        quota_memory_limits: "16Gi",
      },
    ],
  },
  {
    id: "quota-order",
    breaks: [{ quota_cpu_requests: "4500m" }, { quota_memory_limits: "4095Mi" }],
    holds: [{ quota_cpu_requests: "4000m" }, { quota_memory_limits: "" }],
  },
  {
    id: "secrets-not-in-environment",
    shows: "environment_variables",
    breaks: [
      env({ OPENAI_API_KEY: "x" }),
      env({ SMTP_PASSWORD: "x" }),
      env({ S3_SECRET_KEY: "x" }),
      env({ HF_TOKEN: "x" }),
      env({ OAUTH_CLIENT_SECRET: "x" }),
      env({ GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64: "x" }),
      env({ SOME_URL: "https://user:word@example.com/" }),
    ],
    holds: [
      env({ MAX_TOKENS: "100", ACCESS_TOKEN_EXPIRE_MINUTES: "60", ENABLE_EMAIL_PASSWORD_LOGIN: "true" }),
      env({ SHOW_PASSWORD: "false", SOME_URL: "https://example.com:8443/a@b" }),
      { secret_environment_variables: { OPENAI_API_KEY: "openai" }, explicit_secret_names: ["SMTP_PASSWORD"] },
    ],
  },
  {
    id: "secrets-not-in-job-environment",
    breaks: [
      cron({ env_vars: { API_KEY: "x" } }),
      job({ env_vars: { DB_PASSWORD: "x" } }),
      service({ env_vars: { TOKEN: "x" } }),
    ],
    holds: [cron({ env_vars: { LOG_LEVEL: "x" }, secret_env_vars: { API_KEY: "my-key" } })],
  },
  {
    id: "managed-environment",
    breaks: [
      env({ SECRET_KEY: "x" }),
      env({ MIGRATION_ENABLED: "false" }),
      env({ DB_HOST: "10.0.0.1" }),
      env({ CELERY_BROKER_URL: "redis://x" }),
      { secret_environment_variables: { REDIS_PASSWORD: "my-redis" } },
      { explicit_secret_names: ["DB_PASSWORD"] },
    ],
    holds: [env({ LOG_LEVEL: "DEBUG", REDIS_USE_SSL: "true" })],
  },
  {
    id: "environment-named-once",
    breaks: [
      { environment_variables: { A: "1" }, secret_environment_variables: { A: "a" } },
      { secret_environment_variables: { A: "a" }, explicit_secret_names: ["A"] },
      { explicit_secret_names: ["A", "A"] },
    ],
    holds: [
      { environment_variables: { A: "1" }, secret_environment_variables: { B: "b" }, explicit_secret_names: ["C"] },
    ],
  },
  {
    id: "cors-restricted",
    breaks: [env({ WEB_API_CORS_ALLOW_ORIGINS: "*" }), env({ CONSOLE_CORS_ALLOW_ORIGINS: "https://a.example.com, *" })],
    holds: [env({ WEB_API_CORS_ALLOW_ORIGINS: "https://a.example.com,https://*.example.com" })],
  },
  {
    id: "metadata-stays-closed",
    breaks: [
      { ssrf_proxy_allowed_hosts: ["169.254.169.254"] },
      { ssrf_proxy_allowed_hosts: ["169.254.0.0/16"] },
      { ssrf_proxy_allowed_hosts: ["metadata.google.internal"] },
      { ssrf_proxy_allowed_hosts: [".google.internal"] },
      { ssrf_proxy_allowed_hosts: ["0.0.0.0/0"] },
      { ssrf_proxy_allowed_hosts: ["128.0.0.0/1"] },
    ],
    holds: [{ ssrf_proxy_allowed_hosts: ["wiki.corp.example.com", "10.0.0.0/8"] }],
  },
  {
    id: "revision-names-known",
    breaks: [{ secret_revisions: { secretkey: 2 } }, { secret_revisions: { "celery-broker-url": 2 } }],
    holds: [{ secret_revisions: { "db-password": 2, redis_auth: 3, MY_KEY: 1 }, explicit_secret_names: ["MY_KEY"] }],
  },
  {
    id: "storage-type-known",
    breaks: [env({ STORAGE_TYPE: "gcs" }), env({ STORAGE_TYPE: "" }), env({ STORAGE_TYPE: "constructor" })],
    holds: [env({ STORAGE_TYPE: "google-storage" }), env({})],
  },
  {
    id: "storage-type-complete",
    breaks: [
      env({ STORAGE_TYPE: "s3", S3_REGION: "r", S3_USE_AWS_MANAGED_IAM: "true" }),
      {
        environment_variables: { STORAGE_TYPE: "s3", S3_REGION: "r", S3_BUCKET_NAME: "b" },
        explicit_secret_names: ["S3_ACCESS_KEY"],
      },
      {
        environment_variables: {
          STORAGE_TYPE: "aliyun-oss",
          ALIYUN_OSS_ENDPOINT: "e",
          ALIYUN_OSS_BUCKET_NAME: "b",
          ALIYUN_OSS_AUTH_VERSION: "v4",
        },
        explicit_secret_names: ["ALIYUN_OSS_ACCESS_KEY", "ALIYUN_OSS_SECRET_KEY"],
      },
    ],
    holds: [
      env({ STORAGE_TYPE: "google-storage" }),
      env({ STORAGE_TYPE: "s3", S3_REGION: "r", S3_BUCKET_NAME: "b", S3_USE_AWS_MANAGED_IAM: "true" }),
    ],
  },
  {
    id: "storage-type-address",
    breaks: [env({ STORAGE_TYPE: "azure-blob", AZURE_BLOB_ACCOUNT_URL: "account.blob.core.windows.net" })],
    holds: [env({ STORAGE_TYPE: "azure-blob", AZURE_BLOB_ACCOUNT_URL: "https://account.blob.core.windows.net" })],
  },
  {
    id: "vector-store-known",
    breaks: [env({ VECTOR_STORE: "chroma2" })],
    holds: [env({ VECTOR_STORE: "pgvector" }), env({ VECTOR_STORE: "qdrant" })],
  },
  {
    id: "vector-store-complete",
    breaks: [
      env({ VECTOR_STORE: "weaviate" }),
      env({ VECTOR_STORE: "qdrant", QDRANT_URL: "" }),
      env({ VECTOR_STORE: "milvus", MILVUS_URI: "http://m:19530", MILVUS_USER: "u" }),
      env({ VECTOR_STORE: "pgvector", PGVECTOR_HOST: "10.0.0.9" }),
    ],
    holds: [env({ VECTOR_STORE: "pgvector" }), env({ VECTOR_STORE: "milvus", MILVUS_URI: "http://m:19530" })],
  },
  {
    id: "vector-store-address",
    breaks: [env({ VECTOR_STORE: "weaviate", WEAVIATE_ENDPOINT: "weaviate:8080" })],
    holds: [env({ VECTOR_STORE: "weaviate", WEAVIATE_ENDPOINT: "http://weaviate:8080" })],
  },
  {
    id: "local-storage-shared",
    breaks: [
      env({ STORAGE_TYPE: "local" }),
      env({ STORAGE_TYPE: "local", STORAGE_LOCAL_PATH: "/app/storage" }),
      env({ STORAGE_TYPE: "local", STORAGE_LOCAL_PATH: "/mnt/nfs2" }),
      env({ STORAGE_TYPE: "local", STORAGE_LOCAL_PATH: "/mnt/nfs/../x" }),
      {
        ...env({ STORAGE_TYPE: "local", STORAGE_LOCAL_PATH: "/mnt/nfs" }),
        enable_nfs: false,
        redis_host: "10.0.0.3",
      },
    ],
    holds: [
      env({ STORAGE_TYPE: "local", STORAGE_LOCAL_PATH: "/mnt/nfs/storage" }),
      { ...env({ STORAGE_TYPE: "local", STORAGE_LOCAL_PATH: "/data" }), nfs_mount_path: "/data/" },
      env({ STORAGE_LOCAL_PATH: "/app/storage" }),
    ],
  },
  {
    id: "workload-names-unique",
    breaks: [{ ...service({}), ...cron({ name: "tika" }) }],
    holds: [{ ...service({}), ...cron({}) }],
  },
  {
    id: "workload-names-free",
    breaks: [service({ name: "plugin-daemon" }), cron({ name: "worker" })],
    holds: [job({ name: "db-init" })],
  },
  {
    id: "job-dependencies-known",
    breaks: [job({ depends_on_jobs: ["job-9"] })],
    holds: [job({ depends_on_jobs: ["db-init"] }, { depends_on_jobs: ["job-0"] })],
  },
  {
    id: "job-dependencies-end",
    breaks: [job({ depends_on_jobs: ["job-1"] }, { depends_on_jobs: ["job-0"] }), job({ depends_on_jobs: ["job-0"] })],
    holds: [
      job({ depends_on_jobs: ["job-1"] }, {}),
      job({}, { depends_on_jobs: ["job-0"] }, { depends_on_jobs: ["job-1"] }),
    ],
  },
  {
    id: "share-for-mounts",
    breaks: [
      { ...cron({ mount_nfs: true }), enable_nfs: false, redis_host: "10.0.0.3" },
      {
        ...service({ volume_mounts: [{ name: "nfs-data-volume", mount_path: "/share" }] }),
        enable_nfs: false,
        redis_host: "10.0.0.3",
      },
    ],
    holds: [cron({ mount_nfs: true })],
  },
  {
    id: "volumes-known",
    breaks: [
      cron({ mount_gcs_volumes: ["files"] }),
      service({ volume_mounts: [{ name: "files", mount_path: "/files" }] }),
    ],
    holds: [
      service({ volume_mounts: [{ name: "nfs-data-volume", mount_path: "/files" }] }),
      {
        ...cron({ mount_gcs_volumes: ["files"] }),
        gcs_volumes: [{ name: "files", bucket_name: "data", mount_path: "/files" }],
      },
    ],
  },
  {
    id: "service-instances-order",
    breaks: [service({ min_instance_count: 2 })],
    holds: [service({ min_instance_count: 2, max_instance_count: 2 })],
  },
  {
    id: "service-runs",
    breaks: [service({ min_instance_count: 0 })],
    holds: [service({ min_instance_count: 1 })],
  },
  {
    id: "job-scripts-exist",
    breaks: [
      cron({ script_path: "no-such-script.sh" }),
      { ...cron({ script_path: "docs.ts" }), scripts_dir: "nowhere" },
    ],
    holds: [cron({ script_path: "docs.ts" }), { ...cron({ script_path: "docs.ts" }), scripts_dir: "scripts" }],
  },
  {
    id: "job-fields-of-cloud-run",
    breaks: [job({ execution_mode: "SERVICE" }), service({ ingress: "INGRESS_TRAFFIC_ALL" })],
    holds: [job({ execution_mode: "TASK" }), service({})],
  },
  {
    id: "bucket-names-short",
    breaks: [{ storage_buckets: [{ name_suffix: "a".repeat(40) }], application_name: "dify-for-everyone" }],
    holds: [
      { storage_buckets: [{ name_suffix: "a".repeat(40) }] },
      {
        storage_buckets: [{ name_suffix: "a".repeat(40) }],
        application_name: "dify-for-everyone",
        create_cloud_storage: false,
      },
    ],
  },
  {
    id: "bucket-names-unique",
    breaks: [
      { storage_buckets: [{ name_suffix: "data" }, { name_suffix: "data" }] },
      { storage_buckets: [{ name_suffix: "storage" }] },
    ],
    holds: [{ storage_buckets: [{ name_suffix: "data" }, { name_suffix: "files" }] }],
  },
  {
    id: "own-labels",
    breaks: [{ resource_labels: { environment: "x" } }, { resource_labels: { "managed-by": "x" } }],
    holds: [{ resource_labels: { env: "x", team: "y" } }],
  },
  {
    id: "bucket-access-uniform",
    breaks: [{ storage_buckets: [{ name_suffix: "a", uniform_bucket_level_access: false }] }],
    holds: [{ storage_buckets: [{ name_suffix: "a", uniform_bucket_level_access: true }] }],
  },
  {
    id: "bucket-deletion",
    breaks: [{ storage_buckets: [{ name_suffix: "a", force_destroy: true }] }],
    holds: [{ storage_buckets: [{ name_suffix: "a", force_destroy: true }], deletion_protection: false }],
  },
  {
    id: "version-pinned",
    breaks: [
      { application_version: "latest" },
      { component_image_tags: { proxy: "latest" } },
      { container_image: "example/dify-api:latest" },
    ],
    holds: [{ application_version: "1.16.1" }, { container_image: "example/dify-api:1.16.1" }],
  },
  {
    id: "web-before-1-10-1",
    breaks: [
      { application_version: "1.8.1" },
      { application_version: "1.10.1" },
      { application_version: "0.15.3" },
      { component_image_tags: { web: "1.9.0" } },
    ],
    holds: [
      { application_version: "1.10.1-fix.1" },
      { application_version: "1.11.0" },
      { application_version: "1.8.1", component_image_tags: { web: "1.10.1-fix.1" } },
      { application_version: "latest" },
    ],
  },
  {
    id: "iap-needs-domain",
    breaks: [{ enable_iap: true }],
    holds: [{ enable_iap: true, enable_custom_domain: true }],
  },
  {
    id: "iap-lets-someone-in",
    breaks: [{ enable_iap: true, enable_custom_domain: true }],
    holds: [{ enable_iap: true, iap_authorized_groups: ["team@example.com"] }, {}],
  },
  {
    id: "cloud-deploy-needs-trigger",
    breaks: [{ enable_cloud_deploy: true }],
    holds: [{ enable_cloud_deploy: true, enable_cicd_trigger: true }],
  },
  {
    id: "trigger-needs-repository",
    breaks: [{ enable_cicd_trigger: true }],
    holds: [{ enable_cicd_trigger: true, github_repository_url: "https://github.com/owner/name" }],
  },
];

const switchCase = (name: string): readonly [on: Given, off: Given] => [{ [name]: true }, { [name]: false }];
const SWITCHES = [
  "enable_vertical_pod_autoscaling",
  "configure_service_mesh",
  "enable_multi_cluster_service",
  "stateful_pvc_enabled",
  "stateful_headless_service",
  "enable_binary_authorization",
  "enable_cicd_trigger",
  "enable_cloud_deploy",
  "manage_storage_kms_iam",
  "enable_artifact_registry_cmek",
  "enable_auto_password_rotation",
  "enable_backup_import",
  "enable_custom_sql_scripts",
  "enable_custom_domain",
  "enable_iap",
  "enable_cloud_armor",
  "enable_cdn",
  "enable_vpc_sc",
  "enable_audit_logging",
] as const;
const ALIASES = [
  "db_password_env_var_name",
  "db_host_env_var_name",
  "db_user_env_var_name",
  "db_name_env_var_name",
  "db_port_env_var_name",
] as const;

/** For each entry of the table of what is not there yet: values that switch it on, and others that do not. */
export const notYetCases: Readonly<Record<string, readonly [on: Given, off: Given]>> = {
  ...Object.fromEntries(SWITCHES.map((name) => [name, switchCase(name)])),
  ...Object.fromEntries(ALIASES.map((name) => [name, [{ [name]: "PGHOST" }, { [name]: "" }] as const])),
  support_users: [{ support_users: ["ops@example.com"] }, { support_users: [] }],
  container_build_config: [
    { container_build_config: { dockerfile_path: "Dockerfile" } },
    { container_build_config: { dockerfile_path: "Dockerfile" }, container_image_source: "prebuilt" },
  ],
  container_protocol: [{ container_protocol: "h2c" }, { container_protocol: "http1" }],
  workload_type: [{ workload_type: "StatefulSet" }, { workload_type: "Deployment" }],
  uptime_check_config: [{ uptime_check_config: { enabled: true } }, { uptime_check_config: { path: "/health" } }],
  alert_policies: [
    {
      alert_policies: [
        { name: "cpu", metric_type: "m", comparison: "COMPARISON_GT", threshold_value: 1, duration_seconds: 60 },
      ],
    },
    { alert_policies: [] },
  ],
  gcs_volumes: [{ gcs_volumes: [{ name: "files", bucket_name: "data", mount_path: "/files" }] }, { gcs_volumes: [] }],
  postgres_extensions: [
    { postgres_extensions: ["pg_trgm"], enable_postgres_extensions: true },
    { postgres_extensions: ["vector"], enable_postgres_extensions: true },
  ],
  initialization_jobs: [job({ task_count: 2 }), job({ task_count: 1 })],
  cron_jobs: [cron({ starting_deadline_seconds: 60 }), cron({ restart_policy: "OnFailure" })],
};

/** For each setting of a feature: a value, what makes it count, and (where that is the default) what does not. */
export const unusedCases: Readonly<Record<string, readonly [value: unknown, together: Given, alone?: Given]>> = {
  state_prefix: ["dify", { state_bucket: "my-state" }],
  pdb_min_available: [0, { enable_pod_disruption_budget: true }],
  topology_spread_strict: [true, { enable_topology_spread: true }],
  quota_memory_requests: ["5Gi", { enable_resource_quota: true }],
  quota_memory_limits: ["9Gi", { enable_resource_quota: true }],
  quota_cpu_requests: ["3", { enable_resource_quota: true }],
  quota_cpu_limits: ["5", { enable_resource_quota: true }],
  quota_max_pods: ["30", { enable_resource_quota: true }],
  quota_max_services: ["30", { enable_resource_quota: true }],
  quota_max_pvcs: ["30", { enable_resource_quota: true }],
  worker_min_instance_count: [2, { worker_placement: "deployment" }],
  worker_max_instance_count: [9, { worker_placement: "deployment" }],
  stateful_pvc_size: ["20Gi", { stateful_pvc_enabled: true }],
  stateful_pvc_mount_path: ["/files", { stateful_pvc_enabled: true }],
  stateful_pvc_storage_class: ["premium-rwo", { workload_type: "StatefulSet" }],
  stateful_pod_management_policy: ["Parallel", { workload_type: "StatefulSet" }],
  stateful_update_strategy: ["OnDelete", { workload_type: "StatefulSet" }],
  stateful_fs_group: [1001, { stateful_pvc_enabled: true }],
  github_repository_url: ["https://github.com/owner/name", { enable_cicd_trigger: true }],
  github_app_installation_id: ["123", { enable_cicd_trigger: true }],
  cicd_trigger_config: [{ branch_pattern: "^release$" }, { enable_cicd_trigger: true }],
  cloud_deploy_stages: [[{ name: "one" }], { enable_cloud_deploy: true }],
  gateway_backend_stage: ["prod", { enable_cloud_deploy: true }],
  binauthz_evaluation_mode: ["ALWAYS_DENY", { enable_binary_authorization: true }],
  rotation_propagation_delay_sec: [120, { enable_auto_password_rotation: true }],
  backup_source: ["gdrive", { enable_backup_import: true }],
  backup_uri: ["gs://bucket/file", { enable_backup_import: true }],
  backup_format: ["auto", { enable_backup_import: true }],
  backup_file: ["dump.sql", { enable_backup_import: true }],
  custom_sql_scripts_bucket: ["my-scripts", { enable_custom_sql_scripts: true }],
  custom_sql_scripts_path: ["sql", { enable_custom_sql_scripts: true }],
  custom_sql_scripts_use_root: [true, { enable_custom_sql_scripts: true }],
  application_domains: [["dify.example.com"], { enable_custom_domain: true }],
  static_ip_name: ["my-address", { reserve_static_ip: true }, { reserve_static_ip: false }],
  iap_authorized_users: [["a@example.com"], { enable_iap: true }],
  iap_authorized_groups: [["a@example.com"], { enable_iap: true }],
  admin_ip_ranges: [["203.0.113.0/24"], { enable_cloud_armor: true }],
  cloud_armor_policy_name: ["waf", { enable_cloud_armor: true }],
  redis_password_secret: ["my-redis", { redis_host: "10.0.0.3" }],
  vpc_cidr_ranges: [["10.0.0.0/8"], { enable_vpc_sc: true }],
  vpc_sc_dry_run: [false, { enable_vpc_sc: true }],
  organization_id: ["123", { enable_vpc_sc: true }],
};
