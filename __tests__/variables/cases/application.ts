import type { Given } from "./given";
import type { RuleCase } from "./rule-case";
import { cron, job, service } from "./workloads";

const env = (environment_variables: Readonly<Record<string, string>>): Given => ({ environment_variables });

/** Environment, secrets, stores. */
export const applicationCases: readonly RuleCase[] = [
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
      // Of other components.
      env({ SANDBOX_PORT: "8195" }),
      env({ PLUGIN_STORAGE_TYPE: "local" }),
      { secret_environment_variables: { DIFY_AGENT_API_TOKEN: "token" } },
    ],
    holds: [env({ LOG_LEVEL: "DEBUG", REDIS_USE_SSL: "true" })],
  },
  {
    id: "container-environment",
    breaks: [
      env({ PATH: "/opt/bin" }),
      env({ HOME: "/home/dify" }),
      env({ VIRTUAL_ENV: "/app/venv" }),
      { secret_environment_variables: { PATH: "path" } },
      { component_settings: { web: { environment: { PATH: "/opt/bin" } } } },
      { component_settings: { sandbox: { secret_environment: { PYTHONHOME: "home" } } } },
    ],
    holds: [
      env({ PYTHONPATH: "/opt/lib", TMPDIR: "/tmp" }),
      // Another rule's.
      { component_settings: { api: { environment: { HOME: "/home/dify" } } } },
    ],
  },
  {
    id: "environment-read",
    shows: "environment_variables",
    breaks: [
      env({ ALLOW_EMBDE: "true" }),
      env({ LOG_LEVELS: "DEBUG" }),
      env({ MY_OWN: "1" }),
      env({ constructor: "1" }),
      env({ CONSOLE_WEB: "x" }),
    ],
    holds: [
      env({ ALLOW_EMBED: "true", LOG_LEVEL: "DEBUG", NODE_OPTIONS: "--max-old-space-size=700", TZ: "UTC" }),
      env({ HTTPS_PROXY: "http://10.0.0.9:3128", no_proxy: ".example.com", PYTHONUNBUFFERED: "1" }),
      // Another rule's.
      env({ SERVER_KEY: "x", DB_HOST: "x" }),
    ],
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
      { ssrf_proxy_allowed_hosts: ["169.254.169.254:80"] },
      { ssrf_proxy_allowed_hosts: ["Metadata.google.internal:80"] },
    ],
    holds: [{ ssrf_proxy_allowed_hosts: ["wiki.corp.example.com:8443", "10.0.0.0/8"] }],
  },
  {
    id: "revision-names-known",
    breaks: [
      { secret_revisions: { secretkey: 2 } },
      { secret_revisions: { "celery-broker-url": 2 } },
      { secret_revisions: { "redis-password": 2 }, redis_host: "10.0.0.5", enable_nfs: false },
      { secret_revisions: { "redis-guest-shop-password": 2 } },
    ],
    holds: [
      { secret_revisions: { "redis-password": 2 } },
      { secret_revisions: { "redis-guest-shop-password": 2 }, nfs_redis_guests: { shop: 7801 } },
      { secret_revisions: { "db-password": 2, redis_auth: 3, MY_KEY: 1 }, explicit_secret_names: ["MY_KEY"] },
    ],
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
    id: "vectors-chosen-once",
    breaks: [
      { vector_store: "qdrant", environment_variables: { VECTOR_STORE: "milvus", MILVUS_URI: "http://m:19530" } },
      { vector_store: "weaviate", secret_environment_variables: { WEAVIATE_API_KEY: "theirs" } },
      { vector_store_moves_from: "qdrant", explicit_secret_names: ["QDRANT_API_KEY"] },
    ],
    holds: [
      env({ VECTOR_STORE: "qdrant", QDRANT_URL: "http://qdrant.theirs:6333" }),
      { vector_store: "qdrant", environment_variables: { QDRANT_CLIENT_TIMEOUT: "30" } },
    ],
  },
  {
    id: "vectors-odd",
    breaks: [{ vector_store: "qdrant", vector_store_replicas: 2 }],
    holds: [
      { vector_store: "qdrant", vector_store_replicas: 3 },
      { vector_store: "pgvector", vector_store_replicas: 2 },
    ],
  },
  {
    id: "vectors-drained-once",
    breaks: [
      { vector_store: "qdrant", vector_store_replicas: 3, vector_store_drained_from: 3 },
      { vector_store: "qdrant", vector_store_replicas: 5, vector_store_drained_from: 3 },
    ],
    holds: [
      { vector_store: "qdrant", vector_store_replicas: 1, vector_store_drained_from: 3 },
      { vector_store: "qdrant", vector_store_replicas: 3 },
      { vector_store: "pgvector", vector_store_replicas: 3, vector_store_drained_from: 3 },
    ],
  },
  {
    id: "vectors-drained-weaviate",
    breaks: [
      { vector_store: "weaviate", vector_store_drained_from: 3 },
      { vector_store_moves_from: "weaviate", vector_store_drained_from: 3 },
    ],
    holds: [
      { vector_store: "qdrant", vector_store_drained_from: 3 },
      { vector_store_moves_from: "qdrant", vector_store_drained_from: 3 },
      { vector_store: "weaviate" },
    ],
  },
  {
    id: "vectors-release",
    breaks: [{ vector_store: "weaviate", application_version: "1.8.1" }],
    holds: [
      { vector_store: "weaviate", application_version: "1.16.1" },
      { vector_store: "qdrant", application_version: "1.8.1" },
    ],
  },
  {
    id: "vectors-move-from-elsewhere",
    breaks: [{ vector_store: "qdrant", vector_store_moves_from: "qdrant" }, { vector_store_moves_from: "pgvector" }],
    holds: [{ vector_store: "qdrant", vector_store_moves_from: "pgvector" }],
  },
  {
    id: "vectors-move-with-apply",
    breaks: [{ vector_store: "qdrant", vector_store_moves_from: "pgvector", enable_cloud_deploy: true }],
    holds: [
      { vector_store: "qdrant", vector_store_moves_from: "pgvector" },
      { vector_store: "qdrant", enable_cloud_deploy: true },
      { vector_store: "qdrant", vector_store_moves_from: "nothing", enable_cloud_deploy: true },
    ],
  },
  {
    id: "vectors-pods",
    breaks: [{ vector_store: "qdrant", component_settings: { qdrant: { replicas: 3 } } }],
    holds: [{ vector_store: "qdrant", component_settings: { qdrant: { memory: "4Gi" } } }],
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
    id: "silence-known",
    breaks: [{ silenced_warnings: { "cors-restrict": "Only our intranet calls it." } }],
    holds: [
      { ...env({ CONSOLE_CORS_ALLOW_ORIGINS: "*" }), silenced_warnings: { "cors-restricted": "Intranet only." } },
    ],
    shows: "silenced_warnings",
  },
  {
    id: "silence-of-a-warning",
    breaks: [
      { silenced_warnings: { "redis-required": "We know." } },
      { silenced_warnings: { "silence-needed": "We know." } },
      { silenced_warnings: { "stage-is-its-environment": "We know." } },
    ],
    // An error in one case and a warning in another: the warning can be silenced.
    holds: [{ silenced_warnings: { "apart-redis": "Two servers of one address." } }],
    shows: "silenced_warnings",
  },
];
