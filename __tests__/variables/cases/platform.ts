import type { Given } from "./given";
import type { RuleCase } from "./rule-case";
import { service } from "./workloads";

const IAM = { database_authentication: "iam" };
const CUSTOM_SQL = { enable_custom_sql_scripts: true, custom_sql_scripts_bucket: "company-sql" };

/** A quota that bounds nothing. */
const unbounded = {
  enable_resource_quota: true,
  quota_cpu_requests: "",
  quota_cpu_limits: "",
  quota_memory_requests: "",
  quota_memory_limits: "",
  quota_max_pods: "",
  quota_max_services: "",
};

const PLUS: Given = { sql_edition: "ENTERPRISE_PLUS", sql_tier: "db-perf-optimized-N-4" };
const TLS: Given = { redis_tls: true, redis_host: "10.0.0.3" };
const AUTHORITY = "__tests__/fixtures/certificates/authority.pem";

const SHARED_VPC: Given = {
  network_project_id: "host-project",
  network_name: "vpc",
  subnetwork_name: "nodes",
  create_file_server_firewall: true,
};
const TRIGGER: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "1",
};

const STAGED: Given = { ...TRIGGER, enable_cloud_deploy: true, cloud_deploy_stages: [{ name: "test" }] };
const COPIES: Given = { filestore_tier: "ZONAL", files_move_from: "file_server" };
const MOVES: Given = { redis_service: "memorystore", redis_moves_from: "file_server" };
const VERTICAL: Given = { enable_vertical_pod_autoscaling: true, min_instance_count: 2, max_instance_count: 2 };
const BY_TASKS: Given = {
  worker_scaling: "waiting_tasks",
  worker_placement: "deployment",
  enable_component_metrics: true,
};

/** Shared services, Redis, database, scaling. */
export const platformCases: readonly RuleCase[] = [
  {
    // Names that follow from the deployment id, a hash over "demo-project", "demo", "dify" and "test".
    id: "created-here-stays-unnamed",
    breaks: [
      { network_name: "dify-demo-30a68bf9-network" },
      { gke_cluster_name: "dify-demo-30a68bf9-gke" },
      { sql_instance_name: "app-sql-30a68bf9" },
      { nfs_instance_name: "app-nfs-30a68bf9" },
    ],
    holds: [{}, { network_name: "vpc", gke_cluster_name: "dify-demo-00000000-gke" }],
  },
  {
    id: "handed-over-or-named",
    breaks: [
      { handed_over_services: ["network"], network_name: "vpc" },
      { handed_over_services: ["cluster"], gke_cluster_name: "other", network_name: "vpc" },
      { handed_over_services: ["network", "sql_instance"], sql_instance_name: "other" },
    ],
    holds: [
      { handed_over_services: ["network", "cluster", "sql_instance"] },
      { handed_over_services: ["cluster"], sql_instance_name: "other", network_name: "vpc" },
    ],
  },
  {
    id: "services-named",
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
    id: "shared-vpc-has-network",
    breaks: [
      { network_project_id: "host-project", subnetwork_name: "nodes", create_file_server_firewall: true },
      { subnetwork_name: "nodes" },
    ],
    holds: [
      { ...SHARED_VPC },
      { network_name: "vpc", subnetwork_name: "nodes" },
      { network_project_id: "demo-project" },
    ],
  },
  {
    id: "shared-vpc-has-subnetwork",
    shows: "subnetwork_name",
    breaks: [{ ...SHARED_VPC, subnetwork_name: "" }],
    holds: [
      SHARED_VPC,
      {
        ...SHARED_VPC,
        subnetwork_name: "",
        gke_cluster_name: "c",
        nfs_instance_name: "f",
        create_file_server_firewall: null,
      },
    ],
  },
  {
    id: "shared-vpc-firewall-decided",
    shows: "create_file_server_firewall",
    breaks: [{ ...SHARED_VPC, create_file_server_firewall: null }],
    holds: [SHARED_VPC, { ...SHARED_VPC, create_file_server_firewall: false }],
  },
  {
    id: "new-network-has-firewall",
    shows: "create_file_server_firewall",
    breaks: [{ create_file_server_firewall: false }],
    holds: [{ create_file_server_firewall: true }, { network_name: "vpc", create_file_server_firewall: false }],
  },
  {
    id: "range-names-need-subnetwork",
    shows: "pod_range_name",
    breaks: [
      { pod_range_name: "others" },
      { network_name: "vpc", subnetwork_name: "nodes", gke_cluster_name: "c", pod_range_name: "others" },
    ],
    holds: [{ network_name: "vpc", subnetwork_name: "nodes", pod_range_name: "others" }, { pod_range_name: "pods" }],
  },
  {
    id: "shared-vpc-names-pool",
    shows: "cloud_build_worker_pool",
    breaks: [{ ...SHARED_VPC, ...TRIGGER, master_authorized_networks: ["203.0.113.0/24"] }],
    holds: [{ ...SHARED_VPC, ...TRIGGER }],
  },
  {
    id: "cluster-location-needs-name",
    shows: "gke_cluster_location",
    breaks: [{ gke_cluster_location: "us-central1-b" }],
    holds: [{ network_name: "n", gke_cluster_name: "c", gke_cluster_location: "us-central1-b" }],
  },
  {
    id: "cluster-in-region",
    shows: "gke_cluster_location",
    breaks: [{ network_name: "n", gke_cluster_name: "c", gke_cluster_location: "europe-west1-b" }],
    holds: [
      { network_name: "n", gke_cluster_name: "c", gke_cluster_location: "us-central1-b" },
      { network_name: "n", gke_cluster_name: "c" },
    ],
  },
  {
    id: "network-has-nat",
    breaks: [{ create_nat: false }],
    holds: [{ create_nat: true }, {}, { create_nat: false, network_name: "n" }],
  },
  {
    id: "nat-addresses-of-own-gateway",
    breaks: [
      { nat_address_count: 2, network_name: "n" },
      { nat_address_count: 2, network_name: "n", create_nat: false },
      { nat_address_count: 1, create_nat: false, silenced_warnings: { "network-has-nat": "a proxy" } },
    ],
    holds: [
      { nat_address_count: 2 },
      { nat_address_count: 2, network_name: "n", create_nat: true },
      { network_name: "n" },
    ],
  },
  {
    id: "region-known",
    breaks: [
      { region: "us-centrall1" },
      { region: "europe-west99" },
      { backup_location: "us-central11" },
      { portable_backup_location: "europe-wset3" },
      { secret_replication_locations: ["us-central1", "us-eats1"] },
      { storage_buckets: [{ name_suffix: "data", location: "USA" }] },
      { cloud_deploy_stages: [{ name: "dev", region: "us-centrall1" }] },
    ],
    holds: [
      { region: "europe-west12" },
      { region: "me-central2" },
      { backup_location: "eu", portable_backup_location: "asia" },
      { secret_replication_locations: ["automatic"] },
      {
        storage_buckets: [
          { name_suffix: "data", location: "EUR4" },
          { name_suffix: "more", location: "EU" },
        ],
      },
    ],
  },
  {
    id: "zone-known",
    breaks: [
      { nfs_instance_zone: "us-central1-d" },
      { region: "europe-west1", nfs_instance_zone: "europe-west1-a" },
      { network_name: "shared", gke_cluster_name: "shared", gke_cluster_location: "us-central1-x" },
      { network_name: "shared", filestore_name: "files", filestore_location: "us-central1-d", redis_host: "10.0.0.3" },
    ],
    holds: [
      { nfs_instance_zone: "us-central1-f" },
      { filestore_location: "us-central1" },
      // The other rules say that these are elsewhere.
      { nfs_instance_zone: "us-centrall1-d" },
    ],
  },
  {
    id: "pods-reach-database",
    breaks: [{ prereq_gke_pod_cidr_override: "172.17.0.0/16" }, { prereq_gke_pod_cidr_override: "172.17.64.0/18" }],
    holds: [
      { prereq_gke_pod_cidr_override: "172.16.0.0/14" },
      { prereq_gke_pod_cidr_override: "172.20.0.0/14" },
      { prereq_gke_pod_cidr_override: "172.17.64.0/18", data_services: { postgresql: "kubeblocks" } },
    ],
  },
  {
    id: "pods-keep-database",
    breaks: [{ prereq_gke_pod_cidr_override: "172.16.0.0/14" }, { prereq_gke_pod_cidr_override: "172.16.0.0/12" }],
    holds: [
      { prereq_gke_pod_cidr_override: "172.16.0.0/16" },
      { prereq_gke_pod_cidr_override: "172.17.0.0/16" },
      { prereq_gke_pod_cidr_override: "172.16.0.0/14", data_services: { postgresql: "kubeblocks" } },
      { prereq_gke_pod_cidr_override: "172.16.0.0/14", gke_cluster_name: "shared", network_name: "shared" },
    ],
  },
  {
    id: "ranges-usable",
    breaks: [
      { prereq_gke_subnet_cidr: "127.0.0.0/20" },
      { prereq_gke_subnet_cidr: "10.0.0.0/30" },
      { prereq_subnet_cidr_override: "169.254.0.0/24" },
      { prereq_gke_pod_cidr_override: "10.64.0.0/25" },
      { prereq_gke_service_cidr_override: "10.65.0.0/29" },
      { prereq_gke_master_cidr_override: "224.0.0.0/28" },
    ],
    holds: [
      { prereq_gke_subnet_cidr: "100.64.0.0/29", prereq_gke_pod_cidr_override: "10.64.0.0/24" },
      { prereq_gke_service_cidr_override: "10.65.0.0/28" },
      { prereq_gke_pod_cidr_override: "127.0.0.0/28", gke_cluster_name: "c", network_name: "n" },
    ],
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
    id: "docker-hub-needs-mirror",
    breaks: [
      { docker_hub_user: "dify", docker_hub_password_secret: "docker-hub", enable_image_mirroring: false },
      { docker_hub_user: "dify", docker_hub_password_secret: "docker-hub", image_mirror_repository: "docker-hub" },
    ],
    holds: [
      { enable_image_mirroring: false },
      { image_mirror_repository: "docker-hub" },
      { docker_hub_user: "dify", docker_hub_password_secret: "docker-hub" },
    ],
  },
  {
    id: "filestore-located",
    breaks: [{ filestore_name: "files", redis_host: "10.0.0.3" }],
    holds: [
      { filestore_name: "files", filestore_location: "us-central1-b", redis_host: "10.0.0.3" },
      { filestore_name: "files", enable_nfs: false, redis_host: "10.0.0.3" },
    ],
  },
  {
    id: "filestore-in-region",
    breaks: [
      { filestore_name: "files", filestore_location: "us-east1-b" },
      { filestore_name: "files", filestore_location: "us-central10" },
    ],
    holds: [
      { filestore_name: "files", filestore_location: "us-central1" },
      { filestore_name: "files", filestore_location: "us-central1-c" },
    ],
  },
  {
    id: "existing-namespace-named",
    breaks: [{ namespace_exists: true }],
    holds: [{ namespace_exists: true, namespace_name: "ai" }, {}],
  },
  {
    id: "existing-namespace-left-alone",
    breaks: [
      { namespace_exists: true, namespace_name: "ai", enable_resource_quota: true },
      { namespace_exists: true, namespace_name: "ai", ...TRIGGER },
      {
        namespace_exists: true,
        namespace_name: "ai",
        delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com",
      },
    ],
    holds: [
      { namespace_exists: true, namespace_name: "ai" },
      { namespace_name: "ai", enable_resource_quota: true },
    ],
  },
  {
    id: "maintenance-of-others",
    breaks: [
      {
        maintenance_start_time: "03:00",
        gke_cluster_name: "theirs",
        sql_instance_name: "theirs",
        network_name: "theirs",
      },
    ],
    holds: [
      { maintenance_start_time: "03:00", gke_cluster_name: "theirs", network_name: "theirs" },
      { gke_cluster_name: "theirs", sql_instance_name: "theirs", network_name: "theirs" },
    ],
  },
  {
    id: "docker-hub-credentials-whole",
    breaks: [{ docker_hub_user: "dify" }, { docker_hub_password_secret: "docker-hub" }],
    holds: [{}, { docker_hub_user: "dify", docker_hub_password_secret: "docker-hub" }],
  },
  {
    id: "maintenance-exclusion-length",
    breaks: [
      { maintenance_exclusions: [{ start_date: "2026-12-20", end_date: "2026-12-20" }] },
      { maintenance_exclusions: [{ start_date: "2026-12-20", end_date: "2026-12-01" }] },
      { maintenance_exclusions: [{ start_date: "2026-12-01", end_date: "2027-01-01" }] },
    ],
    holds: [{}, { maintenance_exclusions: [{ start_date: "2026-12-01", end_date: "2026-12-31" }] }],
  },
  {
    id: "maintenance-exclusions-few",
    breaks: [
      {
        maintenance_exclusions: ["01", "02", "03", "04"].map((month) => ({
          start_date: `2027-${month}-01`,
          end_date: `2027-${month}-03`,
        })),
      },
    ],
    holds: [
      {
        maintenance_exclusions: ["01", "02", "03"].map((month) => ({
          start_date: `2027-${month}-01`,
          end_date: `2027-${month}-03`,
        })),
      },
    ],
  },
  {
    id: "maintenance-exclusions-apart",
    breaks: [
      {
        maintenance_exclusions: [
          { start_date: "2027-01-10", end_date: "2027-01-20" },
          { start_date: "2027-01-01", end_date: "2027-01-11" },
        ],
      },
    ],
    holds: [
      {
        maintenance_exclusions: [
          { start_date: "2027-01-10", end_date: "2027-01-20" },
          { start_date: "2027-01-01", end_date: "2027-01-10" },
        ],
      },
    ],
  },
  {
    id: "plugin-impersonates-nobody",
    breaks: [
      {
        kubernetes_credentials: "plugin",
        impersonation_service_account: "deployer@demo-project.iam.gserviceaccount.com",
      },
    ],
    holds: [
      { kubernetes_credentials: "plugin" },
      { impersonation_service_account: "deployer@demo-project.iam.gserviceaccount.com" },
    ],
  },
  {
    id: "zone-in-region",
    breaks: [{ nfs_instance_zone: "us-east1-b" }],
    holds: [{ nfs_instance_zone: "us-central1-f" }, { nfs_instance_zone: "us-east1-b", region: "us-east1" }],
  },
  {
    id: "nfs-share-path",
    breaks: [
      ...["/share/", "/a..b", "/sh*re", "/etc", "/usr/share"],
      ...["/srv", "/srv/data", "/srv/data/share", "/var", "/tmp/share"],
    ].map((path) => ({ nfs_share_path: path })),
    holds: [
      ...["/share", "/export/share", "/srv/share", "/srv/data-2", "/var/nfs", "/mnt/a.b_c-d"].map((path) => ({
        nfs_share_path: path,
      })),
      { nfs_share_path: "/share/", nfs_instance_name: "theirs" },
    ],
  },
  {
    id: "nfs-network-tag",
    breaks: [{ network_tags: [] }, { network_tags: ["web"], enable_nfs: false }],
    holds: [{ network_tags: ["web", "nfsserver"] }, { network_tags: [], enable_nfs: false, redis_host: "10.0.0.3" }],
  },
  {
    id: "redis-required",
    breaks: [{ enable_redis: false }, { enable_redis: false, data_services: { redis: "kubeblocks" } }],
    holds: [{ enable_redis: true }],
  },
  {
    id: "redis-reachable",
    breaks: [{ enable_nfs: false }],
    holds: [
      { enable_nfs: false, redis_host: "10.0.0.3" },
      { enable_nfs: false, redis_service: "memorystore" },
      { enable_nfs: true },
    ],
  },
  {
    id: "filestore-size",
    breaks: [
      { filestore_tier: "BASIC_SSD" },
      { filestore_tier: "ZONAL", filestore_capacity_gb: 1100 },
      { filestore_tier: "BASIC_HDD", filestore_capacity_gb: 70000 },
    ],
    holds: [{ filestore_tier: "REGIONAL", filestore_capacity_gb: 1280 }, { filestore_tier: "BASIC_HDD" }, {}],
  },
  {
    id: "filestore-made-or-named",
    breaks: [
      { filestore_tier: "ZONAL", filestore_name: "theirs", filestore_location: "us-central1" },
      { files_move_from: "file_server" },
      { files_move_from: "filestore" },
    ],
    holds: [
      { filestore_tier: "ZONAL", files_move_from: "file_server" },
      { filestore_tier: "ZONAL", files_move_from: "filestore" },
      { files_move_from: "nothing" },
    ],
  },
  {
    id: "filestore-backed-up",
    breaks: [{ filestore_tier: "ZONAL" }, { ...COPIES }],
    holds: [
      { filestore_tier: "ZONAL", enable_portable_backups: true },
      { filestore_name: "theirs", filestore_location: "us-central1" },
      {},
    ],
  },
  {
    id: "files-move-with-apply",
    breaks: [
      { ...COPIES, deploy_application: false },
      { ...COPIES, ...STAGED },
      { ...COPIES, ...STAGED, files_move_from: "nothing" },
      { ...COPIES, delivered_by_service_account: "deploy@other-project.iam.gserviceaccount.com" },
    ],
    holds: [
      COPIES,
      { ...COPIES, files_move_from: "nothing", deploy_application: false },
      { ...STAGED, ...COPIES, files_move_from: null },
    ],
  },
  {
    id: "redis-service-named",
    breaks: [
      { redis_service: "external" },
      { redis_service: "memorystore", redis_moves_from: "external" },
      { redis_service: "memorystore", redis_host: "10.0.0.3" },
      { redis_service: "file_server", redis_moves_from: "memorystore", redis_host: "10.0.0.3" },
    ],
    holds: [
      {},
      { redis_host: "10.0.0.3" },
      { redis_service: "memorystore" },
      { redis_service: "memorystore", redis_moves_from: "external", redis_host: "10.0.0.3" },
    ],
  },
  {
    id: "redis-moves-elsewhere",
    breaks: [
      { redis_moves_from: "file_server" },
      { redis_service: "memorystore", redis_moves_from: "memorystore" },
      { redis_host: "10.0.0.3", redis_moves_from: "external" },
    ],
    holds: [{ redis_service: "memorystore", redis_moves_from: "file_server" }, { redis_moves_from: "nothing" }, {}],
  },
  {
    id: "redis-moves-with-apply",
    breaks: [
      { ...MOVES, deploy_application: false },
      { ...MOVES, ...STAGED },
      { ...MOVES, delivered_by_service_account: "deploy@other-project.iam.gserviceaccount.com" },
    ],
    holds: [MOVES, { ...STAGED, ...MOVES, redis_moves_from: "nothing" }],
  },
  {
    id: "redis-tls-elsewhere",
    breaks: [
      { redis_tls: true },
      { redis_tls: true, nfs_instance_name: "theirs" },
      { redis_tls: true, redis_service: "memorystore" },
    ],
    holds: [
      { redis_tls: true, redis_host: "10.0.0.3" },
      { redis_tls: true, redis_host: "10.0.0.3", redis_service: "memorystore", redis_moves_from: "external" },
      {},
    ],
  },
  {
    id: "redis-tls-agrees",
    breaks: [
      { ...TLS, environment_variables: { REDIS_USE_SSL: "false" } },
      { ...TLS, environment_variables: { REDIS_SSL_CERT_REQS: "CERT_NONE" } },
      { ...TLS, environment_variables: { REDIS_SSL_CERT_REQS: "CERT_REQUIRED" } },
      { ...TLS, redis_ca_file: AUTHORITY, environment_variables: { REDIS_SSL_CA_CERTS: "/ca.pem" } },
      { environment_variables: { REDIS_USE_SSL: "true", REDIS_SSL_CERT_REQS: "CERT_REQUIRED" } },
    ],
    holds: [
      { ...TLS, environment_variables: { REDIS_USE_SSL: "true" } },
      { ...TLS, redis_ca_file: AUTHORITY, environment_variables: { REDIS_SSL_CERT_REQS: "CERT_REQUIRED" } },
      { environment_variables: { REDIS_USE_SSL: "true" } },
    ],
  },
  {
    id: "redis-ca-usable",
    breaks: [
      { ...TLS, redis_ca_file: "no-such.pem" },
      { ...TLS, redis_ca_file: "package.json" },
      { ...TLS, redis_ca_file: "__tests__/fixtures" },
      { ...TLS, redis_ca_file: "__tests__/fixtures/certificates/broken.pem" },
      { ...TLS, redis_ca_file: "__tests__/fixtures/certificates/key.pem" },
    ],
    holds: [{ ...TLS, redis_ca_file: AUTHORITY }, TLS],
  },
  {
    id: "redis-ca-valid",
    breaks: [
      { ...TLS, redis_ca_file: "__tests__/fixtures/certificates/ended.pem" },
      { ...TLS, redis_ca_file: "__tests__/fixtures/certificates/leaf.pem" },
    ],
    holds: [{ ...TLS, redis_ca_file: AUTHORITY }, TLS],
  },
  {
    id: "redis-ca-plugin-daemon",
    breaks: [
      { ...TLS, redis_ca_file: AUTHORITY, application_version: "1.12.0" },
      { ...TLS, redis_ca_file: AUTHORITY, component_image_tags: { plugin_daemon: "0.5.2-local" } },
    ],
    holds: [
      { ...TLS, redis_ca_file: AUTHORITY, application_version: "1.12.1" },
      { ...TLS, application_version: "1.8.1" },
    ],
  },
  {
    id: "trusted-ca-usable",
    breaks: [
      { trusted_ca_file: "no-such.pem" },
      { trusted_ca_file: "package.json" },
      { trusted_ca_file: "__tests__/fixtures" },
      { trusted_ca_file: "__tests__/fixtures/certificates/broken.pem" },
      { trusted_ca_file: "__tests__/fixtures/certificates/key.pem" },
    ],
    holds: [{ trusted_ca_file: AUTHORITY }, {}],
  },
  {
    id: "trusted-ca-valid",
    breaks: [
      { trusted_ca_file: "__tests__/fixtures/certificates/ended.pem" },
      { trusted_ca_file: "__tests__/fixtures/certificates/leaf.pem" },
    ],
    holds: [{ trusted_ca_file: AUTHORITY }, { trusted_ca_file: "__tests__/fixtures/certificates/later.pem" }],
  },
  {
    id: "trusted-ca-begun",
    breaks: [{ trusted_ca_file: "__tests__/fixtures/certificates/later.pem" }],
    holds: [{ trusted_ca_file: AUTHORITY }, { trusted_ca_file: "__tests__/fixtures/certificates/ended.pem" }],
  },
  {
    id: "trusted-ca-strict",
    breaks: ["unusual", "uncritical"].map((name) => ({
      trusted_ca_file: `__tests__/fixtures/certificates/${name}.pem`,
    })),
    holds: [
      { trusted_ca_file: AUTHORITY },
      // Python 3.10.
      { trusted_ca_file: "__tests__/fixtures/certificates/unusual.pem", application_version: "1.12.1" },
    ],
  },
  {
    id: "trusted-ca-heard",
    breaks: [
      { trusted_ca_file: AUTHORITY, environment_variables: { SSL_CERT_FILE: "/mine.pem" } },
      { trusted_ca_file: AUTHORITY, environment_variables: { NODE_EXTRA_CA_CERTS: "/mine.pem" } },
      { trusted_ca_file: AUTHORITY, secret_environment_variables: { PIP_CERT: "mine" } },
      { trusted_ca_file: AUTHORITY, component_settings: { sandbox: { environment: { PYTHON_PATH: "/bin/python3" } } } },
    ],
    holds: [
      { environment_variables: { SSL_CERT_FILE: "/mine.pem" } },
      { trusted_ca_file: AUTHORITY, environment_variables: { LOG_LEVEL: "DEBUG" } },
      // What nothing there reads wins over nothing.
      { trusted_ca_file: AUTHORITY, component_settings: { web: { environment: { PIP_CERT: "/mine.pem" } } } },
    ],
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
      ...["10.0.0.256", "localhost", "127.0.0.1", "0.0.0.0", "a..b", "redis-", "null"].map((redis_host) => ({
        redis_host,
      })),
    ],
    holds: [{ redis_port: "6380" }, { redis_host: "redis.example.com", redis_port: "65535" }],
  },
  {
    id: "redis-databases-there",
    breaks: [{ redis_host: "10.0.0.3", redis_database: 14 }],
    holds: [{ redis_host: "10.0.0.3", redis_database: 13 }, {}],
  },
  {
    id: "redis-prefix-everywhere",
    breaks: [
      // The API has it, and the plugin daemon has not.
      { component_image_tags: { plugin_daemon: "0.5.1-local" }, environment_variables: { REDIS_KEY_PREFIX: "team" } },
    ],
    holds: [
      { environment_variables: { REDIS_KEY_PREFIX: "team" } },
      { application_version: "1.9.2", environment_variables: { REDIS_KEY_PREFIX: " " } },
    ],
  },
  {
    id: "redis-prefix-plain",
    breaks: [
      { environment_variables: { REDIS_KEY_PREFIX: "team*" } },
      { environment_variables: { REDIS_KEY_PREFIX: "te[a]m" } },
      { environment_variables: { REDIS_KEY_PREFIX: "te\\am" } },
    ],
    holds: [{ environment_variables: { REDIS_KEY_PREFIX: "team-a.b_c:d" } }],
  },
  {
    id: "redis-one-server",
    breaks: [
      { redis_host: "10.0.0.3", environment_variables: { REDIS_USE_SENTINEL: "True" } },
      { redis_host: "10.0.0.3", environment_variables: { REDIS_USE_CLUSTERS: "1" } },
      { redis_host: "10.0.0.3", component_settings: { worker: { environment: { CELERY_USE_SENTINEL: "true" } } } },
    ],
    holds: [{ redis_host: "10.0.0.3", environment_variables: { REDIS_USE_SENTINEL: "false" } }],
  },
  {
    id: "redis-guests-apart",
    breaks: [{ nfs_redis_guests: { qa: 7801, shop: 7801, other: 7802 } }],
    holds: [{ nfs_redis_guests: { qa: 7801, shop: 7802 } }, {}],
  },
  {
    id: "database-is-postgres",
    breaks: [{ database_type: "MYSQL_8_0" }, { database_type: "NONE" }, { database_type: "SQLSERVER" }],
    holds: [{ database_type: "POSTGRES_15" }, { database_type: "POSTGRES" }],
  },
  {
    id: "sql-tier-of-edition",
    breaks: [
      { sql_tier: "db-perf-optimized-N-4" },
      { sql_tier: "db-c4a-highmem-4" },
      { sql_edition: "ENTERPRISE_PLUS" },
    ],
    holds: [
      { sql_tier: "db-perf-optimized-N-4", sql_instance_name: "theirs" },
      { sql_tier: "db-perf-optimized-N-4", sql_edition: "ENTERPRISE_PLUS" },
      { sql_tier: "db-custom-10-65536" },
    ],
  },
  {
    id: "sql-enterprise-plus",
    breaks: [{ sql_connection_pooling: true }, { sql_read_pool_nodes: 2 }],
    holds: [
      { sql_connection_pooling: true, sql_read_pool_nodes: 2, ...PLUS },
      { sql_connection_pooling: true, sql_instance_name: "theirs", network_name: "theirs" },
    ],
  },
  {
    id: "sql-pooling-release",
    breaks: [
      { sql_connection_pooling: true, ...PLUS, application_version: "1.13.3" },
      { sql_connection_pooling: true, ...PLUS, sql_database_flags: { timezone: "Europe/Berlin" } },
    ],
    holds: [
      { sql_connection_pooling: true, ...PLUS, sql_database_flags: { timezone: "utc" } },
      { ...PLUS, application_version: "1.13.3", sql_database_flags: { timezone: "Europe/Berlin" } },
    ],
  },
  {
    id: "sql-flags-usable",
    breaks: [
      { sql_database_flags: { max_connections: "10" } },
      { sql_database_flags: { max_connections: "many" } },
      { sql_database_flags: { default_transaction_read_only: "on" } },
      { sql_database_flags: { "cloudsql.allow_passwordless_local_connections": "true" } },
      { sql_database_flags: { work_mem: "64MB" } },
      { sql_database_flags: { log_min_duration_statement: "1s" } },
    ],
    holds: [
      { sql_database_flags: { max_connections: "500", log_min_duration_statement: "1000" } },
      { sql_database_flags: { timezone: "Europe/Berlin", log_statement: "ddl", jit: "off", random_page_cost: "1.1" } },
      // Google is known to take it: https://github.com/sassoftware/viya4-iac-gcp/pull/242
      { sql_database_flags: { "cloudsql.enable_pgaudit": "true" } },
      { sql_instance_name: "shared", network_name: "shared", sql_database_flags: { work_mem: "64MB" } },
      {},
    ],
  },
  {
    id: "sql-flag-on-or-off",
    breaks: [
      // Some of them HCL makes a text of.
      { sql_database_flags: { autovacuum: "false" } },
      { sql_database_flags: { log_connections: "Yes" } },
      { sql_database_flags: { log_connections: "ON" } },
      { sql_database_flags: { "cloudsql.iam_authentication": "true" } },
    ],
    holds: [
      { sql_database_flags: { autovacuum: "off", log_connections: "on", log_statement: "none" } },
      // Other rules say that it does not fit the login, and that it is no number.
      { database_authentication: "iam", sql_database_flags: { "cloudsql.iam_authentication": "true" } },
      { sql_database_flags: { max_connections: "no" } },
      { sql_instance_name: "shared", network_name: "shared", sql_database_flags: { autovacuum: "false" } },
    ],
  },
  {
    id: "sql-flag-spelled",
    breaks: [
      { sql_database_flags: { max_conections: "400" } },
      { sql_database_flags: { "cloudsql.enable_pg_audit": "on" } },
      { sql_database_flags: { log_min_duration_statment: "400" } },
    ],
    holds: [
      { sql_database_flags: { max_connections: "400", autovacuum: "on", "pgaudit.log": "all" } },
      // Like none that is known, or in its beginning alone.
      { sql_database_flags: { "some_extension.setting": "1" } },
      { sql_database_flags: { "cloudsql.enable_pg_partman": "on" } },
      { sql_instance_name: "shared", network_name: "shared", sql_database_flags: { max_conections: "400" } },
    ],
  },
  {
    id: "cloudsql-proxy-required",
    breaks: [{ enable_cloudsql_volume: false }],
    holds: [{ enable_cloudsql_volume: true }],
  },
  {
    id: "database-names-free",
    breaks: [
      { db_name: "postgres" },
      { db_name: "CloudSQLadmin" },
      { db_name: "dify_plugin" },
      { db_user: "cloudsqlsuperuser" },
      { db_user: "cloudsqlconnpooladmin" },
      { db_user: "pg_dify" },
      { db_user: "public" },
    ],
    holds: [
      { db_name: "dify", db_user: "dify_plugin" },
      { db_name: "public", db_user: "public_reader" },
    ],
  },
  {
    id: "backup-daily",
    breaks: [{ backup_schedule: "0 2 * * 0" }, { backup_schedule: "0 */6 * * *" }, { backup_schedule: "*/5 2 * * *" }],
    holds: [{ backup_schedule: "30 1 * * *" }, { backup_schedule: "" }],
  },
  {
    id: "import-address",
    breaks: [
      { enable_backup_import: true },
      { enable_backup_import: true, backup_uri: "https://example.com/dify.sql" },
      { enable_backup_import: true, backup_uri: "gs://Bucket/dify.sql" },
      { enable_backup_import: true, backup_uri: "gs://bucket/old/", backup_file: "" },
      { enable_backup_import: true, backup_source: "gdrive", backup_uri: "gs://bucket/dify.sql" },
    ],
    holds: [
      { backup_uri: "https://example.com/dify.sql" },
      { enable_backup_import: true, backup_uri: "gs://bucket" },
      { enable_backup_import: true, backup_uri: "gs://bucket/old/", backup_file: "dify.tgz" },
      { enable_backup_import: true, backup_source: "gdrive", backup_uri: "1a2B3c4D5e6F7g8H9i0J" },
      {
        enable_backup_import: true,
        backup_source: "gdrive",
        backup_uri: "https://drive.google.com/file/d/1a2B3c4D5e6F7g8H9i0J/view?usp=sharing",
      },
    ],
  },
  {
    id: "backups-locked",
    breaks: [{ enable_portable_backups: true, lock_portable_backups: true }],
    holds: [{ enable_portable_backups: true }],
  },
  {
    id: "backups-newer-database",
    breaks: [{ enable_portable_backups: true, database_type: "POSTGRES_16" }],
    holds: [
      { enable_portable_backups: true, database_type: "POSTGRES_15" },
      { enable_portable_backups: true, database_type: "POSTGRES" },
      { database_type: "POSTGRES_16" },
      { enable_portable_backups: true, database_type: "POSTGRES_16", sql_instance_name: "shared" },
    ],
  },
  {
    id: "import-replaces-data",
    breaks: [
      {
        enable_backup_import: true,
        backup_uri: "gs://bucket/file",
        replace_all_data_with_backup_sha256: "0".repeat(64),
      },
    ],
    holds: [{ enable_backup_import: true, backup_uri: "gs://bucket/file" }],
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
  {
    id: "extensions-offered",
    breaks: [
      { postgres_extensions: ["timescaledb"], enable_postgres_extensions: true },
      { postgres_extensions: ["pgvector"], enable_postgres_extensions: true },
    ],
    holds: [{ postgres_extensions: ["vector", "uuid-ossp", "postgis"], enable_postgres_extensions: true }],
  },
  {
    id: "extensions-without-flag",
    breaks: [{ postgres_extensions: ["pg_cron"], enable_postgres_extensions: true }],
    holds: [
      {
        postgres_extensions: ["pg_cron"],
        enable_postgres_extensions: true,
        sql_database_flags: { "cloudsql.enable_pg_cron": "on" },
      },
      { postgres_extensions: ["pg_cron"], enable_postgres_extensions: false },
      {
        postgres_extensions: ["pg_cron"],
        enable_postgres_extensions: true,
        sql_instance_name: "shared",
        network_name: "shared",
      },
    ],
  },
  {
    id: "custom-sql-needs-bucket",
    breaks: [{ enable_custom_sql_scripts: true }],
    holds: [{ enable_custom_sql_scripts: true, custom_sql_scripts_bucket: "company-sql" }, {}],
  },
  {
    id: "database-login-moves-elsewhere",
    breaks: [{ database_authentication_from: "password" }, { ...IAM, database_authentication_from: "iam" }],
    holds: [{ ...IAM, database_authentication_from: "password" }, { database_authentication_from: "iam" }, IAM],
  },
  {
    id: "database-login-one-way",
    breaks: [
      { ...IAM, enable_auto_password_rotation: true },
      { database_authentication_from: "iam", enable_auto_password_rotation: true },
      { ...IAM, sql_edition: "ENTERPRISE_PLUS", sql_tier: "db-perf-optimized-N-2", sql_connection_pooling: true },
    ],
    holds: [
      { ...IAM, ...CUSTOM_SQL, custom_sql_scripts_use_root: true },
      { ...IAM, enable_portable_backups: true, backup_rehearsal_schedule: "0 4 1 * *" },
      { enable_auto_password_rotation: true },
    ],
  },
  {
    id: "database-login-flag",
    breaks: [{ ...IAM, sql_database_flags: { "cloudsql.iam_authentication": "off" } }],
    holds: [
      { ...IAM, sql_database_flags: { "cloudsql.iam_authentication": "on" } },
      { sql_database_flags: { "cloudsql.iam_authentication": "off" } },
    ],
  },
  {
    id: "database-login-job-commands",
    breaks: [{ ...IAM, cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", image: "alpine:3.22" }] }],
    holds: [
      { ...IAM, cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", image: "alpine:3.22", command: ["psql"] }] },
      { ...IAM, initialization_jobs: [{ name: "once", image: "alpine:3.22", needs_db: false }] },
    ],
  },
  {
    id: "database-login-prepared",
    breaks: [{ ...IAM, initialization_jobs: [{ name: "db-init", image: "alpine:3.22", command: ["true"] }] }],
    holds: [{ initialization_jobs: [{ name: "db-init", image: "alpine:3.22", command: ["true"] }] }, IAM],
  },
  {
    id: "retention-said-once",
    breaks: [
      { workflow_run_retention_days: 90, environment_variables: { WORKFLOW_LOG_RETENTION_DAYS: "30" } },
      { message_retention_days: 90, component_settings: { api: { environment: { ENABLE_CLEAN_MESSAGES: "false" } } } },
    ],
    holds: [
      { workflow_run_retention_days: 90, message_retention_days: 365 },
      { environment_variables: { WORKFLOW_LOG_CLEANUP_ENABLED: "false" } },
    ],
  },
  {
    id: "message-retention-release",
    breaks: [{ message_retention_days: 90, application_version: "1.11.4" }],
    holds: [
      { message_retention_days: 90, application_version: "1.12.0" },
      { workflow_run_retention_days: 90, application_version: "1.8.1" },
    ],
  },
  {
    id: "rotation-not-by-number",
    breaks: [{ enable_auto_password_rotation: true, secret_revisions: { "db-password": 2 } }],
    holds: [
      { enable_auto_password_rotation: true, secret_revisions: { "sandbox-key": 2 } },
      { secret_revisions: { "db-password": 2 } },
    ],
  },
  {
    id: "extensions-once",
    breaks: [{ postgres_extensions: ["hstore", "hstore"], enable_postgres_extensions: true }],
    holds: [{ postgres_extensions: ["hstore", "ltree"], enable_postgres_extensions: true }],
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
  {
    id: "worker-scaling-possible",
    breaks: [
      { worker_scaling: "waiting_tasks", enable_component_metrics: true },
      { worker_scaling: "waiting_tasks", worker_placement: "deployment" },
      {
        worker_scaling: "waiting_tasks",
        worker_placement: "deployment",
        enable_component_metrics: true,
        component_settings: { worker: { replicas: 2 } },
      },
    ],
    holds: [
      { worker_scaling: "waiting_tasks", worker_placement: "deployment", enable_component_metrics: true },
      { worker_scaling: "waiting_tasks", worker_placement: "deployment", support_users: ["ops@example.com"] },
    ],
  },
  {
    id: "grace-period-short",
    breaks: [{ termination_grace_period_seconds: 0 }, { termination_grace_period_seconds: 15 }],
    holds: [{ termination_grace_period_seconds: 16 }],
  },
  { id: "timeout-short", breaks: [{ timeout_seconds: 299 }], holds: [{ timeout_seconds: 300 }] },
  {
    id: "one-autoscaler",
    breaks: [
      { enable_vertical_pod_autoscaling: true },
      { ...VERTICAL, worker_placement: "deployment" },
      { ...VERTICAL, ...service({ max_instance_count: 4 }) },
      { ...VERTICAL, component_settings: { web: { max_replicas: 5 } } },
    ],
    holds: [
      VERTICAL,
      {},
      { ...VERTICAL, worker_placement: "deployment", worker_max_instance_count: 1 },
      { ...VERTICAL, component_settings: { web: { min_replicas: 5, max_replicas: 5 } } },
    ],
  },
  {
    id: "vertical-single-pod",
    breaks: [{ enable_vertical_pod_autoscaling: true, max_instance_count: 1 }],
    holds: [VERTICAL, {}],
  },
  {
    id: "vertical-or-waiting-tasks",
    breaks: [{ ...VERTICAL, ...BY_TASKS, worker_max_instance_count: 1 }],
    holds: [{ ...VERTICAL }, BY_TASKS],
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
    id: "quota-binary-units",
    breaks: [
      { quota_memory_requests: "4" },
      { quota_memory_limits: "8G" },
      { ...unbounded, quota_memory_limits: "64G" },
      { ...unbounded, quota_memory_requests: "4096" },
    ],
    holds: [{ quota_memory_requests: "4096Mi", quota_memory_limits: "" }],
  },
  {
    id: "quota-too-small",
    breaks: [
      { ...unbounded, quota_cpu_requests: "4" },
      { ...unbounded, quota_cpu_limits: "7" },
      { ...unbounded, quota_memory_requests: "8Gi" },
      { ...unbounded, quota_memory_limits: "12Gi" },
      { ...unbounded, quota_max_pods: "8" },
      { ...unbounded, quota_max_services: "5" },
      { ...unbounded, quota_max_pvcs: "2", stateful_pvc_enabled: true, min_instance_count: 2, max_instance_count: 3 },
    ],
    holds: [
      // Another rule says that it has no unit.
      { ...unbounded, quota_memory_requests: "4096" },
      {},
      unbounded,
      {
        ...unbounded,
        quota_cpu_requests: "20",
        quota_cpu_limits: "20",
        quota_memory_requests: "64Gi",
        quota_memory_limits: "64Gi",
        quota_max_pods: "40",
        quota_max_services: "20",
      },
    ],
  },
  {
    id: "quota-order",
    breaks: [{ quota_cpu_requests: "4500m" }, { quota_memory_limits: "4095Mi" }],
    holds: [{ quota_cpu_requests: "4000m" }, { quota_memory_limits: "" }],
  },
];
