import type { Given } from "./given";

/** A file that makes nothing where what these settings are for exists already, or is not there at all. */
const OF_NOTHING = {
  cluster: { gke_cluster_name: "shared", nfs_instance_name: "shared", network_name: "shared" },
  sql: { sql_instance_name: "shared", nfs_instance_name: "shared", network_name: "shared" },
  fileServer: { nfs_instance_name: "shared", network_name: "shared" },
  share: { enable_nfs: false, redis_host: "10.0.0.3" },
} as const;

const KEYS = {
  customer_managed_keys: ["all"],
  kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify",
};

const IMPORT = { enable_backup_import: true, backup_uri: "gs://bucket/file" };

/** Settings that count by default, and not in another file. */
function idle(
  alone: Given,
  values: Readonly<Record<string, unknown>>,
  on = "",
): Readonly<Record<string, readonly [value: unknown, together: Given, alone: Given]>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${name}${on}`, [value, {}, alone] as const]),
  );
}

const OF_A_FILE_SERVER = {
  nfs_instance_base_name: "other",
  nfs_machine_type: "e2-medium",
  nfs_disk_size_gb: 100,
  nfs_redis_guests: { qa: 7801 },
  create_file_server_firewall: true,
};

/**
 * For each setting of a feature: a value, what makes it count, and (where that is the default) what does not. One that hangs
 * on several things has a case for each: `<variable>, <the first variable that decides>`.
 */
export const unusedCases: Readonly<Record<string, readonly [value: unknown, together: Given, alone?: Given]>> = {
  state_prefix: ["dify", { state_bucket: "my-state" }],
  "kms_key_ring, customer_managed_keys": [KEYS.kms_key_ring, { customer_managed_keys: ["all"] }],
  "kms_key_names, customer_managed_keys": [{ buckets: "objects" }, KEYS],
  "create_kms_grants, customer_managed_keys": [false, KEYS],
  "kms_rotation_period, customer_managed_keys": ["2592000s", { customer_managed_keys: ["all"] }],
  "kms_key_names, kms_key_ring": [{ buckets: "objects" }, KEYS, { customer_managed_keys: ["all"] }],
  "create_kms_grants, kms_key_ring": [false, KEYS, { customer_managed_keys: ["all"] }],
  "kms_rotation_period, kms_key_ring": ["2592000s", { customer_managed_keys: ["all"] }, KEYS],
  "state_prefix, state_backend": ["dify", { state_backend: "gcs" }],
  trace_sampling_rate: [0.5, { enable_tracing: true }],
  billing_account_id: ["000000-000000-000000", { monthly_budget: 100 }],
  billing_export_table: ["billing.costs.export", { support_users: ["ops@example.com"] }],
  budget_thresholds: [[80], { monthly_budget: 100, billing_account_id: "000000-000000-000000" }],
  vertical_autoscaling_range: [{ most: 3 }, { enable_vertical_pod_autoscaling: true }],
  gcs_fuse_resources: [
    { cpu_limit: "500m" },
    { gcs_volumes: [{ name: "files", bucket_name: "data", mount_path: "/mnt/files" }] },
  ],
  log_viewers: [["group:ai@example.com"], { log_retention_days: 90 }],
  standard_alerts: [{ database_cpu: { threshold: 80 } }, { support_users: ["ops@example.com"] }],
  additional_egress: [
    [{ components: ["plugin-daemon"], cidr: "10.0.0.7", ports: [8000] }],
    { enable_network_segmentation: true },
  ],
  backup_location: ["europe-west3", {}, { sql_instance_name: "shared", network_name: "shared" }],
  ...idle(OF_NOTHING.sql, {
    database_type: "POSTGRES_16",
    sql_edition: "ENTERPRISE_PLUS",
    sql_database_flags: { log_connections: "on" },
    sql_instance_base_name: "other",
    sql_availability_type: "REGIONAL",
    sql_disk_size_gb: 40,
    backup_schedule: "0 4 * * *",
    backup_retention_days: 14,
  }),
  ...idle(OF_NOTHING.fileServer, OF_A_FILE_SERVER),
  ...idle(OF_NOTHING.share, { filestore_name: "files", filestore_tier: "ZONAL", files_move_from: "nothing" }),
  filestore_location: ["us-central1-b", { filestore_name: "files" }],
  "nfs_machine_type, filestore_name": [
    "e2-medium",
    {},
    { filestore_name: "files", filestore_location: "us-central1", redis_host: "10.0.0.3" },
  ],
  ...idle(
    OF_NOTHING.share,
    {
      ...OF_A_FILE_SERVER,
      nfs_mount_path: "/files",
      nfs_volume_name: "files",
      nfs_share_path: "/other",
      nfs_instance_zone: "us-central1-c",
    },
    ", enable_nfs",
  ),
  nfs_instance_name: ["shared", { network_name: "shared" }, { ...OF_NOTHING.share, network_name: "shared" }],
  ...idle(OF_NOTHING.cluster, {
    gke_release_channel: "STABLE",
    master_authorized_networks: ["203.0.113.0/24"],
    network_tags: ["nfsserver", "other"],
    prereq_gke_master_cidr_override: "172.16.0.0/28",
    prereq_gke_pod_cidr_override: "10.64.0.0/14",
    prereq_gke_service_cidr_override: "10.32.0.0/20",
    prereq_gke_subnet_cidr: "10.1.0.0/24",
    prereq_subnet_cidr_override: "10.1.0.0/24",
    create_nat: true,
    nat_address_count: 2,
    subnetwork_name: "nodes",
  }),
  ...idle(
    { network_name: "vpc", subnetwork_name: "nodes" },
    {
      prereq_gke_pod_cidr_override: "10.64.0.0/14",
      prereq_gke_service_cidr_override: "10.32.0.0/20",
      prereq_gke_subnet_cidr: "10.1.0.0/24",
      prereq_subnet_cidr_override: "10.1.0.0/24",
    },
    ", subnetwork_name",
  ),
  "prereq_gke_subnet_cidr, prereq_subnet_cidr_override": [
    "10.1.0.0/24",
    {},
    { prereq_subnet_cidr_override: "10.2.0.0/24" },
  ],
  ...idle({ create_cloud_storage: false }, { storage_buckets: [{ name_suffix: "more" }] }),
  ...idle({ enable_image_mirroring: false }, { image_mirror_repository: "docker-hub" }),
  ...idle(
    { image_mirror_repository: "docker-hub" },
    { max_images_to_retain: 3, delete_untagged_images: false, image_retention_days: 60 },
    ", image_mirror_repository",
  ),
  ...idle(
    { enable_image_mirroring: false },
    { max_images_to_retain: 3, delete_untagged_images: false, image_retention_days: 60 },
  ),
  "static_ip_name, service_type": ["my-address", {}, { service_type: "ClusterIP" }],
  reserve_static_ip: [false, {}, { service_type: "ClusterIP" }],
  scripts_dir: ["scripts", { cron_jobs: [{ name: "a", schedule: "0 3 * * *", script_path: "jobs/db-init.sh" }] }],
  enable_postgres_extensions: [true, { postgres_extensions: ["vector"] }],
  filestore_capacity_gb: [2048, { filestore_tier: "ZONAL" }],
  memorystore_memory_gb: [5, { redis_service: "memorystore" }],
  memorystore_high_availability: [false, { redis_service: "memorystore" }],
  memorystore_version: ["REDIS_7_0", { redis_service: "memorystore" }],
  redis_port: ["6380", { redis_host: "10.0.0.3" }],
  redis_database: [3, { redis_host: "10.0.0.3" }],
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
  container_image_source: ["prebuilt", { enable_cicd_trigger: true }],
  cloud_build_worker_pool: ["projects/p/locations/us-central1/workerPools/w", { enable_cicd_trigger: true }],
  image_scan_severity: ["HIGH", { enable_cicd_trigger: true }],
  cloud_deploy_stages: [[{ name: "one" }], { enable_cloud_deploy: true }],
  gateway_backend_stage: ["prod", { enable_cloud_deploy: true }],
  "gateway_backend_stage, service_type": [
    "prod",
    { enable_cloud_deploy: true },
    { enable_cloud_deploy: true, service_type: "ClusterIP" },
  ],
  binauthz_evaluation_mode: ["ALWAYS_DENY", { enable_binary_authorization: true }],
  rotation_propagation_delay_sec: [120, { enable_auto_password_rotation: true }],
  portable_backup_location: ["eu", { enable_portable_backups: true }],
  lock_portable_backups: [true, { enable_portable_backups: true }],
  backup_source: ["gdrive", { enable_backup_import: true, backup_uri: "1a2B3c4D5e6F7g8H9i0J" }],
  backup_uri: ["gs://bucket/file", { enable_backup_import: true }],
  backup_format: ["auto", IMPORT],
  backup_file: ["dump.sql", { ...IMPORT, backup_uri: "gs://bucket/old/" }, IMPORT],
  replace_all_data_with_backup_sha256: ["0".repeat(64), IMPORT],
  custom_sql_scripts_bucket: ["my-scripts", { enable_custom_sql_scripts: true }],
  custom_sql_scripts_path: ["sql", { enable_custom_sql_scripts: true }],
  custom_sql_scripts_use_root: [true, { enable_custom_sql_scripts: true }],
  application_domains: [["dify.example.com"], { enable_custom_domain: true }],
  static_ip_name: ["my-address", { reserve_static_ip: true }, { reserve_static_ip: false }],
  iap_authorized_users: [["a@example.com"], { enable_iap: true }],
  iap_authorized_groups: [["a@example.com"], { enable_iap: true }],
  iap_exempt_paths: [["/v1"], { enable_iap: true }],
  create_cloud_armor_policy: [false, { enable_cloud_armor: true }],
  cloud_armor_preview: [true, { enable_cloud_armor: true }],
  admin_ip_ranges: [["203.0.113.0/24"], { enable_cloud_armor: true }],
  cloud_armor_policy_name: ["waf", { enable_cloud_armor: true }],
  redis_ca_file: ["__tests__/fixtures/certificates/authority.pem", { redis_tls: true, redis_host: "10.0.0.3" }],
  redis_password_secret: ["my-redis", { redis_host: "10.0.0.3" }],
  vpc_cidr_ranges: [["10.0.0.0/8"], { enable_vpc_sc: true }],
  vpc_sc_dry_run: [false, { enable_vpc_sc: true }],
  organization_id: ["123", { enable_vpc_sc: true }],
  access_policy_id: ["42", { enable_vpc_sc: true }],
  vpc_sc_identities: [["user:ann@example.com"], { enable_vpc_sc: true }],
};
