import { regionOf } from "../../app-gke/google/zones";
import { overlap, parseNetwork } from "../../dify-common/address-ranges";
import { postgresByKubeBlocks } from "../database-place";
import { FILES_CHOICE, makesFilestore } from "../files-place";
import { REDIS_CHOICE, usesRedisIn } from "../redis-place";
import { defaultRanges, usesFileServer } from "../shared-services";
import type { VariableName, Variables } from "../variables";
import { inWords } from "../variables/mention";
import { DESIGN, DOCUMENTATION, GOOGLE, type Rule } from "./rule";

const named: Rule = {
  id: "services-named",
  what: "A shared service without a name while `require_services_gcp_module` is true",
  why: "It is not created then, and which one to use is not known.",
  risk: "High",
  severity: "error",
  variables: [
    "require_services_gcp_module",
    "gke_cluster_name",
    "network_name",
    "sql_instance_name",
    "data_services",
    "nfs_instance_name",
    ...FILES_CHOICE,
    ...REDIS_CHOICE,
  ],
  source: DESIGN,
  brokenBy: (v) => v.require_services_gcp_module && unnamed(v).length > 0,
  message: (v) => {
    const missing = inWords(unnamed(v));
    return `${missing} ${unnamed(v).length > 1 ? "are" : "is"} empty, and require_services_gcp_module = true (the default) means that every shared service exists already: none would be created, and nothing says which one to use. Set require_services_gcp_module = false to have every service created that is not named, or set ${missing}: npm run discover -- <environment> shows what exists, and writes the names into the file.`;
  },
};

/** Shared services that are used and have no name. */
function unnamed(v: Variables): readonly VariableName[] {
  return [
    ...(["network_name", "gke_cluster_name"] as const),
    ...(postgresByKubeBlocks(v) ? [] : (["sql_instance_name"] as const)),
    ...(usesFileServer(v) ? (["nfs_instance_name"] as const) : []),
    ...(usesRedisIn("memorystore", v) ? (["redis_host"] as const) : []),
    ...(makesFilestore(v) ? (["filestore_name"] as const) : []),
  ].filter((name) => v[name] === "");
}

const EXISTING = ["gke_cluster_name", "sql_instance_name", "nfs_instance_name"] as const;

const oneNetwork: Rule = {
  id: "existing-needs-network",
  what: "An existing cluster, SQL instance or file server, and no `network_name`",
  why: "The rest would be created in a new network, and neither could reach the other.",
  risk: "High",
  severity: "error",
  variables: ["network_name", "require_services_gcp_module", ...EXISTING],
  source: GOOGLE,
  brokenBy: (v) => !v.require_services_gcp_module && v.network_name === "" && EXISTING.some((name) => v[name] !== ""),
  message: (v) =>
    `${inWords(EXISTING.filter((name) => v[name] !== ""))} ${EXISTING.filter((name) => v[name] !== "").length > 1 ? "name" : "names"} what exists already, in a network of its own, and network_name is empty: the rest would be created in a new network, and neither could reach the other. Set network_name to the existing network.`,
};

const wayOut: Rule = {
  id: "network-has-nat",
  what: "`create_nat = false` in a network that is created here",
  why: "Nothing in it has an external address: no image is pulled, and no model answers.",
  risk: "High",
  severity: "warning",
  variables: ["create_nat", "network_name", "gke_cluster_name", "nfs_instance_name"],
  source: GOOGLE,
  brokenBy: (v) => (v.network_name === "" && v.create_nat === false ? ["create_nat"] : []),
  message: () =>
    "create_nat is false, so the new network has no NAT gateway, and nodes, pods and file server have no external addresses: without another way out, images cannot be pulled and models cannot be reached. Set create_nat = true, or provide another way out of the network.",
};

const natAddresses: Rule = {
  id: "nat-addresses-of-own-gateway",
  what: "`nat_address_count` without a NAT gateway that is created here",
  why: "An existing gateway is never changed: outgoing connections would keep its addresses.",
  risk: "Medium",
  severity: "error",
  variables: ["nat_address_count", "create_nat", "network_name"],
  source: GOOGLE,
  brokenBy: (v) => v.nat_address_count > 0 && !(v.create_nat ?? v.network_name === ""),
  message: (v) =>
    `nat_address_count is ${v.nat_address_count}, and ${v.create_nat === false ? "create_nat is false" : `network ${v.network_name} exists and create_nat is not set`}: no NAT gateway is certain to be created here, and what others created is never changed, so outgoing connections would keep the addresses that they have. Set create_nat = true where the network has no gateway for all subnetworks, or take nat_address_count out and reserve addresses at the existing gateway.`,
};

/** The ranges that would be created, each with the variable that changes it. */
export function rangesOf(v: Variables): readonly (readonly [name: VariableName, text: string])[] {
  const subnetwork =
    v.prereq_subnet_cidr_override === ""
      ? (["prereq_gke_subnet_cidr", v.prereq_gke_subnet_cidr] as const)
      : (["prereq_subnet_cidr_override", v.prereq_subnet_cidr_override] as const);
  // An existing subnetwork has its ranges, as an existing cluster does.
  if (v.subnetwork_name !== "")
    return v.gke_cluster_name === "" ? [["prereq_gke_master_cidr_override", v.prereq_gke_master_cidr_override]] : [];
  if (v.gke_cluster_name !== "") return [subnetwork];
  return [
    subnetwork,
    ["prereq_gke_pod_cidr_override", v.prereq_gke_pod_cidr_override || defaultRanges.pods],
    ["prereq_gke_service_cidr_override", v.prereq_gke_service_cidr_override || defaultRanges.services],
    ["prereq_gke_master_cidr_override", v.prereq_gke_master_cidr_override],
  ];
}

const apart: Rule = {
  id: "ranges-apart",
  what: "Address ranges of nodes, pods, Services and control plane that overlap",
  why: "Google refuses such a cluster, minutes into the apply.",
  risk: "High",
  severity: "error",
  variables: [
    "prereq_gke_subnet_cidr",
    "prereq_subnet_cidr_override",
    "prereq_gke_pod_cidr_override",
    "prereq_gke_service_cidr_override",
    "prereq_gke_master_cidr_override",
    "gke_cluster_name",
    "subnetwork_name",
  ],
  source: GOOGLE,
  brokenBy: (v) => {
    const all = rangesOf(v);
    return all.flatMap(([first, firstText], index) =>
      all.slice(index + 1).flatMap(([second, secondText]) => {
        const [a, b] = [parseNetwork(firstText), parseNetwork(secondText)];
        return a && b && overlap(a, b) ? [`${first} (${firstText}) and ${second} (${secondText})`] : [];
      }),
    );
  },
  message: (_, subject) =>
    `${subject} overlap: Google refuses such a cluster, minutes into the apply. Choose ranges that do not overlap.`,
};

const masterSize: Rule = {
  id: "master-range-size",
  what: "A range of the control plane that is not a /28",
  why: "The control plane takes 16 addresses, and the apply would fail.",
  risk: "High",
  severity: "error",
  variables: ["prereq_gke_master_cidr_override"],
  source: GOOGLE,
  brokenBy: (v) => {
    const range = parseNetwork(v.prereq_gke_master_cidr_override);
    return range !== undefined && range.prefix !== 28;
  },
  message: (v) =>
    `prereq_gke_master_cidr_override is ${v.prereq_gke_master_cidr_override}, and the control plane takes exactly 16 addresses: the apply would fail. Set it to a range with /28.`,
};

const zone: Rule = {
  id: "zone-in-region",
  what: "An `nfs_instance_zone` outside of `region`",
  why: "The file server's subnetwork is in `region`, and the apply would fail.",
  risk: "High",
  severity: "error",
  variables: ["nfs_instance_zone", "region"],
  source: GOOGLE,
  brokenBy: (v) => v.nfs_instance_zone !== "" && regionOf(v.nfs_instance_zone) !== v.region,
  message: (v) =>
    `Zone ${v.nfs_instance_zone} is not in ${v.region}, where the file server's subnetwork is: the apply would fail. Choose a zone of ${v.region}, or leave nfs_instance_zone empty.`,
};

const clusterZone: Rule = {
  id: "cluster-in-region",
  what: "A `gke_cluster_location` outside of `region`",
  why: "Database, file server and reserved addresses are in `region`, and load balancers would get no address.",
  risk: "High",
  severity: "error",
  variables: ["gke_cluster_location", "region"],
  source: GOOGLE,
  brokenBy: (v) => v.gke_cluster_location !== "" && regionOf(v.gke_cluster_location) !== v.region,
  message: (v) =>
    `gke_cluster_location is ${v.gke_cluster_location}, which is not in ${v.region}, where everything else of this environment is: its load balancer would get no address. Set gke_cluster_location to the cluster's zone in ${v.region}, leave it empty for a regional cluster, or set region to the cluster's.`,
};

const zoneOfNamed: Rule = {
  id: "cluster-location-needs-name",
  what: "`gke_cluster_location` without `gke_cluster_name`",
  why: "A cluster that is created here is regional.",
  risk: "Low",
  severity: "warning",
  variables: ["gke_cluster_location", "gke_cluster_name"],
  source: GOOGLE,
  brokenBy: (v) => v.gke_cluster_location !== "" && v.gke_cluster_name === "",
  message: (v) =>
    `gke_cluster_location is ${v.gke_cluster_location}, and gke_cluster_name is empty: the cluster is created here, and is a regional one. Take gke_cluster_location out, or set gke_cluster_name and network_name.`,
};

/** Whether the file server's script accepts a path, and it is not a system directory, which the share would hide. */
function plainShare(path: string): boolean {
  const plain =
    /^(\/[A-Za-z0-9._-]+)+$/.test(path) && !path.split("/").some((part) => part === "." || part.includes(".."));
  const system =
    /^\/((bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|root|run|sbin|sys|tmp|usr)(\/|$)|(var|srv)$|(var\/tmp|var\/lib|srv\/data)(\/|$))/;
  return plain && !system.test(path);
}

const share: Rule = {
  id: "nfs-share-path",
  what: "An `nfs_share_path` that is not a plain directory, or not one of its own",
  why: "The file server could not export it, and would never start.",
  risk: "High",
  severity: "error",
  variables: ["nfs_share_path", "nfs_instance_name", ...FILES_CHOICE, ...REDIS_CHOICE],
  source: GOOGLE,
  brokenBy: (v) => usesFileServer(v) && v.nfs_instance_name === "" && !plainShare(v.nfs_share_path),
  message: (v) =>
    `nfs_share_path is ${JSON.stringify(v.nfs_share_path)}, which the file server cannot export: it would never start. Choose a directory for the share alone, such as /share or /export/share: letters, digits, dots, hyphens and underscores between slashes, no slash at the end, and not a directory of the system.`,
};

const tag: Rule = {
  id: "nfs-network-tag",
  what: "`network_tags` without `nfsserver`",
  why: "The firewall stays closed to the file server, and pods wait for their volume without end.",
  risk: "High",
  severity: "error",
  variables: ["network_tags", ...FILES_CHOICE, ...REDIS_CHOICE],
  source: DOCUMENTATION,
  brokenBy: (v) => usesFileServer(v) && !v.network_tags.includes("nfsserver"),
  message: () =>
    'network_tags lacks "nfsserver", the tag that opens the firewall to the file server: pods would wait for their volume and never start. Add "nfsserver" to network_tags.',
};

const plugin: Rule = {
  id: "plugin-impersonates-nobody",
  what: '`kubernetes_credentials = "plugin"` with `impersonation_service_account`',
  why: "The plugin knows nothing of the account: the cluster would be changed as the account that runs Terraform.",
  risk: "High",
  severity: "error",
  variables: ["kubernetes_credentials", "impersonation_service_account"],
  source: GOOGLE,
  brokenBy: (v) => v.kubernetes_credentials === "plugin" && v.impersonation_service_account !== "",
  message: (v) =>
    `kubernetes_credentials is "plugin" and impersonation_service_account is ${v.impersonation_service_account}: the plugin does not use that account, so the cluster would be changed as the account that runs Terraform. Set kubernetes_credentials = "token": with impersonation, every run gets a new token, which lasts an hour.`,
};

export const networkRules: readonly Rule[] = [
  named,
  oneNetwork,
  wayOut,
  natAddresses,
  apart,
  masterSize,
  zone,
  clusterZone,
  zoneOfNamed,
  share,
  tag,
  plugin,
];
