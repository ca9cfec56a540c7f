import { cases, type EffectCases } from "./effect-case";

/** Nothing in the cluster: what is Google's alone is synthesized in half the time. */
const GOOGLE = { deploy_application: false };

/** Groups 0 to 5. */
export const applicationEffects: EffectCases = {
  ...cases(GOOGLE, {
    impersonation_service_account: "deployer@demo-project.iam.gserviceaccount.com",
    job_execution_wait_timeout: 1200,
    deletion_protection: false,
    state_bucket: "my-state",
    secret_replication_locations: ["automatic"],
    project_id: "other-project",
    region: "europe-west1",
    tenant_id: "other",
    support_users: ["ops@example.com"],
    resource_labels: { env: "prod" },
    application_display_name: "Other",
    application_description: "Other",
    application_name: "other",
    display_name: "Other",
    secret_propagation_delay: 60,
    secret_rotation_period: "5184000s",
    container_protocol: "h2c",
  }),
  secret_revisions: [
    { value: { "secret-key": 2 }, with: GOOGLE },
    { value: { nobody: 2 }, with: GOOGLE },
  ],
  require_services_gcp_module: { value: true },
  explicit_secret_values: { value: {}, with: { explicit_secret_names: ["API_TOKEN"] } },
  explicit_secret_names: { value: ["API_TOKEN"] },
  scripts_dir: [
    { value: "scripts/delivery", with: { initialization_jobs: [{ name: "first", script_path: "jobs/db-init.sh" }] } },
    { value: "scripts/jobs" },
  ],
  state_prefix: [{ value: "dify", with: { ...GOOGLE, state_bucket: "my-state" } }, { value: "dify" }],
  application_version: { value: "1.14.2" },
  component_image_tags: [
    { value: { web: "1.16.1-fix.1" } },
    { value: { api: "1.16.1-fix.1" }, with: { container_image: "ghcr.io/example/dify-api:1.16.1" } },
    { value: { agent_backend: "1.16.1" }, with: { application_version: "1.8.1" } },
  ],
  allow_version_downgrade: { value: true, with: GOOGLE },
  upgrade_steps_by_hand: { value: ["1.9.0"], with: GOOGLE },
  deploy_application: { value: false },
  ...cases(
    {},
    {
      description: "The assistant of the support team",
      cpu_limit: "4",
      memory_limit: "8Gi",
      min_instance_count: 2,
      max_instance_count: 5,
      container_port: 5005,
      enable_cloudsql_volume: false,
      enable_image_mirroring: false,
      enable_pod_disruption_budget: true,
      enable_vertical_pod_autoscaling: true,
      service_annotations: { "example.com/team": "ai" },
      service_labels: { team: "ai" },
      timeout_seconds: 600,
      container_image: "ghcr.io/example/dify-api:1.16.1",
      cloud_sql_proxy_version: "2.15.0-alpine",
      cloudsql_volume_mount_path: "/sql",
      worker_placement: "deployment",
      enable_marketplace: false,
      upload_file_size_limit_mb: 50,
      ssrf_proxy_allowed_hosts: ["wiki.internal"],
      secret_environment_variables: { OPENAI_KEY: "openai-key" },
      environment_variables: { LOG_LEVEL: "DEBUG" },
    },
  ),
  pdb_min_available: [
    { value: "40%", with: { enable_pod_disruption_budget: true, min_instance_count: 3 } },
    { value: "40%" },
  ],
  container_image_source: [
    {
      value: "prebuilt",
      with: {
        ...GOOGLE,
        enable_cicd_trigger: true,
        github_repository_url: "https://github.com/acme/dify",
        github_app_installation_id: "12345678",
      },
    },
    { value: "prebuilt" },
  ],
  ...cases(
    GOOGLE,
    {
      cpu_limit: "500m",
      memory_limit: "1Gi",
      cpu_request: "500m",
      mem_request: "1Gi",
      ephemeral_storage_limit: "1Gi",
      ephemeral_storage_request: "1Gi",
    },
    "container_resources.",
  ),
  ...cases({ worker_placement: "deployment" }, { worker_min_instance_count: 2, worker_max_instance_count: 9 }),
};
