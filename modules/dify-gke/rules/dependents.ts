import { buildsAtApply, buildsFromRepository, keepsImages } from "../build";
import { usesRedisIn } from "../redis-place";
import { namesNoFile } from "../backup-address";
import { wantedPurposes } from "../encryption";
import { GATEWAY, hasGateway } from "../front-door";
import { isStateful } from "../stateful-set";
import type { VariableName, Variables } from "../variables";
import { type Dependent, serviceDependents } from "./service-dependents";

/** @returns the trigger and the variables that it needs and that are empty, for a message after "set" */
export function triggerWith(v: Variables): string {
  const missing = (["github_repository_url", "github_app_installation_id"] as const).filter((name) => v[name] === "");
  return ["enable_cicd_trigger = true", ...missing].join(" and ");
}

/** Whether `container_build_config` has a field other than `enabled`, which says how an image is built. */
function saysBuild({ container_build_config: config }: Variables): boolean {
  return Object.entries<unknown>(config).some(([field, value]) => field !== "enabled" && value !== undefined);
}

/** What decides whether an image is built, and when. */
const BUILDS = ["enable_cicd_trigger", "container_build_config", "container_image_source"] as const;

/** Whether a setting of builds counts without a trigger. */
function countsAtApply(v: Variables, name: VariableName): boolean {
  if (!buildsAtApply(v)) return false;
  if (name === "github_repository_url") return buildsFromRepository(v);
  return name === "cloud_build_worker_pool" || name === "image_scan_severity";
}

/** What is kept in repositories that are created here. */
const OF_REPOSITORIES: readonly VariableName[] = [
  "max_images_to_retain",
  "delete_untagged_images",
  "image_retention_days",
];

/** Settings of a feature, with the switch that they need. */
export const dependents: readonly Dependent[] = [
  {
    variables: ["state_prefix"],
    on: ["state_bucket", "state_backend"],
    counts: (v) => v.state_bucket !== "" || v.state_backend !== "",
    set: "state_bucket",
  },
  ...serviceDependents,
  {
    variables: ["storage_buckets"],
    on: ["create_cloud_storage"],
    counts: (v) => v.create_cloud_storage,
    set: "create_cloud_storage = true",
  },
  {
    variables: ["kms_key_ring", "kms_key_names", "create_kms_grants", "kms_rotation_period"],
    on: ["customer_managed_keys", "manage_storage_kms_iam", "enable_artifact_registry_cmek"],
    counts: (v) => wantedPurposes(v).size > 0,
    set: 'customer_managed_keys = ["all"]',
  },
  {
    variables: ["kms_key_names", "create_kms_grants", "kms_rotation_period"],
    on: ["kms_key_ring", "customer_managed_keys", "manage_storage_kms_iam", "enable_artifact_registry_cmek"],
    counts: (v, name) => wantedPurposes(v).size === 0 || (name === "kms_rotation_period") === (v.kms_key_ring === ""),
    set: (v) => (v.kms_key_ring === "" ? "kms_key_ring" : undefined),
    because: "the keys in kms_key_ring exist already, and their owner decides when they rotate",
  },
  {
    variables: [...OF_REPOSITORIES, "image_mirror_repository"],
    on: ["enable_image_mirroring", ...BUILDS],
    counts: (v, name) => v.enable_image_mirroring || (OF_REPOSITORIES.includes(name) && keepsImages(v)),
    set: "enable_image_mirroring = true",
  },
  {
    variables: OF_REPOSITORIES,
    on: ["image_mirror_repository", "enable_image_mirroring", ...BUILDS],
    counts: (v) => v.image_mirror_repository === "" || !v.enable_image_mirroring || keepsImages(v),
    because: "image_mirror_repository names a repository that exists already, and what exists is never changed",
  },
  {
    variables: ["static_ip_name", "reserve_static_ip", "gateway_backend_stage"],
    on: ["service_type", ...GATEWAY],
    counts: (v, name) =>
      hasGateway(v) ||
      // Without a pipeline another rule says so.
      (name === "gateway_backend_stage"
        ? v.service_type !== "ClusterIP" || !v.enable_cloud_deploy
        : v.service_type === "LoadBalancer"),
    set: 'service_type = "LoadBalancer" or a gateway such as enable_custom_domain',
  },
  {
    variables: ["scripts_dir"],
    on: ["initialization_jobs", "cron_jobs"],
    counts: (v) => [...v.initialization_jobs, ...v.cron_jobs].some((job) => job.script_path !== ""),
    set: "the script_path of a job",
  },
  {
    variables: ["enable_postgres_extensions"],
    on: ["postgres_extensions"],
    counts: (v) => v.postgres_extensions.length > 0,
    set: "postgres_extensions",
  },
  {
    variables: ["pdb_min_available"],
    on: ["enable_pod_disruption_budget"],
    counts: (v) => v.enable_pod_disruption_budget,
    set: "enable_pod_disruption_budget = true",
  },
  {
    variables: ["topology_spread_strict"],
    on: ["enable_topology_spread"],
    counts: (v) => v.enable_topology_spread,
    set: "enable_topology_spread = true",
  },
  {
    variables: [
      "quota_memory_requests",
      "quota_memory_limits",
      "quota_cpu_requests",
      "quota_cpu_limits",
      "quota_max_pods",
      "quota_max_services",
      "quota_max_pvcs",
    ],
    on: ["enable_resource_quota"],
    counts: (v) => v.enable_resource_quota,
    set: "enable_resource_quota = true",
  },
  {
    variables: ["worker_min_instance_count", "worker_max_instance_count"],
    on: ["worker_placement"],
    counts: (v) => v.worker_placement === "deployment",
    set: 'worker_placement = "deployment"',
  },
  {
    variables: ["stateful_pvc_size", "stateful_pvc_mount_path", "stateful_pvc_storage_class", "stateful_fs_group"],
    on: ["stateful_pvc_enabled"],
    counts: (v) => v.stateful_pvc_enabled === true,
    set: "stateful_pvc_enabled = true",
  },
  {
    variables: ["stateful_headless_service", "stateful_pod_management_policy", "stateful_update_strategy"],
    on: ["workload_type", "stateful_pvc_enabled"],
    counts: (v) => isStateful(v),
    set: 'workload_type = "StatefulSet"',
  },
  {
    variables: [
      "github_repository_url",
      "github_app_installation_id",
      "cicd_trigger_config",
      "container_image_source",
      "cloud_build_worker_pool",
      "image_scan_severity",
    ],
    on: BUILDS,
    counts: (v, name) =>
      v.enable_cicd_trigger || (name === "container_image_source" ? saysBuild(v) : countsAtApply(v, name)),
    set: triggerWith,
  },
  {
    variables: ["cloud_deploy_stages", "gateway_backend_stage"],
    on: ["enable_cloud_deploy"],
    counts: (v) => v.enable_cloud_deploy,
    set: (v) => `enable_cloud_deploy = true${v.enable_cicd_trigger ? "" : `, ${triggerWith(v)}`}`,
  },
  {
    variables: ["binauthz_evaluation_mode"],
    on: ["enable_binary_authorization"],
    counts: (v) => v.enable_binary_authorization,
    set: "enable_binary_authorization = true",
  },
  {
    variables: ["secrets_refresh_interval", "secrets_operator_namespace", "secret_store_name"],
    on: ["secrets_delivery"],
    counts: (v) => v.secrets_delivery === "external-secrets",
    set: 'secrets_delivery = "external-secrets"',
  },
  {
    variables: ["rotation_propagation_delay_sec"],
    on: ["enable_auto_password_rotation"],
    counts: (v) => v.enable_auto_password_rotation,
    set: "enable_auto_password_rotation = true",
  },
  {
    variables: ["backup_source", "backup_uri", "backup_format", "replace_all_data_with_backup_sha256"],
    on: ["enable_backup_import"],
    counts: (v) => v.enable_backup_import,
    set: "enable_backup_import = true",
  },
  {
    variables: ["lock_portable_backups", "backup_rehearsal_schedule"],
    on: ["enable_portable_backups"],
    counts: (v) => v.enable_portable_backups,
    set: "enable_portable_backups = true",
  },
  {
    variables: ["backup_file"],
    on: ["backup_uri", "backup_source", "enable_backup_import"],
    counts: (v) => v.enable_backup_import && namesNoFile(v),
    set: 'enable_backup_import = true and a backup_uri that ends with "/"',
  },
  {
    variables: ["database_maintenance_tasks", "database_maintenance_minutes"],
    on: ["database_maintenance_schedule"],
    counts: (v) => v.database_maintenance_schedule !== "",
    set: "database_maintenance_schedule",
  },
  {
    variables: ["custom_sql_scripts_bucket", "custom_sql_scripts_path", "custom_sql_scripts_use_root"],
    on: ["enable_custom_sql_scripts"],
    counts: (v) => v.enable_custom_sql_scripts,
    set: "enable_custom_sql_scripts = true",
  },
  {
    variables: ["trace_sampling_rate"],
    on: ["enable_tracing"],
    counts: (v) => v.enable_tracing,
    set: "enable_tracing = true",
  },
  {
    variables: ["billing_export_table"],
    on: ["enable_component_metrics", "support_users"],
    counts: (v) => v.support_users.length > 0 || v.enable_component_metrics === true,
    set: "support_users",
  },
  {
    variables: ["vertical_autoscaling_range"],
    on: ["enable_vertical_pod_autoscaling"],
    counts: (v) => v.enable_vertical_pod_autoscaling,
    set: "enable_vertical_pod_autoscaling = true",
  },
  {
    variables: ["gcs_fuse_resources"],
    on: ["gcs_volumes"],
    counts: (v) => v.gcs_volumes.length > 0,
    set: "gcs_volumes",
  },
  {
    variables: ["billing_account_id", "budget_thresholds"],
    on: ["monthly_budget"],
    counts: (v) => v.monthly_budget > 0,
    set: "monthly_budget",
  },
  {
    variables: ["log_viewers"],
    on: ["log_retention_days"],
    counts: (v) => v.log_retention_days > 0,
    set: "log_retention_days",
  },
  {
    variables: ["standard_alerts"],
    on: ["support_users"],
    counts: (v) => v.support_users.length > 0,
    set: "support_users",
  },
  {
    variables: ["application_domains"],
    on: ["enable_custom_domain"],
    counts: (v) => v.enable_custom_domain,
    set: "enable_custom_domain = true",
  },
  {
    variables: ["static_ip_name"],
    on: ["reserve_static_ip"],
    counts: (v) => v.reserve_static_ip,
    set: "reserve_static_ip = true",
  },
  {
    variables: ["iap_authorized_users", "iap_authorized_groups", "iap_exempt_paths"],
    on: ["enable_iap"],
    counts: (v) => v.enable_iap,
    set: (v) =>
      v.enable_cdn ? undefined : `enable_iap = true${v.enable_custom_domain ? "" : " and enable_custom_domain = true"}`,
    because: "it belongs to enable_iap, which cannot be set together with enable_cdn",
  },
  {
    variables: ["admin_ip_ranges", "cloud_armor_policy_name", "create_cloud_armor_policy", "cloud_armor_preview"],
    on: ["enable_cloud_armor", "enable_vpc_sc"],
    counts: (v, name) => v.enable_cloud_armor || (name === "admin_ip_ranges" && v.enable_vpc_sc),
    set: "enable_cloud_armor = true",
  },
  {
    variables: ["additional_egress"],
    on: ["enable_network_segmentation"],
    counts: (v) => v.enable_network_segmentation,
    set: "enable_network_segmentation = true",
  },
  {
    variables: ["redis_ca_file"],
    on: ["redis_tls"],
    counts: (v) => v.redis_tls,
    set: (v) => `redis_tls = true${v.redis_host === "" ? " and redis_host" : ""}`,
  },
  {
    variables: ["redis_password_secret", "redis_port", "redis_database"],
    on: ["redis_host", "redis_service", "redis_moves_from", "nfs_instance_name"],
    counts: (v) => v.redis_host !== "" || v.nfs_instance_name !== "",
    set: "redis_host or nfs_instance_name",
  },
  {
    variables: ["memorystore_memory_gb", "memorystore_high_availability", "memorystore_version"],
    on: ["redis_service", "redis_moves_from", "redis_host", "enable_redis"],
    counts: (v) => usesRedisIn("memorystore", v),
    set: 'redis_service = "memorystore"',
  },
  {
    variables: ["vpc_cidr_ranges", "vpc_sc_dry_run", "organization_id", "access_policy_id", "vpc_sc_identities"],
    on: ["enable_vpc_sc"],
    counts: (v) => v.enable_vpc_sc,
    set: "enable_vpc_sc = true and organization_id",
  },
];
