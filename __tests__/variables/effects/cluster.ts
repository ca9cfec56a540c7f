import { cases, type EffectCases } from "./effect-case";

const GOOGLE = { deploy_application: false };
const NAMED_CLUSTER = { ...GOOGLE, gke_cluster_name: "shared", network_name: "shared" };
const QUOTA = {
  enable_resource_quota: true,
  quota_cpu_requests: "60",
  quota_cpu_limits: "60",
  quota_memory_requests: "120Gi",
  quota_memory_limits: "120Gi",
  quota_max_pods: "60",
  quota_max_services: "20",
};
const STATEFUL = { stateful_pvc_enabled: true };
const PORT = { name: "metrics", port: 9090, target_port: 8080 };

/** Groups 6 to 9. */
export const clusterEffects: EffectCases = {
  ...cases(
    {},
    {
      kubernetes_credentials: "plugin",
      install_operators: ["external-secrets"],
      service_type: "NodePort",
      session_affinity: "None",
      namespace_name: "ai",
      termination_grace_period_seconds: 90,
      deployment_timeout: 2400,
      service_port: 8080,
      extra_service_ports: [PORT],
      enable_network_segmentation: true,
      configure_service_mesh: true,
      enable_multi_cluster_service: true,
      enable_topology_spread: true,
    },
  ),
  ...cases(
    { configure_service_mesh: true },
    { cpu_limit: "200m", memory_limit: "512Mi" },
    "service_mesh_proxy_resources.",
  ),
  ...cases(
    { extra_service_ports: [PORT] },
    {
      name: "other",
      port: 9091,
      // Nothing listens there.
      target_port: 9090,
      protocol: "UDP",
    },
    "extra_service_ports[].",
  ),
  multi_cluster_client_ranges: [
    {
      value: ["10.20.0.0/16"],
      with: {
        enable_multi_cluster_service: true,
        enable_cloud_armor: true,
        multi_cluster_client_ranges: ["10.30.0.0/16"],
      },
    },
    { value: ["10.20.0.0/16"], with: { enable_multi_cluster_service: true } },
  ],
  namespace_exists: { value: true, with: { namespace_name: "ai" } },
  gke_cluster_location: [
    { value: "us-central1-b", with: NAMED_CLUSTER },
    { value: "us-central1-b", with: GOOGLE },
  ],
  kubernetes_endpoint: { value: "dns", with: GOOGLE },
  gke_cluster_name: { value: "shared", with: { ...GOOGLE, network_name: "shared" } },
  gke_cluster_selection_mode: { value: "round-robin" },
  prereq_gke_subnet_cidr: [
    { value: "10.1.0.0/24", with: GOOGLE },
    { value: "10.1.0.0/24", with: { ...GOOGLE, prereq_subnet_cidr_override: "10.2.0.0/24" } },
    { value: "10.1.0.0/24", with: { ...NAMED_CLUSTER, nfs_instance_name: "shared" } },
  ],
  prereq_subnet_cidr_override: [
    { value: "10.1.0.0/24", with: GOOGLE },
    { value: "10.1.0.0/24", with: { ...NAMED_CLUSTER, nfs_instance_name: "shared" } },
  ],
  ...Object.fromEntries(
    Object.entries({
      prereq_gke_pod_cidr_override: "10.64.0.0/14",
      prereq_gke_service_cidr_override: "10.32.0.0/20",
      prereq_gke_master_cidr_override: "172.16.0.0/28",
      gke_release_channel: "STABLE",
      master_authorized_networks: ["203.0.113.0/24"],
    }).map(([name, value]) => [
      name,
      [
        { value, with: GOOGLE },
        { value, with: NAMED_CLUSTER },
      ],
    ]),
  ),
  // With a single pod, a rule speaks of it.
  workload_type: { value: "StatefulSet", with: { min_instance_count: 2 } },
  stateful_pvc_enabled: { value: true, with: { min_instance_count: 2 } },
  ...cases(STATEFUL, {
    stateful_pvc_size: "20Gi",
    stateful_pvc_mount_path: "/files",
    stateful_pvc_storage_class: "premium-rwo",
    stateful_headless_service: false,
    stateful_pod_management_policy: "Parallel",
    stateful_update_strategy: "OnDelete",
    stateful_fs_group: 3000,
  }),
  enable_resource_quota: { value: true, with: { ...QUOTA, enable_resource_quota: false } },
  ...cases(QUOTA, {
    quota_memory_requests: "110Gi",
    quota_memory_limits: "130Gi",
    quota_cpu_requests: "50",
    quota_cpu_limits: "70",
    quota_max_pods: "70",
    quota_max_services: "30",
    quota_max_pvcs: "9",
  }),
  ...cases(GOOGLE, {
    maintenance_start_time: "03:00",
    maintenance_exclusions: [{ start_date: "2026-12-20", end_date: "2027-01-04" }],
  }),
  ...cases(
    { ...GOOGLE, maintenance_exclusions: [{ start_date: "2026-12-20", end_date: "2027-01-04" }] },
    { start_date: "2026-12-21", end_date: "2027-01-05" },
    "maintenance_exclusions[].",
  ),
  topology_spread_strict: [
    { value: true, with: { enable_topology_spread: true, min_instance_count: 3 } },
    { value: true, with: { min_instance_count: 3 } },
  ],
};
