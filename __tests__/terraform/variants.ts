import { newest } from "../../modules/dify-common/releases";
import { topologies } from "../dify/topologies";
import { rows } from "../edge/rows";
import type { Given } from "./synth";

/** Every shared service, by the name that it exists under. */
const NAMED: Given = {
  require_services_gcp_module: true,
  network_name: "shared-network",
  gke_cluster_name: "shared-cluster",
  sql_instance_name: "shared-sql",
  nfs_instance_name: "shared-nfs",
  nfs_instance_zone: "us-central1-b",
  redis_password_secret: "shared-redis-password",
  enable_image_mirroring: false,
};

const SHARED_VPC: Given = {
  network_project_id: "host-project",
  network_name: "shared-network",
  subnetwork_name: "nodes",
};

const TRIGGER: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
};
const stages = (...cloud_deploy_stages: object[]): Given => ({
  ...TRIGGER,
  enable_cloud_deploy: true,
  cloud_deploy_stages,
});

/** Feature switches, one at a time: what Terraform has to accept as well. */
export const VARIANTS: Readonly<Record<string, Given>> = {
  // The first row is the defaults.
  ...Object.fromEntries(rows.slice(1).map(({ switches, given }) => [`front door: ${switches}`, given])),
  "the defaults": {},
  "deploy_application = false": { deploy_application: false },
  "worker_placement = deployment": { worker_placement: "deployment", worker_max_instance_count: 4 },
  ...Object.fromEntries(
    topologies.map((version) => [`application_version = ${version}`, { application_version: version }]),
  ),
  allow_version_downgrade: { application_version: "1.15.0", allow_version_downgrade: true },
  upgrade_steps_by_hand: { upgrade_steps_by_hand: ["1.9.0", "1.15.0"] },
  enable_network_segmentation: { enable_network_segmentation: true },
  enable_audit_logging: { enable_audit_logging: true },
  "a service perimeter that logs": {
    enable_vpc_sc: true,
    organization_id: "123456789012",
    admin_ip_ranges: ["203.0.113.0/24", "10.0.0.0/8"],
    vpc_cidr_ranges: ["10.20.0.0/16"],
  },
  "a service perimeter that blocks": {
    ...stages({ name: "dev" }, { name: "prod" }),
    enable_vpc_sc: true,
    vpc_sc_dry_run: false,
    organization_id: "123456789012",
    access_policy_id: "42",
    vpc_sc_identities: ["serviceAccount:terraform@demo-project.iam.gserviceaccount.com"],
    customer_managed_keys: ["database", "logs"],
    log_retention_days: 400,
    kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify",
  },
  servers_of_ones_own: {
    enable_network_segmentation: true,
    environment_variables: {
      VECTOR_STORE: "qdrant",
      QDRANT_URL: "http://qdrant.vectors.svc.cluster.local:6333",
      SMTP_SERVER: "10.20.0.25",
    },
    ssrf_proxy_allowed_hosts: [
      "ollama.models.svc:11434",
      ".others.svc.cluster.local",
      "10.30.0.0/16",
      "10.31.0.5:8443",
    ],
    outbound_proxy: { host: "10.20.0.8", user: "dify", password_secret: "company-proxy-password" },
    redis_host: "redis.cache.svc",
    additional_egress: [
      { components: ["plugin-daemon"], namespace: "models", pod_labels: { app: "ollama" }, ports: [11434] },
      { components: ["plugin-daemon", "worker"], cidr: "10.20.8.0/28", ports: [8000, 8001], protocol: "UDP" },
      { components: ["plugin-daemon"], component: "web" },
    ],
  },
  enable_auto_password_rotation: {
    enable_auto_password_rotation: true,
    rotation_propagation_delay_sec: 120,
    db_user_env_var_name: "PGLOGIN",
    cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", script_path: "jobs/migrate.sh" }],
    ...stages({ name: "dev" }, { name: "prod" }),
  },
  "SQL of your own": {
    enable_network_segmentation: true,
    enable_postgres_extensions: true,
    postgres_extensions: ["pg_trgm"],
    enable_custom_sql_scripts: true,
    custom_sql_scripts_bucket: "company-sql",
    custom_sql_scripts_path: "dify/sql",
    custom_sql_scripts_use_root: true,
  },
  enable_resource_quota: {
    enable_resource_quota: true,
    quota_cpu_requests: "60",
    quota_cpu_limits: "60",
    quota_memory_requests: "120Gi",
    quota_memory_limits: "120Gi",
    quota_max_pods: "60",
    quota_max_services: "20",
    quota_max_pvcs: "5",
  },
  enable_pod_disruption_budget: {
    enable_pod_disruption_budget: true,
    min_instance_count: 2,
    pdb_min_available: "50%",
  },
  enable_vertical_pod_autoscaling: {
    enable_vertical_pod_autoscaling: true,
    vertical_autoscaling_range: { most: 3 },
    min_instance_count: 2,
    max_instance_count: 2,
    worker_placement: "deployment",
    worker_max_instance_count: 1,
  },
  "enable_topology_spread, preferred": { enable_topology_spread: true, min_instance_count: 2 },
  "enable_topology_spread, strict": {
    enable_topology_spread: true,
    topology_spread_strict: true,
    min_instance_count: 3,
  },
  "service_type = ClusterIP": { service_type: "ClusterIP", reserve_static_ip: false },
  "service_type = NodePort": { service_type: "NodePort", reserve_static_ip: false },
  "reserve_static_ip = false": { reserve_static_ip: false },
  "an account at Docker Hub": { docker_hub_user: "dify", docker_hub_password_secret: "docker-hub" },
  "maintenance windows": {
    maintenance_start_time: "03:00",
    maintenance_exclusions: [{ start_date: "2026-12-20", end_date: "2027-01-04" }],
  },
  static_ip_name: { static_ip_name: "dify-address" },
  "service ports, annotations and labels": {
    service_port: 8080,
    extra_service_ports: [{ name: "metrics", port: 9090 }],
    service_annotations: { "example.com/team": "ai" },
    service_labels: { team: "ai" },
    session_affinity: "ClientIP",
  },
  "enable_nfs = false with redis_host": { enable_nfs: false, redis_host: "10.1.2.3", redis_port: "6380" },
  "Enterprise Plus, PostgreSQL 17 and database flags": {
    database_type: "POSTGRES_17",
    sql_edition: "ENTERPRISE_PLUS",
    sql_tier: "db-perf-optimized-N-4",
    sql_database_flags: { max_connections: "800", log_min_duration_statement: "1000" },
    sql_connection_pooling: true,
    sql_read_pool_nodes: 2,
  },
  "Weaviate in the cluster, three pods, behind network policies": {
    vector_store: "weaviate",
    vector_store_replicas: 3,
    enable_network_segmentation: true,
  },
  "vectors move to Qdrant": { vector_store: "qdrant", vector_store_moves_from: "pgvector" },
  "filestore_tier, regional, with a key": { filestore_tier: "REGIONAL", customer_managed_keys: ["filestore"] },
  "no file server: files on Filestore, Redis on Memorystore": {
    filestore_tier: "BASIC_HDD",
    redis_service: "memorystore",
    enable_network_segmentation: true,
  },
  "files are copied to Filestore": { filestore_tier: "ZONAL", files_move_from: "file_server" },
  "files are copied back to the file server": { filestore_tier: "ZONAL", files_move_from: "filestore" },
  'redis_service = "memorystore"': { redis_service: "memorystore", customer_managed_keys: ["redis"] },
  "no file server: Redis on Memorystore, and no shared files": { enable_nfs: false, redis_service: "memorystore" },
  "the queue moves to Memorystore": { redis_service: "memorystore", redis_moves_from: "file_server" },
  "the queue moves back to the file server": {
    redis_service: "file_server",
    redis_moves_from: "memorystore",
    enable_network_segmentation: true,
  },
  "the queue moves from redis_host": {
    redis_service: "memorystore",
    redis_moves_from: "external",
    redis_host: "10.1.2.3",
    redis_tls: true,
    redis_ca_file: "__tests__/fixtures/certificates/authority.pem",
    redis_password_secret: "their-redis",
  },
  "portable backups": {
    enable_portable_backups: true,
    enable_network_segmentation: true,
    support_users: ["on-call@example.com"],
  },
  "portable backups that are rehearsed": {
    enable_portable_backups: true,
    backup_rehearsal_schedule: "0 4 1 * *",
    support_users: ["on-call@example.com"],
  },
  "portable backups elsewhere, locked": {
    enable_portable_backups: true,
    portable_backup_location: "eu",
    lock_portable_backups: true,
  },
  "a backup imported from a bucket": {
    enable_backup_import: true,
    backup_uri: "gs://acme-backups/dify/",
    backup_file: "dify.dump",
    backup_format: "auto",
    enable_network_segmentation: true,
  },
  "a backup imported from Google Drive over data": {
    enable_backup_import: true,
    backup_source: "gdrive",
    backup_uri: "https://drive.google.com/file/d/1a2B3c4D5e6F7g8H9i0J/view",
    replace_all_data_with_backup_sha256: "0".repeat(64),
  },
  "redis_host with TLS": {
    redis_host: "10.1.2.3",
    redis_tls: true,
    redis_ca_file: "__tests__/fixtures/certificates/authority.pem",
  },
  "Python packages for code nodes": {
    sandbox_python_requirements_file: "__tests__/fixtures/requirements/pure.txt",
  },
  trusted_ca_file: {
    trusted_ca_file: "__tests__/fixtures/certificates/authority.pem",
    additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998 }],
    cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", script_path: "jobs/migrate.sh" }],
  },
  "redis_host with a password": { redis_host: "redis.internal", redis_password_secret: "redis-password" },
  "every shared service named": NAMED,
  "all but the cluster named": { ...NAMED, require_services_gcp_module: false, gke_cluster_name: "" },
  "all but the SQL instance named": { ...NAMED, require_services_gcp_module: false, sql_instance_name: "" },
  "all but the file server named": {
    ...NAMED,
    require_services_gcp_module: false,
    nfs_instance_name: "",
    redis_password_secret: "",
  },
  "a handed over SQL instance": { handed_over_services: ["sql_instance"] },
  "everything handed over": { handed_over_services: ["network", "cluster", "sql_instance"] },
  "an existing network": { network_name: "vpc" },
  "an existing network, connection and NAT made in it": {
    network_name: "vpc",
    create_private_services_access: true,
    create_nat: true,
    nat_address_count: 2,
  },
  "a zonal cluster, at its DNS name": {
    ...NAMED,
    gke_cluster_location: "us-central1-c",
    kubernetes_endpoint: "dns",
    enable_cloud_armor: true,
  },
  "a cluster at its DNS name, made here": { kubernetes_endpoint: "dns" },
  "an existing subnetwork": {
    network_name: "vpc",
    subnetwork_name: "nodes",
    pod_range_name: "gke-pods",
    service_range_name: "gke-services",
  },
  "a Shared VPC, everything else made here": {
    ...SHARED_VPC,
    create_file_server_firewall: true,
  },
  "a Shared VPC, everything made in it that may be": {
    ...SHARED_VPC,
    create_file_server_firewall: true,
    create_private_services_access: true,
    create_nat: true,
    nat_address_count: 1,
    service_annotations: {
      "networking.gke.io/load-balancer-type": "Internal",
      "networking.gke.io/internal-load-balancer-subnet": "inside",
    },
  },
  "a Shared VPC, all but the file server named": {
    ...SHARED_VPC,
    require_services_gcp_module: false,
    gke_cluster_name: "shared-cluster",
    sql_instance_name: "shared-sql",
    create_file_server_firewall: false,
    enable_image_mirroring: false,
  },
  "a Shared VPC, everything named": { ...NAMED, network_project_id: "host-project" },
  "a Filestore for the files, and a file server for Redis": {
    filestore_name: "files",
    filestore_location: "us-central1-b",
  },
  "everything named, with a Filestore": {
    ...NAMED,
    nfs_instance_name: "",
    filestore_name: "files",
    filestore_location: "us-central1",
    redis_host: "10.1.2.3",
  },
  "the deployment id and databases of the documented modules": {
    ...NAMED,
    deployment_id: "0f3a9c",
    take_over_databases: true,
  },
  "a namespace and a mirror of others": {
    ...NAMED,
    namespace_name: "ai",
    namespace_exists: true,
    enable_network_segmentation: true,
    image_mirror_repository: "docker-hub",
  },
  "keys of one's own for everything": {
    ...stages({ name: "dev" }, { name: "staging" }),
    customer_managed_keys: ["all"],
    secret_replication_locations: ["us-central1", "us-east1"],
    storage_buckets: [{ name_suffix: "archive", location: "EU" }],
    log_retention_days: 90,
  },
  "keys of one's own for buckets and images alone": {
    manage_storage_kms_iam: true,
    enable_artifact_registry_cmek: true,
    secret_replication_locations: ["automatic"],
  },
  "keys of another project, by name": {
    customer_managed_keys: ["all"],
    kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify",
    kms_key_names: { database: "postgres", files: "disks" },
    log_retention_days: 90,
  },
  "keys of another project, whose owner grants": {
    ...NAMED,
    customer_managed_keys: ["buckets", "secrets", "messages"],
    kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify",
    create_kms_grants: false,
  },
  "keys of one's own beside shared services": { ...NAMED, customer_managed_keys: ["buckets", "secrets", "messages"] },
  "enable_image_mirroring = false": { enable_image_mirroring: false },
  additional_services: {
    additional_services: [
      {
        name: "tika",
        image: "apache/tika:2.9.2.1",
        port: 9998,
        env_vars: { TIKA_CONFIG: "/etc/tika.xml" },
        secret_env_vars: { TIKA_KEY: "tika-key" },
        startup_probe: { enabled: true, type: "TCP" },
        liveness_probe: { enabled: true, path: "/tika" },
      },
    ],
  },
  initialization_jobs: {
    initialization_jobs: [
      { name: "first", image: "busybox:1.37", command: ["true"], task_count: 2 },
      { name: "second", command: ["flask"], args: ["db", "current"], depends_on_jobs: ["first"], mount_nfs: true },
      { name: "script", script_path: "jobs/db-init.sh" },
    ],
  },
  cron_jobs: {
    cron_jobs: [
      {
        name: "cleanup",
        schedule: "15 3 * * *",
        command: ["flask"],
        args: ["clear-free-plan-tenant"],
        starting_deadline_seconds: 60,
      },
    ],
    db_host_env_var_name: "PGHOST",
    db_password_env_var_name: "PGPASSWORD",
  },
  component_settings: {
    component_settings: {
      web: {
        replicas: 2,
        cpu: "500m",
        node_selector: { "cloud.google.com/compute-class": "Balanced" },
        tolerations: [
          { key: "team", value: "a", effect: "NoSchedule" },
          { key: "spot", operator: "Exists" },
        ],
        annotations: { "example.com/team": "front" },
      },
      plugin_daemon: { scratch: { work: "7Gi" }, secret_environment: { S3_SECRET_KEY: "plugin-store" } },
    },
  },
  "places of pods": {
    component_settings: {
      web: { spot: true, compute_class: "Scale-Out", architecture: "arm64", priority_class: "front" },
      api: { compute_class: "Balanced" },
    },
    additional_services: [
      {
        name: "ollama",
        image: "ollama/ollama:0.12.6",
        port: 11434,
        compute_class: "Accelerator",
        gpu_type: "nvidia-l4",
        gpu_count: 2,
        cpu_limit: "8",
        memory_limit: "32Gi",
        node_selector: { "topology.kubernetes.io/zone": "us-central1-a" },
        tolerations: [{ key: "team", value: "ml" }],
      },
    ],
    initialization_jobs: [{ name: "first", image: "busybox:1.37", command: ["true"], spot: true }],
    cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", command: ["true"], compute_class: "Scale-Out", spot: true }],
  },
  "database maintenance": {
    database_maintenance_schedule: "0 3 * * 0",
    database_maintenance_tasks: ["report", "vacuum", "reindex"],
    workflow_run_retention_days: 90,
    message_retention_days: 365,
    support_users: ["ops@example.com"],
  },
  "generations of keys": {
    internal_key_generation: 2,
    redis_password_overlap_hours: 24,
    nfs_redis_guests: { shop: 7801 },
    secret_revisions: { "redis-password": 2, "redis-guest-shop-password": 3 },
  },
  secret_environment_variables: { secret_environment_variables: { SENTRY_DSN: "sentry-dsn" } },
  explicit_secret_names: {
    explicit_secret_names: ["NOTION_CLIENT_SECRET"],
    secret_revisions: { NOTION_CLIENT_SECRET: 2 },
  },
  state_backend: { state_backend: "gcs" },
  state_bucket: { state_bucket: "demo-project-terraform-state", state_prefix: "dify/dev" },
  storage_buckets: {
    storage_buckets: [
      {
        name_suffix: "data",
        storage_class: "NEARLINE",
        versioning_enabled: false,
        lifecycle_rules: [
          { action: { type: "Delete" }, condition: { age: 30, with_state: "ARCHIVED" } },
          {
            action: { type: "SetStorageClass", storage_class: "COLDLINE" },
            condition: { age: 10, matches_storage_class: ["NEARLINE"] },
          },
        ],
        cors: [{ origin: ["https://example.com"], method: ["GET"], response_header: ["Content-Type"] }],
      },
      { name_suffix: "exports", location: "EU", force_destroy: true },
    ],
  },
  gcs_volumes: {
    gcs_volumes: [
      { name: "files", bucket_name: "data", mount_path: "/mnt/files" },
      {
        name: "models",
        bucket_name: "acme.models_eu",
        mount_path: "/mnt/models",
        readonly: true,
        mount_options: ["implicit-dirs", "only-dir=v1"],
      },
    ],
    gcs_fuse_resources: { memory_limit: "512Mi" },
    initialization_jobs: [
      {
        name: "fill",
        image: "busybox:1.37",
        command: ["true"],
        needs_db: false,
        mount_gcs_volumes: ["files", "models"],
      },
    ],
    cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", command: ["true"], mount_gcs_volumes: ["models"] }],
    additional_services: [
      {
        name: "tika",
        image: "apache/tika:2.9.2.1",
        port: 9998,
        volume_mounts: [
          { name: "files", mount_path: "/data", read_only: true },
          { name: "models", mount_path: "/models" },
        ],
      },
    ],
  },
  "create_cloud_storage = false": { create_cloud_storage: false },
  // As the files' reader hands it on: escaped.
  "text that looks like a template": {
    environment_variables: { PROMPT: "Hello ${name}, %{if true}yes%{endif}", PRICE: "$5, 10 %" },
    description: "What ${project} is %{for}",
  },
  master_authorized_networks: { master_authorized_networks: ["203.0.113.0/24"] },
  "ranges of one's own": {
    prereq_subnet_cidr_override: "10.20.0.0/22",
    prereq_gke_pod_cidr_override: "10.24.0.0/16",
    prereq_gke_service_cidr_override: "10.25.0.0/20",
    prereq_gke_master_cidr_override: "172.16.3.0/28",
    network_tags: ["nfsserver", "dify"],
  },
  impersonation_service_account: { impersonation_service_account: "deployer@demo-project.iam.gserviceaccount.com" },
  kubernetes_credentials: { kubernetes_credentials: "plugin" },
  "deletion_protection = false": { deletion_protection: false },
  "everything that scales": {
    worker_placement: "deployment",
    worker_scaling: "waiting_tasks",
    enable_component_metrics: true,
    min_instance_count: 3,
    max_instance_count: 20,
    worker_min_instance_count: 2,
    worker_max_instance_count: 20,
    sql_tier: "db-custom-8-30720",
    sql_availability_type: "REGIONAL",
    sql_disk_size_gb: 200,
    backup_schedule: "15 4 * * 0",
  },
  "support_users, an uptime check and alerts": {
    billing_export_table: "billing.costs.gcp_billing_export_resource_v1_000000_000000_000000",
    support_users: ["ops@example.com", "on-call@example.com"],
    uptime_check_config: { enabled: true },
    alert_policies: [
      "kubernetes.io/container/restart_count",
      "cloudsql.googleapis.com/database/disk/utilization",
      "storage.googleapis.com/storage/total_bytes",
      "compute.googleapis.com/instance/cpu/utilization",
      "router.googleapis.com/nat/dropped_sent_packets_count",
      "prometheus.googleapis.com/celery_queue_length/gauge",
    ].map((metric_type) => ({
      name: metric_type,
      metric_type,
      comparison: "COMPARISON_GT",
      threshold_value: 3,
      duration_seconds: 300,
      aggregation_period: "300s",
    })),
  },
  "an uptime check of two domains behind sign-in": {
    support_users: ["ops@example.com"],
    uptime_check_config: { enabled: true, path: "/v1/info", check_interval: "300s" },
    enable_custom_domain: true,
    application_domains: ["dify.example.com", "dify.example.org"],
    enable_iap: true,
    iap_authorized_users: ["ann@example.com"],
    iap_exempt_paths: ["/v1"],
  },
  "a log bucket of its own": {
    log_format: "json",
    log_retention_days: 90,
    log_viewers: ["group:ai@example.com", "user:ann@example.com"],
    log_health_checks: false,
  },
  "log_health_checks = false": { log_health_checks: false },
  monthly_budget: {
    monthly_budget: 1500,
    billing_account_id: "000000-000000-000000",
  },
  enable_tracing: { enable_tracing: true, enable_network_segmentation: true },
  "delivery: trigger alone": TRIGGER,
  "delivery: trigger on a version file, scanned": {
    ...TRIGGER,
    container_image_source: "prebuilt",
    image_scan_severity: "CRITICAL",
  },
  "delivery: everything a trigger can be told": {
    ...TRIGGER,
    cicd_trigger_config: {
      branch_pattern: "^release$",
      included_files: ["api/**"],
      ignored_files: ["**/*.md"],
      substitutions: { _COLOR: "blue" },
      trigger_name: "on-release",
      description: "Ours",
    },
    container_build_config: { dockerfile_path: "api/Dockerfile", context_path: "api", build_args: { A: "1" } },
    master_authorized_networks: ["203.0.113.0/24"],
  },
  "delivery: built at apply from a Dockerfile in the file, scanned and attested": {
    container_build_config: {
      dockerfile_content: "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nRUN pip install ${EXTRA}\n",
      build_args: { EXTRA: "boto3" },
    },
    image_scan_severity: "HIGH",
    enable_binary_authorization: true,
    binauthz_evaluation_mode: "REQUIRE_ATTESTATION",
  },
  "delivery: built at apply from a commit": {
    container_build_config: { dockerfile_path: "api/Dockerfile" },
    github_repository_url: "https://github.com/acme/dify",
    container_build_commit: "0123456789abcdef0123456789abcdef01234567",
    cloud_build_worker_pool: "projects/demo-project/locations/us-central1/workerPools/own",
    deploy_application: false,
  },
  "delivery: one stage": stages({ name: "dev" }),
  "delivery: three stages, as documented": { ...TRIGGER, enable_cloud_deploy: true },
  "delivery: five stages": {
    ...stages(
      { name: "dev", auto_promote: true },
      { name: "qa", auto_promote: true },
      { name: "uat" },
      { name: "staging" },
      { name: "prod", require_approval: true, target_name: "live" },
    ),
    sql_tier: "db-custom-16-61440",
  },
  "delivery: stages in other namespaces and projects": stages(
    { name: "dev" },
    { name: "staging", namespace: "dify-staging" },
    { name: "prod", project_id: "other-project", cluster: "prod", region: "europe-west1", require_approval: true },
  ),
  "delivery: another stage at the front door, behind everything": {
    ...stages({ name: "dev" }, { name: "prod" }),
    gateway_backend_stage: "prod",
    enable_custom_domain: true,
    application_domains: ["dify.example.com"],
    enable_cloud_armor: true,
    enable_iap: true,
    iap_authorized_users: ["ann@example.com"],
    iap_exempt_paths: ["/v1"],
  },
  "delivery: private pool": {
    ...TRIGGER,
    enable_cloud_deploy: true,
    master_authorized_networks: ["203.0.113.0/24"],
  },
  "delivery: a stage of another pipeline": {
    delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com",
  },
  ...Object.fromEntries(
    ["ALWAYS_ALLOW", "REQUIRE_ATTESTATION", "ALWAYS_DENY"].flatMap((mode): [string, Given][] => {
      const admission = { enable_binary_authorization: true, binauthz_evaluation_mode: mode };
      return [
        [`delivery: trigger with Binary Authorization, ${mode}`, { ...TRIGGER, ...admission }],
        [
          `delivery: three stages with Binary Authorization, ${mode}`,
          { ...stages({ name: "dev" }, { name: "staging" }, { name: "prod" }), ...admission },
        ],
      ];
    }),
  ),
  "delivery: without anything in the cluster": { ...TRIGGER, enable_cloud_deploy: true, deploy_application: false },
  "Binary Authorization, ALWAYS_ALLOW": {
    enable_binary_authorization: true,
    binauthz_evaluation_mode: "ALWAYS_ALLOW",
  },
  "Binary Authorization, REQUIRE_ATTESTATION with a digest": {
    enable_binary_authorization: true,
    binauthz_evaluation_mode: "REQUIRE_ATTESTATION",
    image_digests: { [`langgenius/dify-api:${newest.version}`]: `sha256:${"0".repeat(64)}` },
  },
  "Binary Authorization, ALWAYS_DENY without a mirror": {
    enable_binary_authorization: true,
    binauthz_evaluation_mode: "ALWAYS_DENY",
    enable_image_mirroring: false,
  },
  "Binary Authorization in a named cluster": {
    ...NAMED,
    enable_binary_authorization: true,
    binauthz_evaluation_mode: "REQUIRE_ATTESTATION",
    impersonation_service_account: "deployer@demo-project.iam.gserviceaccount.com",
  },
  "a container image of one's own": {
    container_image_source: "prebuilt",
    container_image: "ghcr.io/example/dify-api:1.16.1",
  },
};
