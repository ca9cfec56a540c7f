import type { RuleCase } from "./rule-case";
import { cron, job, service } from "./workloads";

const TRIGGER = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
};
const share = (mount_path: string) => ({ name: "nfs-data-volume", mount_path });
const stage = (fields: object) => ({
  ...TRIGGER,
  enable_cloud_deploy: true,
  cloud_deploy_stages: [fields, { name: "test" }],
});

/** Fields that are set and change nothing. */
export const fieldCases: readonly RuleCase[] = [
  {
    id: "extra-ports-answered",
    breaks: [
      { extra_service_ports: [{ name: "metrics", port: 9090 }] },
      { extra_service_ports: [{ name: "metrics", port: 9090, target_port: 8080, protocol: "UDP" }] },
    ],
    holds: [{ extra_service_ports: [{ name: "other", port: 9090, target_port: 8080 }] }],
    shows: "extra_service_ports",
  },
  {
    id: "tags-of-components",
    breaks: [
      { application_version: "1.8.1", component_image_tags: { agent_backend: "1.16.1" } },
      { container_image: "ghcr.io/example/dify-api:1.16.1", component_image_tags: { api: "1.16.1" } },
      { sandbox_image: "ghcr.io/example/dify-sandbox:0.2.15-2", component_image_tags: { sandbox: "0.2.15" } },
    ],
    holds: [{ component_image_tags: { api: "1.16.1", agent_backend: "1.16.1" } }],
    shows: "component_image_tags",
  },
  {
    id: "script-or-command",
    breaks: [
      job({ script_path: "jobs/db-init.sh", command: ["true"] }),
      cron({ script_path: "jobs/db-init.sh", command: ["true"] }),
    ],
    holds: [job({ script_path: "jobs/db-init.sh", args: ["x"] }), cron({ command: ["true"] })],
  },
  {
    id: "share-mounted-once",
    breaks: [service({ volume_mounts: [share("/a"), share("/b")] })],
    holds: [service({ volume_mounts: [share("/a")] })],
  },
  {
    id: "one-size-of-scratch",
    breaks: [service({ ephemeral_storage_limit: "2Gi", ephemeral_storage_request: "1Gi" })],
    holds: [
      service({ ephemeral_storage_limit: "2Gi", ephemeral_storage_request: "2Gi" }),
      service({ ephemeral_storage_request: "1Gi" }),
    ],
  },
  {
    id: "build-fields-without-build",
    breaks: [
      { ...TRIGGER, container_image_source: "prebuilt", container_build_config: { context_path: "api" } },
      { ...TRIGGER, container_build_config: { enabled: false, context_path: "api" } },
    ],
    holds: [{ ...TRIGGER, container_build_config: { context_path: "api" } }],
    shows: "container_build_config",
  },
  {
    id: "repository-without-trigger",
    breaks: [
      { container_image_source: "prebuilt", container_build_config: { artifact_repo_name: "mine" } },
      { container_build_config: { artifact_repo_name: "mine" } },
    ],
    holds: [
      { ...TRIGGER, container_image_source: "prebuilt", container_build_config: { artifact_repo_name: "mine" } },
      { container_build_config: { artifact_repo_name: "mine", base_image: "python:3.12" } },
    ],
  },
  {
    id: "version-file-without-versions",
    breaks: [{ ...TRIGGER, cicd_trigger_config: { version_file: "version" } }],
    holds: [{ ...TRIGGER, container_image_source: "prebuilt", cicd_trigger_config: { version_file: "version" } }],
    shows: "cicd_trigger_config",
  },
  {
    id: "uptime-fields-without-check",
    breaks: [{ uptime_check_config: { path: "/up" } }, { uptime_check_config: { check_interval: "300s" } }],
    holds: [{ uptime_check_config: { enabled: true, path: "/up" } }, { uptime_check_config: { path: "/health" } }],
    shows: "uptime_check_config",
  },
  {
    id: "redis-database-of-a-stage",
    breaks: [stage({ name: "prod", namespace: "elsewhere", redis_database: 30 })],
    holds: [stage({ name: "prod", redis_database: 30 })],
    shows: "cloud_deploy_stages",
  },
  {
    id: "probe-fields-unused",
    breaks: [
      { startup_probe: { enabled: false, path: "/ready" } },
      { liveness_probe: { type: "TCP", path: "/ready" } },
      { health_check_config: { enabled: false, period_seconds: 5 } },
      service({ startup_probe: { type: "TCP", path: "/ready" } }),
    ],
    holds: [
      { startup_probe: { enabled: false } },
      { liveness_probe: { type: "TCP", port: 5001 } },
      { health_check_config: { path: "/ready" } },
      service({ startup_probe: { type: "TCP" }, liveness_probe: { path: "/ready" } }),
    ],
  },
  {
    id: "database-version-known",
    breaks: [{ database_type: "POSTGRES_9_6" }, { database_type: "POSTGRES_99" }],
    holds: [{ database_type: "POSTGRES_16" }, { database_type: "POSTGRES" }],
    shows: "database_type",
  },
  {
    id: "nothing-deployed",
    breaks: [
      { deploy_application: false, cpu_limit: "4" },
      { deploy_application: false, service_port: 8080, description: "The assistant" },
      { deploy_application: false, delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" },
      { deploy_application: false, enable_cloud_deploy: true, gateway_backend_stage: "prod" },
    ],
    holds: [
      { deploy_application: false, region: "europe-west1" },
      { deploy_application: false, cpu_limit: "2000m" },
      { cpu_limit: "4" },
      { deploy_application: false, enable_cloud_deploy: true, cpu_limit: "4" },
    ],
  },
];
