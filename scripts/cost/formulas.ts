import { chartUsage } from "./charts";
import { kindOf, KINDS } from "./custom-resources";
import { filestore, memorystore } from "./unpriced";
import { podUsage, statefulSetUsage } from "./pods";
import { sqlMachine } from "./sql-machine";
import type { Resource } from "../stacks/resources";
import { type Costs, HOURS, month, type Usage } from "./usage";

type Formula = (resource: Resource, stack: readonly Resource[]) => Costs;

/** vCPU and GiB of the machine types that share a core. https://cloud.google.com/compute/docs/general-purpose-machines#sharedcore */
const SHARED_CORE: Readonly<Record<string, readonly [number, number]>> = {
  "e2-micro": [0.25, 1],
  "e2-small": [0.5, 2],
  "e2-medium": [1, 4],
};

/** GiB of memory for each vCPU. https://cloud.google.com/compute/docs/general-purpose-machines#e2_machine_types */
const E2_MEMORY: Readonly<Record<string, number>> = { standard: 4, highmem: 8, highcpu: 1 };

const AUDIT_LOGS = { part: "audit logs", price: "logs", why: "reads and writes beyond 50 GiB a month" } as const;

/** What a resource costs, by its type. Types that are in no table here are listed as unknown. */
export const FORMULAS: Readonly<Record<string, Formula>> = {
  google_container_cluster: () => ({
    usage: [month("cluster", "cluster", HOURS, "a control plane, whatever runs in it")],
    byUse: [{ part: "cluster", price: "logs", why: "logs of the pods beyond 50 GiB a month" }],
  }),
  kubernetes_deployment_v1: (deployment, stack) => ({ usage: podUsage(deployment, stack) }),
  kubernetes_stateful_set_v1: (statefulSet, stack) => ({ usage: statefulSetUsage(statefulSet, stack) }),
  kubernetes_job_v1: () => ({
    byUse: [{ part: "jobs", price: "autopilot-cpu", why: "the minutes that jobs run after an apply" }],
  }),
  kubernetes_cron_job_v1: () => ({
    byUse: [{ part: "cron jobs", price: "autopilot-cpu", why: "the minutes that each run takes" }],
  }),
  helm_release: (release) => ({ usage: chartUsage(release) }),
  google_sql_database_instance: database,
  google_compute_instance_template: virtualMachine,
  google_compute_disk: ({ block }) =>
    disk("file server", typeof block.type === "string" ? block.type : "pd-standard", Number(block.size)),
  google_compute_resource_policy: () => ({
    byUse: [{ part: "file server", price: "snapshot", why: "snapshots of the data disk, by what changed" }],
  }),
  google_compute_router_nat: ({ block }, stack) => nat(block, stack),
  google_compute_address: ({ block }) => external("addresses", block),
  google_compute_global_address: ({ block }) => external("addresses", block),
  google_compute_global_forwarding_rule: forwardingRule,
  kubernetes_service_v1: (service, stack) =>
    (service.block.spec as { type?: string } | undefined)?.type === "LoadBalancer"
      ? forwardingRule(service, stack)
      : {},
  kubernetes_manifest: (manifest, stack) => {
    const kind = kindOf(manifest) ?? "";
    return kind === "Gateway" ? forwardingRule(manifest, stack) : (KINDS[kind]?.(manifest) ?? {});
  },
  google_compute_security_policy: ({ block }) => {
    const rules = list(block.rule).length;
    return {
      usage: [
        month("Cloud Armor", "armor-policy", 1, "a policy"),
        month("Cloud Armor", "armor-rule", rules, `${rules} rules`),
      ],
    };
  },
  google_secret_manager_secret: ({ block, name }) => {
    const { replicas } = (first(first(block.replication)?.user_managed) ?? {}) as { replicas?: unknown };
    const locations = list(replicas).length || 1;
    return {
      usage: [
        month(
          "secrets",
          "secret-version",
          locations,
          `a version in ${locations} ${locations === 1 ? "place" : "places"}`,
        ),
      ],
      // A script turns audit logs on: this note is all that the stack shows of them.
      byUse: name.endsWith("audit_logs_note") ? [AUDIT_LOGS] : [],
    };
  },
  google_kms_crypto_key: ({ block: { rotation_period: rotates } }) => ({
    usage: [month("keys", "kms-version", 1, "a key version")],
    byUse:
      rotates === undefined ? [] : [{ part: "keys", price: "kms-version", why: "a version more at each rotation" }],
  }),
  google_filestore_instance: (resource) => ({ usage: filestore(resource) }),
  terraform_data: (resource) => ({ usage: memorystore(resource) }),
  google_artifact_registry_repository: () => ({
    byUse: [{ part: "image registry", price: "registry", why: "images that are kept, some 10 GiB a Dify release" }],
  }),
  google_storage_bucket: () => ({
    byUse: [{ part: "buckets", price: "bucket", why: "uploads, knowledge and files" }],
  }),
  google_monitoring_alert_policy: () => ({
    byUse: [
      { part: "monitoring", price: "alert-condition", why: "an alert's condition, and the series that it reads" },
    ],
  }),
  google_logging_metric: () => ({
    byUse: [{ part: "monitoring", price: "log-metric", why: "what a metric counts of log entries" }],
  }),
  google_monitoring_uptime_check_config: () => ({
    byUse: [{ part: "monitoring", price: "uptime-check", why: "runs of uptime checks beyond a million a month" }],
  }),
  google_clouddeploy_delivery_pipeline: () => ({
    usage: [month("delivery", "pipeline", 1, "an active pipeline; the first of a billing account is free")],
  }),
  google_cloudbuild_trigger: () => ({
    byUse: [{ part: "delivery", price: "build-minute", why: "minutes of builds beyond the free ones" }],
  }),
  google_cloudbuild_worker_pool: () => ({
    usage: [{ part: "delivery", price: "", rest: 0, why: "a private pool, by the minutes of its builds" }],
  }),
};

/** Types that are free of charge, and why. */
export const FREE: Readonly<Record<string, string>> = {
  ...same("Google's IAM is free", [
    "google_project_iam_member",
    "google_project_service",
    "google_service_account",
    "google_service_account_iam_member",
    "google_secret_manager_secret_iam_member",
    "google_storage_bucket_iam_member",
    "google_artifact_registry_repository_iam_member",
    "google_pubsub_topic_iam_member",
    "google_clouddeploy_target_iam_member",
    "google_clouddeploy_delivery_pipeline_iam_member",
    "google_binary_authorization_attestor_iam_member",
    "google_container_analysis_note_iam_member",
    "google_kms_crypto_key_iam_member",
    "google_iap_web_type_compute_iam_member",
  ]),
  ...same("part of what it belongs to, which is counted", [
    ...["google_gke_hub_membership", "google_secret_manager_secret_version"],
    "google_sql_database",
    "google_sql_user",
    "google_storage_bucket_object",
    "google_compute_instance_group_manager",
    "google_compute_disk_resource_policy_attachment",
    "google_compute_health_check",
    "google_compute_router",
    "google_compute_url_map",
    "google_compute_backend_service",
    "google_compute_target_http_proxy",
    "google_compute_target_https_proxy",
    "google_compute_network_endpoint_group",
    "google_clouddeploy_target",
    "google_clouddeploy_automation",
    "google_cloudbuildv2_connection",
    "google_cloudbuildv2_repository",
    "google_kms_key_ring",
    "kubernetes_horizontal_pod_autoscaler_v2",
  ]),
  ...same("networks and their rules are free", [
    "google_compute_network",
    "google_compute_subnetwork",
    "google_compute_firewall",
    "google_compute_ssl_policy",
    "google_service_networking_connection",
  ]),
  ...same("the first hundred certificates are free", [
    "google_certificate_manager_certificate",
    "google_certificate_manager_certificate_map",
    "google_certificate_manager_certificate_map_entry",
    "google_certificate_manager_dns_authorization",
  ]),
  ...same("in GKE's price", ["google_binary_authorization_attestor", "google_container_analysis_note"]),
  ...same("what it keeps out of the logs costs nothing", ["google_logging_project_exclusion"]),
  ...same("a cent for each GiB and month beyond 30 days; what is written is counted as logs", [
    "google_logging_project_bucket_config",
    "google_logging_project_sink",
    "google_logging_log_view",
    "google_logging_log_view_iam_member",
  ]),
  ...same("perimeters are free", ["google_access_context_manager_access_level"]),
  ...same("perimeters are free", ["google_access_context_manager_service_perimeter"]),
  ...same("dashboards and budgets are free", ["google_monitoring_dashboard", "google_billing_budget"]),
  ...same("e-mails are free", ["google_monitoring_notification_channel"]),
  ...same("cents a month: notices of rotations alone", ["google_pubsub_topic"]),
  ...same("objects of the cluster, whose pods are counted", [
    "kubernetes_config_map_v1",
    "kubernetes_namespace_v1",
    "kubernetes_network_policy_v1",
    "kubernetes_pod_disruption_budget_v1",
    "kubernetes_resource_quota_v1",
    "kubernetes_role_v1",
    "kubernetes_role_binding_v1",
    "kubernetes_secret_v1",
    "kubernetes_service_account_v1",
    "kubernetes_persistent_volume_v1",
    "kubernetes_persistent_volume_claim_v1",
  ]),
  ...same("Terraform's own", ["random_id"]),
};

function same(why: string, types: readonly string[]): Record<string, string> {
  return Object.fromEntries(types.map((type) => [type, why]));
}

/** @see https://cloud.google.com/sql/pricing */
function database({ block }: Resource): Costs {
  const settings = first(block.settings) ?? {};
  const tier = String(settings.tier);
  const nodes = Number(block.node_count ?? 0);
  const copies = nodes > 0 ? nodes : settings.availability_type === "REGIONAL" ? 2 : 1;
  const standby = nodes > 0 ? ` in each of ${nodes} nodes` : copies === 2 ? ", and as much for the standby" : "";
  const size = Number(settings.disk_size ?? 10);
  const part = nodes > 0 ? "read pool" : "database";
  const storage = month(part, "sql-ssd", size * copies, `${size} GiB of disk${standby}; it grows automatically`);
  const byUse = [{ part, price: "sql-backup", why: "backups and write-ahead logs" }];
  const machine = sqlMachine(tier);
  if (!machine) return { usage: [{ part, price: "", rest: 0, why: `a machine of tier ${tier}` }, storage], byUse };
  const [cpu, memory, plus] = machine;
  const prefix = plus ? "sql-plus" : "sql";
  return {
    usage: [
      month(part, `${prefix}-cpu`, cpu * copies * HOURS, `${cpu} vCPU${standby}`),
      month(part, `${prefix}-memory`, memory * copies * HOURS, `${memory} GiB${standby}`),
      storage,
    ],
    byUse,
  };
}

function virtualMachine({ block }: Resource): Costs {
  const type = String(block.machine_type);
  const boot = list(block.disk).find((one) => one.boot === true);
  const bootDisk = boot ? disk("file server", String(boot.disk_type), Number(boot.disk_size_gb)).usage : [];
  const [, family, count] = /^e2-(standard|highmem|highcpu)-(\d+)$/.exec(type) ?? [];
  const machine =
    SHARED_CORE[type] ?? (family && count ? [Number(count), Number(count) * (E2_MEMORY[family] ?? 0)] : undefined);
  if (!machine)
    return { usage: [{ part: "file server", price: "", rest: 0, why: `a machine of type ${type}` }, ...bootDisk] };
  const [cpu, memory] = machine;
  return {
    usage: [
      month("file server", "e2-cpu", cpu * HOURS, `${cpu} vCPU (${type})`),
      month("file server", "e2-memory", memory * HOURS, `${memory} GiB (${type})`),
      ...bootDisk,
    ],
  };
}

function disk(part: string, type: string, size: number): { readonly usage: readonly Usage[] } {
  return { usage: [month(part, type, size, `${size} GiB of disk (${type})`)] };
}

/** The number of nodes is up to Autopilot: what is known is the price of each, and that 32 or more cost the same. */
function nat(block: Resource["block"], stack: readonly Resource[]): Costs {
  const VMS = 32;
  const addresses = list(block.nat_ips).length || 1;
  const servers = stack.filter(({ type }) => type === "google_compute_instance_group_manager").length;
  const least = servers + 1;
  return {
    usage: [
      {
        part: "NAT",
        price: "nat-vm",
        rest: least * HOURS,
        most: VMS * HOURS,
        why: `from ${least} to ${VMS} virtual machines, nodes included; more cost nothing more`,
      },
      month(
        "NAT",
        "external-address",
        addresses * HOURS,
        `${addresses} external ${addresses === 1 ? "address" : "addresses"} at least`,
      ),
    ],
    byUse: [
      { part: "NAT", price: "nat-data", why: "what passes through it" },
      { part: "NAT", price: "egress", why: "what leaves for the internet" },
    ],
  };
}

/** An address that a load balancer uses is free, and these are for load balancers. */
function external(part: string, { address_type: type }: Resource["block"]): Costs {
  if (type === "INTERNAL") return {};
  return {
    byUse: [{ part, price: "external-address", why: "an external address while nothing uses it (twice this price)" }],
  };
}

/** The first five of a project share one price: the first one that is found stands for all. */
function forwardingRule(resource: Resource, stack: readonly Resource[]): Costs {
  const [leading] = stack.filter(isForwarding);
  if (leading?.name !== resource.name || leading.type !== resource.type) return {};
  return {
    usage: [month("load balancer", "forwarding-rule", HOURS, "up to five forwarding rules")],
    byUse: [{ part: "load balancer", price: "egress", why: "what users download" }],
  };
}

function isForwarding({ type, block }: Resource): boolean {
  if (type === "google_compute_global_forwarding_rule") return true;
  if (type === "kubernetes_service_v1") return (block.spec as { type?: string } | undefined)?.type === "LoadBalancer";
  return type === "kubernetes_manifest" && kindOf({ block }) === "Gateway";
}

/** In Terraform's JSON, a block is an object or a list with one. */
function list(value: unknown): Readonly<Record<string, unknown>>[] {
  return (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]) as Readonly<
    Record<string, unknown>
  >[];
}

function first(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return list(value)[0];
}
