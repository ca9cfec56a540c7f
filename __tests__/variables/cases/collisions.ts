import type { RuleCase } from "./rule-case";
import { service } from "./workloads";

const PIPELINE = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
  enable_cloud_deploy: true,
  sql_tier: "db-custom-16-61440",
};
const share = (mount_path: string) => ({ name: "nfs-data-volume", mount_path });
const ports = (...given: object[]) => ({ extra_service_ports: given.map((port) => ({ target_port: 8080, ...port })) });
/** Of the environment that the cases are in. */
const PREFIX = "dify-demo-30a68bf9";

/** Names and numbers of a user's that something else has. */
export const collisionCases: readonly RuleCase[] = [
  {
    id: "setting-said-once",
    breaks: [
      { upload_file_size_limit_mb: 100, environment_variables: { UPLOAD_FILE_SIZE_LIMIT: "5" } },
      { enable_marketplace: false, component_settings: { api: { environment: { MARKETPLACE_ENABLED: "true" } } } },
      { log_format: "json", secret_environment_variables: { LOG_OUTPUT_FORMAT: "log-format" } },
      { enable_tracing: true, explicit_secret_names: ["ENABLE_OTEL"] },
    ],
    holds: [
      { environment_variables: { UPLOAD_FILE_SIZE_LIMIT: "5" } },
      { upload_file_size_limit_mb: 100, environment_variables: { UPLOAD_IMAGE_FILE_SIZE_LIMIT: "20" } },
    ],
  },
  {
    id: "port-for-ordinary-user",
    breaks: [{ container_port: 80 }, { additional_services: [{ name: "tika", image: "apache/tika:2.9", port: 443 }] }],
    holds: [
      {},
      { container_port: 8080 },
      { additional_services: [{ name: "tika", image: "apache/tika:2.9", port: 8443, service_port: 443 }] },
    ],
  },
  {
    id: "output-variable-free",
    breaks: [
      ...["REDIS_HOST", "DB_PASSWORD", "MODE", "SERVER_WORKER_AMOUNT", "PATH"].map((output_env_var_name) =>
        service({ output_env_var_name }),
      ),
      { ...service({ output_env_var_name: "TIKA_URL" }), environment_variables: { TIKA_URL: "http://tika" } },
      { ...service({ output_env_var_name: "TIKA_URL" }), explicit_secret_names: ["TIKA_URL"] },
    ],
    holds: [service({ output_env_var_name: "TIKA_URL" }), service({ output_env_var_name: "UNSTRUCTURED_API_URL" })],
    shows: "additional_services",
  },
  {
    id: "database-variable-free",
    breaks: [
      { db_host_env_var_name: "DB_HOST" },
      { db_password_env_var_name: "SECRET_KEY" },
      { db_user_env_var_name: "PATH" },
      { db_name_env_var_name: "PGDATABASE", environment_variables: { PGDATABASE: "other" } },
      { db_name_env_var_name: "DATABASE", db_user_env_var_name: "DATABASE" },
      { db_host_env_var_name: "TIKA_URL", ...service({ output_env_var_name: "TIKA_URL" }) },
    ],
    holds: [{ db_host_env_var_name: "PGHOST", db_password_env_var_name: "PGPASSWORD" }],
  },
  {
    id: "container-port-free",
    breaks: [{ container_port: 5432 }, { container_port: 9801 }],
    holds: [{ container_port: 5001 }, { container_port: 8080 }],
    shows: "container_port",
  },
  {
    id: "service-ports-once",
    breaks: [
      ports({ name: "http", port: 9090 }),
      ports({ name: "metrics", port: 80 }),
      { ...ports({ name: "metrics", port: 8000 }), service_port: 8000 },
      ports({ name: "metrics", port: 9090 }, { name: "metrics", port: 9091 }),
      ports({ name: "metrics", port: 9090 }, { name: "more", port: 9090 }),
    ],
    holds: [ports({ name: "metrics", port: 9090 }, { name: "more", port: 9091 })],
    shows: "extra_service_ports",
  },
  {
    id: "mounts-apart",
    breaks: [
      ...["/tmp", "/tmp/", "/opt", "/opt/pods", "/usr", "/proc/1", "/app/api"].map((nfs_mount_path) => ({
        nfs_mount_path,
      })),
      service({ volume_mounts: [share("/tmp")] }),
      service({ volume_mounts: [share("/dev/shm")] }),
    ],
    holds: [
      { nfs_mount_path: "/app/api/storage" },
      { nfs_mount_path: "/tmpfiles" },
      service({ volume_mounts: [share("/usr/share/data")] }),
    ],
  },
  {
    id: "mounts-once",
    breaks: [service({ volume_mounts: [share("/a"), { name: "models", mount_path: "/a/" }] })],
    holds: [service({ volume_mounts: [share("/a"), { name: "models", mount_path: "/a/b" }] })],
    shows: "additional_services",
  },
  {
    id: "volume-name-free",
    breaks: [{ nfs_volume_name: "api-tmp" }, { nfs_volume_name: "worker-files" }],
    holds: [{ nfs_volume_name: "tmp" }],
    shows: "nfs_volume_name",
  },
  {
    id: "made-here-stays-unnamed",
    breaks: [
      { static_ip_name: `${PREFIX}-entry` },
      { static_ip_name: `${PREFIX}-gateway`, enable_custom_domain: true },
      { redis_password_secret: "app-nfs-30a68bf9-redis-password" },
      { cloud_build_worker_pool: `projects/demo-project/locations/us-central1/workerPools/${PREFIX}` },
      { state_bucket: `${PREFIX}-data` },
      { image_mirror_repository: `${PREFIX}-mirror` },
    ],
    holds: [
      { static_ip_name: "entry" },
      { static_ip_name: `${PREFIX}-entry`, enable_custom_domain: true },
      { state_bucket: "demo-state" },
    ],
  },
  {
    id: "file-server-name-free",
    breaks: [{ nfs_instance_base_name: "dify-demo", redis_host: "10.0.0.3" }],
    holds: [
      { nfs_instance_base_name: "dify-demo" },
      { nfs_instance_base_name: "dify-demo", redis_host: "10.0.0.3", redis_password_secret: "mine" },
    ],
    shows: "nfs_instance_base_name",
  },
  {
    id: "image-repository-free",
    breaks: [
      { ...PIPELINE, enable_cloud_deploy: false, container_build_config: { artifact_repo_name: `${PREFIX}-mirror` } },
    ],
    holds: [{ ...PIPELINE, enable_cloud_deploy: false, container_build_config: { artifact_repo_name: "mirror" } }],
    shows: "container_build_config",
  },
  {
    id: "databases-apart",
    breaks: [
      { ...PIPELINE, db_name: "dify", cloud_deploy_stages: [{ name: "dev" }, { name: "plugin" }] },
      {
        ...PIPELINE,
        db_name: "mydb",
        cloud_deploy_stages: [{ name: "dev" }, { name: "a" }, { name: "a-plugin" }],
      },
    ],
    holds: [
      { ...PIPELINE, cloud_deploy_stages: [{ name: "dev" }, { name: "plugin" }] },
      { db_name: "dify", cloud_deploy_stages: [{ name: "dev" }, { name: "plugin" }] },
    ],
  },
];
