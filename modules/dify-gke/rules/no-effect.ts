import { defaults, type VariableName, type Variables } from "../variables";
import { DESIGN, type Rule } from "./rule";

/** Documented variables that nothing here depends on, each with the reason. */
export const noEffect: Readonly<Partial<Record<VariableName, string>>> = {
  job_execution_wait_timeout: "Each job is waited for as long as its own timeout_seconds.",
  secret_propagation_delay: "Terraform reads each secret back before it is used, so there is nothing to wait for.",
  cloudsql_volume_mount_path: "The Auth Proxy listens on 127.0.0.1:5432, so there is no socket to mount.",
  container_resources: "Sizes are given in cpu_limit and memory_limit.",
  application_database_name: "Dify's database is named in db_name.",
  application_database_user: "Dify's database user is named in db_user.",
  application_display_name: "The name is given in display_name.",
  application_description: "The text is given in description.",
  gke_cluster_selection_mode: "A cluster is named in gke_cluster_name or created, never picked from several.",
  enable_mysql_plugins: "The database is PostgreSQL.",
  mysql_plugins: "The database is PostgreSQL.",
  iap_support_email: "The consent screen belongs to the OAuth client, which exists already.",
};

/** A variable that counts only together with another one. */
interface Dependent {
  readonly variables: readonly VariableName[];
  /** The variables that decide. */
  readonly on: readonly VariableName[];
  readonly counts: (v: Variables) => boolean;
  readonly set: string;
}

/** Settings of a feature, with the switch that they need. */
export const dependents: readonly Dependent[] = [
  {
    variables: ["state_prefix"],
    on: ["state_bucket"],
    counts: (v) => v.state_bucket !== "",
    set: "state_bucket",
  },
  {
    variables: ["backup_location"],
    on: ["sql_instance_name"],
    counts: (v) => v.sql_instance_name === "",
    set: 'sql_instance_name = ""',
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
    variables: [
      "stateful_pvc_size",
      "stateful_pvc_mount_path",
      "stateful_pvc_storage_class",
      "stateful_pod_management_policy",
      "stateful_update_strategy",
      "stateful_fs_group",
    ],
    on: ["workload_type", "stateful_pvc_enabled"],
    counts: (v) => v.workload_type === "StatefulSet" || v.stateful_pvc_enabled === true,
    set: "stateful_pvc_enabled = true",
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
    on: ["enable_cicd_trigger"],
    counts: (v) => v.enable_cicd_trigger,
    set: "enable_cicd_trigger = true",
  },
  {
    variables: ["cloud_deploy_stages", "gateway_backend_stage"],
    on: ["enable_cloud_deploy"],
    counts: (v) => v.enable_cloud_deploy,
    set: "enable_cloud_deploy = true",
  },
  {
    variables: ["binauthz_evaluation_mode"],
    on: ["enable_binary_authorization"],
    counts: (v) => v.enable_binary_authorization,
    set: "enable_binary_authorization = true",
  },
  {
    variables: ["rotation_propagation_delay_sec"],
    on: ["enable_auto_password_rotation"],
    counts: (v) => v.enable_auto_password_rotation,
    set: "enable_auto_password_rotation = true",
  },
  {
    variables: ["backup_source", "backup_uri", "backup_format", "backup_file"],
    on: ["enable_backup_import"],
    counts: (v) => v.enable_backup_import,
    set: "enable_backup_import = true",
  },
  {
    variables: ["custom_sql_scripts_bucket", "custom_sql_scripts_path", "custom_sql_scripts_use_root"],
    on: ["enable_custom_sql_scripts"],
    counts: (v) => v.enable_custom_sql_scripts,
    set: "enable_custom_sql_scripts = true",
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
    set: "enable_iap = true",
  },
  {
    variables: ["admin_ip_ranges", "cloud_armor_policy_name", "create_cloud_armor_policy", "cloud_armor_preview"],
    on: ["enable_cloud_armor"],
    counts: (v) => v.enable_cloud_armor,
    set: "enable_cloud_armor = true",
  },
  {
    variables: ["redis_password_secret"],
    on: ["redis_host", "nfs_instance_name"],
    counts: (v) => v.redis_host !== "" || v.nfs_instance_name !== "",
    set: "redis_host or nfs_instance_name",
  },
  {
    variables: ["vpc_cidr_ranges", "vpc_sc_dry_run", "organization_id"],
    on: ["enable_vpc_sc"],
    counts: (v) => v.enable_vpc_sc,
    set: "enable_vpc_sc = true",
  },
];

const noEffectRules: readonly Rule[] = (Object.keys(noEffect) as VariableName[]).map((variable) => ({
  id: `no-effect-${variable.replaceAll("_", "-")}`,
  risk: "Low",
  severity: "warning",
  variables: [variable],
  source: DESIGN,
  brokenBy: (_, given) => given.has(variable),
  message: () => `${variable} has no effect here. ${noEffect[variable] ?? ""} Take it out of the file.`,
}));

const dependentRules: readonly Rule[] = dependents.map(({ variables, on, counts, set }) => ({
  id: `unused-without-${(on[0] ?? "").replaceAll("_", "-")}`,
  risk: "Low",
  severity: "warning",
  variables: [variables[0], ...variables.slice(1), ...on] as [VariableName, ...VariableName[]],
  source: DESIGN,
  brokenBy: (v, given) =>
    counts(v)
      ? []
      : variables.filter(
          (name) =>
            given.has(name) && JSON.stringify(v[name]) !== JSON.stringify((defaults as Partial<Variables>)[name]),
        ),
  message: (_, subject) =>
    `${subject} has no effect unless you set ${set}. Set it as well, or take ${subject} out of the file.`,
}));

export const noEffectAndUnusedRules: readonly Rule[] = [...noEffectRules, ...dependentRules];
