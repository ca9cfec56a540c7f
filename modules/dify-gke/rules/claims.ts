import type { Problem, Risk } from "../problems";

/** What two environments would do to each other with the same thing, and what to do. */
interface ClaimRule {
  /** What both have, for documents. */
  readonly what: string;
  readonly risk: Risk;
  readonly consequence: string;
  readonly remedy: string;
}

/** What no two environments may both have, by kind. */
export const claimRules = {
  names: {
    what: "The same `deployment_id`, of one project, tenant and application",
    risk: "Critical",
    consequence: "each apply would take the other's buckets, secrets and accounts for its own.",
    remedy: "Take deployment_id out of one of them: it is only for what the documented Terraform modules deployed.",
  },
  redis: {
    what: "The same databases of a Redis",
    risk: "Critical",
    consequence: "workers would take each other's tasks, and plugin daemons would join one cluster.",
    remedy:
      "Set redis_database in one of them to the first of three databases that no other has, or redis_host to another server. On a file server that another environment creates, have that environment name this one in nfs_redis_guests, and set redis_port to the port that it gives.",
  },
  database: {
    what: "The same database or database user",
    risk: "Critical",
    consequence:
      "the second apply would give the first one's user another password and then stop because the database exists, or migrate the other's data if it does not stop.",
    remedy: "Set db_name and db_user in one of them to other names, or sql_instance_name to another instance.",
  },
  namespace: {
    what: "The same namespace of a cluster",
    risk: "Critical",
    consequence: "the second apply would stop at the namespace, or each would undo the other's objects.",
    remedy: "Set namespace_name in one of them to another name, or leave it out.",
  },
  fleet: {
    what: "The same Service of a fleet, in two clusters",
    risk: "High",
    consequence:
      "a fleet takes Services of one name and namespace for one, so requests to either would also reach the other's pods.",
    remedy:
      "Set namespace_name in one of them to another name or leave it out, or set enable_multi_cluster_service = false in one of them.",
  },
  admission: {
    what: "The Binary Authorization rule of the same cluster",
    risk: "High",
    consequence:
      "each apply would replace the other's attestor and exemptions with its own, and the other's pods would not start.",
    remedy: "Set enable_binary_authorization = false in one of them, or use another cluster.",
  },
  domain: {
    what: "The same domain",
    risk: "High",
    consequence:
      "a domain leads to one address only, so the other could not be reached and would not get a certificate.",
    remedy: "Take it out of application_domains in one of them.",
  },
  address: {
    what: "The same reserved address",
    risk: "High",
    consequence: "an address belongs to one load balancer, so the second would never get it.",
    remedy: "Set static_ip_name in one of them to another address, or leave it out to have one reserved.",
  },
  firewall: {
    what: "A Cloud Armor policy that both would create",
    risk: "High",
    consequence: "the second apply would stop, because a policy of that name exists.",
    remedy:
      "Set cloud_armor_policy_name in one of them to another name, or create_cloud_armor_policy = false to use the other's.",
  },
  delivery: {
    what: "The same name of an image repository, a trigger or a target",
    risk: "High",
    consequence: "the second apply would stop, because that name is taken.",
    remedy: "Give it another name in one of them, or leave the name out.",
  },
  perimeter: {
    what: "The service perimeter of the same project",
    risk: "High",
    consequence: "a project is in one perimeter only, and Google refuses the second.",
    remedy:
      "Set enable_vpc_sc = false in one of them: the other's perimeter is around the whole project. Name who else runs Terraform, builds or deploys there in its vpc_sc_identities.",
  },
  "private-services": {
    what: "The same network's connection to Google's services",
    risk: "High",
    consequence: "a network has only one, and the second apply would stop or take over its ranges.",
    remedy: "Set create_private_services_access = false in the one that does not create the network.",
  },
  nat: {
    what: "A NAT gateway for the same existing subnetwork",
    risk: "High",
    consequence: "a subnetwork has only one, and the second apply would stop because its router exists.",
    remedy: "Set create_nat = false in one of them: the other's gateway serves the whole subnetwork.",
  },
  ranges: {
    what: "Address ranges in one network that overlap",
    risk: "High",
    consequence: "Google refuses the second subnetwork, minutes into the apply.",
    remedy:
      "Set prereq_gke_subnet_cidr, prereq_gke_pod_cidr_override, prereq_gke_service_cidr_override and prereq_gke_master_cidr_override in one of them to ranges that are free.",
  },
  guest: {
    what: "A port of another environment's file server that belongs to no guest",
    risk: "High",
    consequence: "no Redis listens there, or it has another password, and workers would start but take no tasks.",
    remedy:
      "Have the environment that creates the file server name this one in nfs_redis_guests, and take nfs_instance_name, redis_port and redis_password_secret from its output redis_guests.",
  },
} as const satisfies Readonly<Record<string, ClaimRule>>;

export type ClaimKind = keyof typeof claimRules;

export const claimKinds = Object.keys(claimRules) as ClaimKind[];

/** @returns the id of a kind's rule */
export function claimRuleId(kind: ClaimKind): string {
  return `apart-${kind}`;
}

/** @returns the severities with which a kind may be reported: a warning if an address may belong to two servers */
export function claimSeverities(kind: ClaimKind): readonly Problem["severity"][] {
  return kind === "redis" ? ["error", "warning"] : ["error"];
}
