import type { Given } from "../cases/given";
import { cases, type EffectCase, type EffectCases } from "./effect-case";

/** Differs in every number from what both pairs of probes have without a word. */
const PROBE = {
  enabled: false,
  type: "TCP",
  path: "/ready",
  port: 5002,
  initial_delay_seconds: 31,
  timeout_seconds: 6,
  period_seconds: 11,
  failure_threshold: 29,
};
const UPTIME = { path: "/up", check_interval: "300s", timeout: "5s" };
const ALERT = {
  name: "cpu",
  metric_type: "kubernetes.io/container/cpu/limit_utilization",
  comparison: "COMPARISON_GT",
  threshold_value: 1,
  duration_seconds: 60,
};
const TOLD = { support_users: ["ops@example.com"] };
const VOLUME = { name: "files", bucket_name: "data", mount_path: "/files" };

const TASK = {
  name: "other",
  image: "busybox:1.37",
  args: ["x"],
  env_vars: { A: "b" },
  secret_env_vars: { A: "a-secret" },
  cpu_limit: "700m",
  memory_limit: "3Gi",
};
/** Without a file to read, a rule says so. */
const NO_SCRIPT = { script_path: "there-is-none.sh" };
const JOBS = {
  initialization_jobs: [{ name: "second", command: ["true"], depends_on_jobs: ["first"] }, { name: "first" }],
};
const CRON = { cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", command: ["true"] }] };

/** Fields that say on which nodes pods run; of a component, another test has labels and tolerations. */
function onNodes(prefix: string, scaledOut: Given, tolerating: Given): EffectCases {
  const toleration = { key: "other", value: "other", effect: "NoSchedule" };
  return {
    ...cases(
      scaledOut,
      { spot: true, compute_class: "Performance", architecture: "arm64", priority_class: "high" },
      `${prefix}.`,
    ),
    ...(prefix.startsWith("component_settings")
      ? {}
      : {
          ...cases(
            tolerating,
            { node_selector: { pool: "b" }, tolerations: [{ key: "group", operator: "Exists" }] },
            `${prefix}.`,
          ),
          ...cases(tolerating, toleration, `${prefix}.tolerations[].`),
        }),
  };
}

/** A bucket that is there, and one that is not. */
function mounted(jobs: Given): readonly EffectCase[] {
  return [
    { value: ["files"], with: { ...jobs, gcs_volumes: [VOLUME] } },
    { value: ["files"], with: jobs },
  ];
}

const SERVICE = {
  name: "tika",
  image: "apache/tika:2.9.2.1",
  port: 9998,
  volume_mounts: [{ name: "nfs-data-volume", mount_path: "/shared" }],
  startup_probe: { path: "/tika" },
  liveness_probe: { path: "/tika" },
};
const services = (more: object = {}) => ({ additional_services: [{ ...SERVICE, ...more }] });

/** `command` and a script: which of both runs is said. */
function besideScript(variable: "initialization_jobs" | "cron_jobs"): EffectCase {
  const job = { name: "script", script_path: "jobs/db-init.sh" };
  const schedule = variable === "cron_jobs" ? { schedule: "0 3 * * *" } : {};
  return { value: ["true"], with: { [variable]: [{ ...job, ...schedule }] } };
}

const TOLERATION = { key: "team", value: "ai" };
const COMPONENT = { component_settings: { web: { tolerations: [TOLERATION] } } };

/** Groups 10 and 11, and the probes of group 14. */
export const jobEffects: EffectCases = {
  log_format: { value: "json" },
  log_retention_days: { value: 90 },
  log_viewers: { value: ["group:ai@example.com"], with: { log_retention_days: 90 } },
  monthly_budget: { value: 100, with: { billing_account_id: "000000-000000-000000" } },
  billing_account_id: {
    value: "000000-000000-000001",
    with: { monthly_budget: 100, billing_account_id: "000000-000000-000000" },
  },
  billing_export_table: {
    value: "billing.costs.gcp_billing_export_v1_000000_000000_000000",
    with: { support_users: ["ops@example.com"] },
  },
  budget_thresholds: { value: [80], with: { monthly_budget: 100, billing_account_id: "000000-000000-000000" } },
  enable_tracing: { value: true },
  trace_sampling_rate: { value: 0.5, with: { enable_tracing: true } },
  log_health_checks: { value: false },
  ...cases({}, PROBE, "startup_probe_config."),
  ...cases({}, PROBE, "health_check_config."),
  ...cases({}, PROBE, "startup_probe."),
  ...cases({}, PROBE, "liveness_probe."),
  component_settings: { value: { web: { memory: "3Gi" } } },
  "component_settings{}.scratch": { value: { tmp: "128Mi" }, with: { component_settings: { proxy: {} } } },
  ...cases(
    COMPONENT,
    {
      cpu: "2",
      memory: "3Gi",
      ephemeral_storage: "3Gi",
      replicas: 7,
      min_replicas: 2,
      max_replicas: 9,
      environment: { ALLOW_EMBED: "true" },
      secret_environment: { SENTRY_DSN: "a-secret" },
      node_selector: { team: "ai" },
      tolerations: [{ key: "team", operator: "Exists" }],
      "tolerations[].key": "other",
      "tolerations[].value": "other",
      "tolerations[].effect": "NoSchedule",
      annotations: { "example.com/team": "ai" },
    },
    "component_settings{}.",
  ),
  "uptime_check_config.enabled": { value: true },
  ...cases({ uptime_check_config: { enabled: true } }, UPTIME, "uptime_check_config."),
  enable_component_metrics: { value: true },
  alert_policies: { value: [ALERT] },
  standard_alerts: { value: { database_cpu: { threshold: 80 } }, with: TOLD },
  ...cases({ ...TOLD, standard_alerts: { database_cpu: {} } }, { enabled: false, threshold: 80 }, "standard_alerts{}."),
  ...cases(
    { alert_policies: [ALERT] },
    {
      name: "processors",
      metric_type: "kubernetes.io/container/restart_count",
      comparison: "COMPARISON_LT",
      threshold_value: 2,
      duration_seconds: 120,
      aggregation_period: "300s",
    },
    "alert_policies[].",
  ),
  initialization_jobs: { value: [{ name: "first", command: ["true"] }] },
  ...cases(
    JOBS,
    {
      ...TASK,
      ...NO_SCRIPT,
      mount_nfs: true,
      description: "Prepares what the nightly run needs",
      timeout_seconds: 700,
      max_retries: 4,
      task_count: 2,
      execution_mode: "SERVICE",
      depends_on_jobs: [],
      execute_on_apply: false,
      needs_db: false,
      needs_secrets: false,
    },
    "initialization_jobs[].",
  ),
  "initialization_jobs[].mount_gcs_volumes": mounted(JOBS),
  "initialization_jobs[].command": [{ value: ["false"], with: JOBS }, besideScript("initialization_jobs")],
  cron_jobs: { value: CRON.cron_jobs },
  ...cases(
    CRON,
    {
      ...TASK,
      ...NO_SCRIPT,
      mount_nfs: true,
      schedule: "0 4 * * *",
      restart_policy: "Never",
      concurrency_policy: "Allow",
      failed_jobs_history_limit: 2,
      successful_jobs_history_limit: 2,
      starting_deadline_seconds: 60,
      suspend: true,
    },
    "cron_jobs[].",
  ),
  "cron_jobs[].mount_gcs_volumes": mounted(CRON),
  "cron_jobs[].command": [{ value: ["false"], with: CRON }, besideScript("cron_jobs")],
  additional_services: { value: [SERVICE] },
  ...cases(
    services(),
    {
      name: "other",
      image: "apache/tika:3.0.0.0",
      port: 9999,
      service_port: 80,
      command: ["java"],
      args: ["-x"],
      env_vars: { A: "b" },
      secret_env_vars: { A: "a-secret" },
      cpu_limit: "2",
      memory_limit: "2Gi",
      ephemeral_storage_limit: "2Gi",
      min_instance_count: 0,
      max_instance_count: 4,
      ingress: "internal",
      output_env_var_name: "TIKA_URL",
      "volume_mounts[].name": "unknown",
      "volume_mounts[].mount_path": "/elsewhere",
      "volume_mounts[].read_only": true,
    },
    "additional_services[].",
  ),
  "additional_services[].volume_mounts": [
    { value: [], with: services() },
    { value: [...SERVICE.volume_mounts, { name: "nfs-data-volume", mount_path: "/more" }], with: services() },
  ],
  "additional_services[].ephemeral_storage_request": [
    { value: "2Gi", with: services() },
    { value: "2Gi", with: services({ ephemeral_storage_limit: "3Gi" }) },
  ],
  ...cases(services(), PROBE, "additional_services[].startup_probe."),
  ...cases(services(), PROBE, "additional_services[].liveness_probe."),
  ...onNodes("component_settings{}", { component_settings: { web: { compute_class: "Scale-Out" } } }, COMPONENT),
  ...onNodes(
    "additional_services[]",
    services({ compute_class: "Scale-Out" }),
    services({ tolerations: [TOLERATION] }),
  ),
  ...onNodes(
    "initialization_jobs[]",
    { initialization_jobs: [{ name: "first", command: ["true"], compute_class: "Scale-Out" }] },
    { initialization_jobs: [{ name: "first", command: ["true"], tolerations: [TOLERATION] }] },
  ),
  ...onNodes(
    "cron_jobs[]",
    { cron_jobs: [{ ...CRON.cron_jobs[0], compute_class: "Scale-Out" }] },
    { cron_jobs: [{ ...CRON.cron_jobs[0], tolerations: [TOLERATION] }] },
  ),
  ...cases(services({ gpu_type: "nvidia-l4" }), { gpu_type: "nvidia-t4" }, "additional_services[]."),
  "additional_services[].gpu_count": [
    { value: 2, with: services({ gpu_type: "nvidia-l4" }) },
    { value: 2, with: services() },
  ],
  gcs_volumes: { value: [VOLUME] },
  ...cases(
    { gcs_volumes: [VOLUME] },
    {
      name: "others",
      bucket_name: "acme-files",
      mount_path: "/others",
      readonly: true,
      mount_options: ["implicit-dirs"],
    },
    "gcs_volumes[].",
  ),
  ...cases(
    { gcs_volumes: [VOLUME] },
    { memory_limit: "512Mi", ephemeral_storage_limit: "512Mi" },
    "gcs_fuse_resources.",
  ),
  "gcs_fuse_resources.cpu_limit": [{ value: "500m", with: { gcs_volumes: [VOLUME] } }, { value: "500m" }],
};
