import { podUsage } from "../../cost/pods";
import { HOURS } from "../../cost/usage";
import { type Finding, good } from "../finding";
import { found } from "../../google-apis/answers";
import { type Check, ofType, type Subject } from "../subject";

/**
 * Autopilot chooses its nodes. What follows counts as many of four vCPU as the pods at rest fill, and one more for the
 * system's own pods: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-overview#quotas
 */
const NODE_CORES = 4;
/** Boot disk of a node of Autopilot's. */
const NODE_DISK_GB = 100;

interface Need {
  /** Google's name of the quota. */
  readonly metric: string;
  readonly amount: number;
  readonly why: string;
}

/** @returns what the apply takes of the quotas of the region */
function regionalNeeds(subject: Subject): readonly Need[] {
  const stack = subject.resources;
  const cpu = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1"]
    .flatMap((type) => ofType(subject, type))
    .flatMap((workload) => podUsage(workload, stack))
    .filter(({ price }) => price === "autopilot-cpu")
    .reduce((sum, { rest }) => sum + rest / HOURS, 0);
  const createsCluster = ofType(subject, "google_container_cluster").length > 0;
  const servers = ofType(subject, "google_compute_instance_group_manager").length;
  // The nodes of a cluster that exists are there already, or it has its own idea of them.
  const nodes = createsCluster || cpu > 0 ? Math.ceil(cpu / NODE_CORES) + 1 : 0;
  const disks = ofType(subject, "google_compute_disk")
    .filter(({ block }) => block.type !== "pd-standard")
    .reduce((sum, { block }) => sum + Number(block.size), 0);
  const external = ofType(subject, "google_compute_address").filter(({ block }) => block.address_type !== "INTERNAL");
  const nats = ofType(subject, "google_compute_router_nat").length;
  return [
    {
      metric: "CPUS",
      amount: nodes * NODE_CORES + servers * 2,
      why: `${nodes} nodes of ${NODE_CORES} vCPU${servers > 0 ? " and the file server" : ""}`,
    },
    {
      metric: "SSD_TOTAL_GB",
      amount: nodes * NODE_DISK_GB + disks + servers * 20,
      why: `${nodes} nodes with ${NODE_DISK_GB} GB each${disks > 0 ? `, and ${disks} GB of data` : ""}`,
    },
    { metric: "INSTANCES", amount: nodes + servers, why: "nodes and the file server" },
    { metric: "STATIC_ADDRESSES", amount: external.length, why: "reserved external addresses" },
    { metric: "IN_USE_ADDRESSES", amount: external.length + nats, why: "the public address and NAT's" },
  ].filter(({ amount }) => amount > 0);
}

/** Quotas of the project, with the types that count. */
const GLOBAL: Readonly<Record<string, string>> = {
  NETWORKS: "google_compute_network",
  SUBNETWORKS: "google_compute_subnetwork",
  FIREWALLS: "google_compute_firewall",
  ROUTERS: "google_compute_router",
  HEALTH_CHECKS: "google_compute_health_check",
  INSTANCE_TEMPLATES: "google_compute_instance_template",
  SECURITY_POLICIES: "google_compute_security_policy",
  SSL_POLICIES: "google_compute_ssl_policy",
  STATIC_ADDRESSES: "google_compute_global_address",
  BACKEND_SERVICES: "google_compute_backend_service",
  URL_MAPS: "google_compute_url_map",
  GLOBAL_EXTERNAL_MANAGED_FORWARDING_RULES: "google_compute_global_forwarding_rule",
};

export const quotas: Check = {
  id: "quotas",
  title: "quotas",
  look: async (subject) => {
    const { variables, google } = subject;
    const { project_id: id, region } = variables;
    const [regional, global] = await Promise.all([
      google.compute.regions.get({ project: id, region }),
      google.compute.projects.get({ project: id }),
    ]);
    const globalNeeds = Object.entries(GLOBAL)
      .map(([metric, type]) => ({ metric, amount: ofType(subject, type).length, why: type }))
      .filter(({ amount }) => amount > 0);
    const short = [
      ...shortOf(regional.data.quotas ?? [], regionalNeeds(subject), region, id),
      ...shortOf(global.data.quotas ?? [], globalNeeds, "the project", id),
    ];
    return short.length > 0 ? short : [good(`The quotas of ${region} and of the project have room.`)];
  },
};

interface Quota {
  readonly metric?: string | null;
  readonly limit?: number | null;
  readonly usage?: number | null;
}

function shortOf(quotas: readonly Quota[], needs: readonly Need[], where: string, id: string): Finding[] {
  return needs.flatMap(({ metric, amount, why }) => {
    const quota = quotas.find((one) => one.metric === metric);
    if (!quota) return [];
    const { limit, usage } = { limit: quota.limit ?? 0, usage: quota.usage ?? 0 };
    if (usage + amount <= limit) return [];
    return [
      {
        level: "problem" as const,
        fact: `The quota ${metric} of ${where} is ${limit}, of which ${usage} are used; this environment takes about ${amount} more (${why}).`,
        consequence:
          "The apply would wait for it until it fails. If this environment exists already, what it uses is part of that.",
        remedy: "Ask Google for a higher quota, choose another region, or make the environment smaller.",
        help: `https://console.cloud.google.com/iam-admin/quotas?project=${id}`,
      },
    ];
  });
}

export const zones: Check = {
  id: "zones",
  title: "zones and machine types",
  look: async (subject) => {
    const { variables, google } = subject;
    const { project_id: id, region, nfs_instance_zone: zone } = variables;
    const { data } = await google.compute.zones.list({ project: id, filter: `region eq ".*/regions/${region}"` });
    const up = (data.items ?? [])
      .filter(({ status, region: of }) => status === "UP" && (of ?? "").endsWith(`/${region}`))
      .map(({ name }) => name ?? "")
      .sort();
    if (up.length === 0) {
      return [
        {
          level: "problem",
          fact: `The region ${region} has no zone that is up for this project.`,
          consequence: "Neither nodes nor the file server could start.",
          remedy: "Choose another region.",
          help: `gcloud compute zones list --project=${id}`,
        },
      ];
    }
    if (zone !== "" && !up.includes(zone)) {
      return [
        {
          level: "problem",
          fact: `nfs_instance_zone = "${zone}" is none of the zones of ${region} that are up: ${up.join(", ")}.`,
          consequence: "The file server could not be created.",
          remedy: "Name one of them, or leave nfs_instance_zone out.",
        },
      ];
    }
    const types = ofType(subject, "google_compute_instance_template").map(({ block }) => String(block.machine_type));
    const where = zone === "" ? up : [zone];
    const findings: Finding[] = [];
    for (const type of types) {
      const offers = await Promise.all(where.map((one) => offered(subject, one, type)));
      if (offers.some(Boolean)) continue;
      findings.push({
        level: "problem",
        fact: `The machine type ${type} of nfs_machine_type is not on offer in ${where.join(", ")}.`,
        consequence: "The file server could not be created.",
        remedy: "Choose a machine type that is.",
        help: `gcloud compute machine-types list --zones=${where.join(",")} --project=${id}`,
      });
    }
    return findings.length > 0
      ? findings
      : [good(`${up.join(", ")} are up${types.length > 0 ? `, and offer ${types.join(", ")}` : ""}.`)];
  },
};

async function offered({ variables, google }: Subject, zone: string, machineType: string): Promise<boolean> {
  const asked = { project: variables.project_id, zone, machineType };
  return (await found(google.compute.machineTypes.get(asked))) !== undefined;
}
