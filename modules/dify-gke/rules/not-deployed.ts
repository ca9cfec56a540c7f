import { isDefault, type VariableName } from "../variables";
import { DESIGN, type Rule } from "./rule";

/** Settings of what runs in the cluster, which have no effect while nothing does and no pipeline brings releases. */
const IN_CLUSTER = [
  ...["component_image_tags", "description", "cpu_limit", "memory_limit", "min_instance_count", "max_instance_count"],
  ...[
    "container_port",
    "container_protocol",
    "service_annotations",
    "service_labels",
    "timeout_seconds",
    "container_image",
  ],
  ...["cloud_sql_proxy_version", "worker_placement", "worker_min_instance_count", "worker_max_instance_count"],
  ...["component_settings", "enable_marketplace", "upload_file_size_limit_mb", "ssrf_proxy_allowed_hosts"],
  ...["environment_variables", "pdb_min_available", "termination_grace_period_seconds", "deployment_timeout"],
  ...["service_port", "extra_service_ports", "enable_network_segmentation", "enable_topology_spread"],
  ...["topology_spread_strict", "enable_resource_quota", "nfs_mount_path", "nfs_volume_name", "startup_probe"],
  ...["startup_probe_config", "liveness_probe", "health_check_config", "initialization_jobs", "cron_jobs"],
  ...["additional_services", "outbound_proxy", "sandbox_image", "sandbox_python_requirements_file", "trusted_ca_file"],
  ...["session_affinity", "quota_cpu_requests", "quota_cpu_limits", "quota_memory_requests", "quota_memory_limits"],
  ...["quota_max_pods", "quota_max_services", "quota_max_pvcs", "image_digests", "public_urls", "trusted_proxy_ranges"],
  ...["trusted_proxy_namespaces", "client_connection_limit", "load_balancer_source_ranges", "external_traffic_policy"],
  ...["additional_egress", "gateway_log", "gateway_log_sample_rate", "iap_exempt_paths", "uptime_check_config"],
  ...["redis_tls", "redis_ca_file", "db_host_env_var_name", "db_port_env_var_name", "db_name_env_var_name"],
  ...["db_user_env_var_name", "db_password_env_var_name", "namespace_exists", "gcs_volumes"],
  ...["gcs_fuse_resources", "enable_vertical_pod_autoscaling", "vertical_autoscaling_range"],
  ...["vector_store", "vector_store_replicas", "vector_store_disk_gb", "vector_store_moves_from"],
  ...["vector_store_drained_from"],
  ...["data_services", "kubeblocks_clusters", "kubeblocks_namespace"],
  ...["enable_multi_cluster_service", "multi_cluster_client_ranges", "configure_service_mesh"],
  ...["service_mesh_proxy_resources"],
  ...[
    "enable_backup_import",
    "secrets_delivery",
    "secrets_refresh_interval",
    "secret_store_name",
    "secrets_operator_namespace",
  ],
] as unknown as readonly VariableName[];

/** Settings of what leads to the pods, which have no effect without them even if a pipeline prepares releases. */
const TO_PODS = ["gateway_backend_stage", "delivered_by_service_account"] as const;

const notDeployed: Rule = {
  id: "nothing-deployed",
  what: "Settings of pods, Services and jobs with `deploy_application = false`, without a delivery pipeline",
  why: "They have no effect until something runs in the cluster.",
  risk: "Low",
  severity: "warning",
  variables: ["deploy_application", "enable_cloud_deploy", ...IN_CLUSTER, ...TO_PODS],
  source: DESIGN,
  brokenBy: (v, given) => {
    if (v.deploy_application) return [];
    const idle = [...TO_PODS, ...(v.enable_cloud_deploy ? [] : IN_CLUSTER)].filter(
      (name) => given.has(name) && !isDefault(v, name),
    );
    return idle.length > 0 ? [idle.join(", ")] : [];
  },
  message: (_, subject) =>
    `deploy_application is false, so nothing runs in the cluster, and ${subject} ${subject.includes(",") ? "have" : "has"} no effect. Set deploy_application = true once they are to count, or silence this warning until then.`,
};

export const notDeployedRules: readonly Rule[] = [notDeployed];
