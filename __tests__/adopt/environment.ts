import { type Adoptable, adoptables } from "../../scripts/adopt/imports";
import { importId } from "../../scripts/adopt/import-ids";
import type { Resource } from "../../scripts/stacks/resources";
import { type Given, type StackJson, synth } from "../terraform/synth";

/** Nearly everything that an environment can have, in two: a gateway, and a load balancer with a cache. */
const DELIVERED: Given = {
  enable_custom_domain: true,
  application_domains: ["dify.example.com"],
  enable_cloud_armor: true,
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
  enable_binary_authorization: true,
  binauthz_evaluation_mode: "REQUIRE_ATTESTATION",
};
export const RICH: Given = {
  ...DELIVERED,
  enable_iap: true,
  iap_authorized_users: ["ann@example.com"],
  iap_exempt_paths: ["/v1"],
  enable_cloud_deploy: true,
  cloud_deploy_stages: [{ name: "dev" }, { name: "prod" }],
  enable_network_segmentation: true,
  enable_pod_disruption_budget: true,
  min_instance_count: 2,
  enable_resource_quota: true,
  quota_cpu_requests: "60",
  quota_cpu_limits: "60",
  quota_memory_requests: "120Gi",
  quota_memory_limits: "120Gi",
  quota_max_pods: "60",
  quota_max_services: "30",
  cron_jobs: [{ name: "cleanup", schedule: "15 3 * * *", command: ["flask"] }],
};
export const CACHED: Given = {
  enable_multi_cluster_service: true,
  multi_cluster_client_ranges: ["10.20.0.0/16"],
  ...DELIVERED,
  filestore_tier: "ZONAL",
  workload_type: "StatefulSet",
  enable_cdn: true,
  support_users: ["ops@example.com"],
  uptime_check_config: { enabled: true },
  log_retention_days: 90,
  log_viewers: ["group:ai@example.com"],
  enable_vpc_sc: true,
  organization_id: "111111111111",
  access_policy_id: "7000000075",
  admin_ip_ranges: ["203.0.113.0/24"],
  enable_tracing: true,
  monthly_budget: 1500,
  billing_account_id: "000000-000000-000000",
  service_type: "ClusterIP",
  master_authorized_networks: ["203.0.113.0/24"],
};

/** @returns the resources of a stack */
export function resourcesOf(stack: StackJson | undefined): Adoptable[] {
  const list = Object.entries(stack?.resource ?? {}).flatMap(([type, named]): Resource[] =>
    Object.entries(named).map(([name, block]) => ({ type, name, block })),
  );
  return adoptables(list, new Set());
}

/** @returns the resources of both stacks by address */
export function everything(given: Given): Map<string, Adoptable> {
  const { foundation, application } = synth(given);
  const all = [...resourcesOf(foundation), ...resourcesOf(application)];
  return new Map(all.map((resource) => [resource.address, resource]));
}

/** @returns a text with references to what a plan knows, as Terraform would write it */
export function evaluated(text: string, resources: ReadonlyMap<string, Adoptable>): string {
  return text.replace(
    /\$\{(data\.)?(\w+)\.(\w+)\.([\w.[\]]+)\}/g,
    (reference: string, data: string | undefined, type: string, name: string, attribute: string) => {
      if (data) return type === "google_sql_database_instance" ? "app-sql-00000000" : reference;
      const resource = resources.get(`${type}.${name}`);
      const value = resource && attributeOf(resource, attribute);
      return value === undefined ? reference : evaluated(value, resources);
    },
  );
}

function attributeOf({ block, way, type }: Adoptable, attribute: string): string | undefined {
  const email = `${String(block.account_id)}@${String(block.project)}.iam.gserviceaccount.com`;
  const { metadata } = block as { metadata?: { name: string } };
  if (type === "google_service_account" && attribute === "name")
    return `projects/demo-project/serviceAccounts/${email}`;
  const known: Readonly<Record<string, unknown>> = { email, hex: "00000000", "metadata[0].name": metadata?.name };
  if (attribute === "id" && "id" in way) return importId(way.id, block);
  const value = known[attribute] ?? block[attribute] ?? (attribute === "name" ? block.repository_id : undefined);
  return typeof value === "string" ? value : undefined;
}
