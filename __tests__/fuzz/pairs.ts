import { z } from "zod";
import { inner } from "../../modules/dify-gke/variables/describe";
import type { Given } from "../terraform/synth";
import { type Input, inputOf } from "./input";
import { GOOD, settable } from "./settings";

/** A switch away from where it is without a word. */
interface Setting {
  readonly name: string;
  readonly value: unknown;
}

/** What is no switch, and what a switch would be refused without. */
const COMPANIONS: Given = {
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
  application_domains: ["dify.example.com"],
  iap_authorized_users: ["ann@example.com"],
  sql_tier: "db-custom-16-61440",
  docker_hub_user: "dify",
  docker_hub_password_secret: "docker-hub",
  ...{ quota_cpu_requests: "120", quota_cpu_limits: "120", quota_max_pods: "200", quota_max_services: "60" },
  ...{ quota_memory_requests: "400Gi", quota_memory_limits: "400Gi" },
  additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998 }],
  initialization_jobs: [{ name: "first", script_path: "jobs/db-init.sh" }],
  cron_jobs: [{ name: "cleanup", schedule: "15 3 * * *", command: ["flask"] }],
};

/** What works as a switch by being named, and what by its number. */
const NAMES: readonly Setting[] = [
  { name: "network_name", value: "shared" },
  { name: "gke_cluster_name", value: "shared" },
  { name: "sql_instance_name", value: "shared" },
  { name: "nfs_instance_name", value: "shared" },
  { name: "redis_host", value: "10.0.0.3" },
  { name: "redis_password_secret", value: "my-redis" },
  { name: "static_ip_name", value: "my-address" },
  { name: "state_bucket", value: "my-state" },
  { name: "namespace_name", value: "ai" },
  { name: "container_image", value: "ghcr.io/example/dify-api:1.16.1" },
  { name: "delivered_by_service_account", value: "deploy@demo-project.iam.gserviceaccount.com" },
  { name: "cloud_build_worker_pool", value: "projects/demo-project/locations/us-central1/workerPools/builds" },
  { name: "master_authorized_networks", value: ["203.0.113.0/24"] },
  { name: "iap_exempt_paths", value: ["/v1"] },
  { name: "cloud_deploy_stages", value: [{ name: "dev" }, { name: "prod", namespace: "elsewhere" }] },
  { name: "cloud_deploy_stages", value: [{ name: "only" }] },
  { name: "gateway_backend_stage", value: "prod" },
  { name: "min_instance_count", value: 0 },
  { name: "min_instance_count", value: 3 },
  { name: "application_version", value: "1.8.1" },
  { name: "application_version", value: "1.10.1" },
  { name: "application_version", value: "latest" },
  { name: "storage_buckets", value: [] },
  { name: "component_settings", value: { web: { replicas: 2 }, api: { cpu: "1" }, sandbox: { replicas: 0 } } },
];

/** Switches and choices, each with every value that is not the one without a word. */
function settings(): readonly Setting[] {
  return [
    ...NAMES,
    ...settable.flatMap(({ name, schema, default: standard }) => {
      const plain = inner(schema);
      const values: readonly unknown[] =
        plain instanceof z.ZodBoolean ? [true, false] : plain instanceof z.ZodEnum ? plain.options : [];
      return values
        .filter((value) => value !== standard && GOOD[name as keyof Given] !== value)
        .map((value) => ({ name, value }));
    }),
  ];
}

/** All pairs of them, each pair in a file of its own with what it needs. */
export class Pairs {
  private readonly pairs = settings().flatMap((one, index, all) =>
    all.slice(index + 1).flatMap((other) => (one.name === other.name ? [] : [[one, other] as const])),
  );
  readonly length = this.pairs.length;

  at(index: number): Input {
    const pair = this.pairs[index] ?? [];
    const chosen = Object.fromEntries(pair.map(({ name, value }) => [name, value]));
    const what = pair.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`).join(", ");
    return inputOf({ ...GOOD, ...COMPANIONS, ...chosen }, what);
  }
}
