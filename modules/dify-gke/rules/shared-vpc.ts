import { FILES_CHOICE } from "../files-place";
import { REDIS_CHOICE } from "../redis-place";
import { createsBuildPool } from "../build";
import { createsFileServer, isSharedVpc } from "../shared-services";
import { isDefault, type Variables } from "../variables";
import { GOOGLE, type Rule } from "./rule";

/** What is created in a subnetwork. */
function needsSubnetwork(v: Variables): boolean {
  return v.gke_cluster_name === "" || createsFileServer(v);
}

const network: Rule = {
  id: "shared-vpc-has-network",
  what: "A `network_project_id` or a `subnetwork_name` without `network_name`",
  why: "The network would be created in the application's own project.",
  risk: "High",
  severity: "error",
  variables: ["network_project_id", "subnetwork_name", "network_name", "project_id", "require_services_gcp_module"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.network_name === "" && !v.require_services_gcp_module && (isSharedVpc(v) || v.subnetwork_name !== ""),
  message: (v) =>
    `${isSharedVpc(v) ? `network_project_id is ${v.network_project_id}` : `subnetwork_name is ${v.subnetwork_name}`}, and network_name is empty: a network would be created in ${v.project_id}, and the one that exists would not be used. Set network_name to the network that exists.`,
};

const subnetwork: Rule = {
  id: "shared-vpc-has-subnetwork",
  what: "A cluster or a file server created in a Shared VPC without `subnetwork_name`",
  why: "No subnetwork is created in a host project: its administrators decide about its ranges.",
  risk: "High",
  severity: "error",
  variables: [
    "subnetwork_name",
    "network_project_id",
    "project_id",
    "gke_cluster_name",
    "nfs_instance_name",
    ...FILES_CHOICE,
    ...REDIS_CHOICE,
  ],
  source: GOOGLE,
  brokenBy: (v) => isSharedVpc(v) && v.subnetwork_name === "" && needsSubnetwork(v),
  message: (v) =>
    `subnetwork_name is empty, and network_project_id is ${v.network_project_id}: in a host project no subnetwork is created, so cluster and file server would have no place. Set subnetwork_name to one that ${v.network_project_id} shares, and pod_range_name and service_range_name to its secondary ranges.`,
};

const firewall: Rule = {
  id: "shared-vpc-firewall-decided",
  what: "A file server created in a Shared VPC without `create_file_server_firewall`",
  why: "Firewall rules belong to the host project. Without them the file server counts as failed, and is replaced without end.",
  risk: "High",
  severity: "error",
  variables: [
    "create_file_server_firewall",
    "network_project_id",
    "project_id",
    "nfs_instance_name",
    ...FILES_CHOICE,
    ...REDIS_CHOICE,
  ],
  source: GOOGLE,
  brokenBy: (v) => isSharedVpc(v) && createsFileServer(v) && v.create_file_server_firewall === null,
  message: (v) =>
    `create_file_server_firewall is not set, and network_project_id is ${v.network_project_id}, where the firewall rules of the file server belong: without them its health check fails, and it is replaced without end. Set it to true if Terraform may create firewall rules in ${v.network_project_id}, or to false once its administrators have made them (docs/existing-services.md#shared-vpc has the commands).`,
};

const closed: Rule = {
  id: "new-network-has-firewall",
  what: "`create_file_server_firewall = false` in a network that is created here",
  why: "Nobody could have opened it: the file server counts as failed, and is replaced without end.",
  risk: "High",
  severity: "error",
  variables: ["create_file_server_firewall", "network_name", "nfs_instance_name", ...FILES_CHOICE, ...REDIS_CHOICE],
  source: GOOGLE,
  brokenBy: (v) => v.network_name === "" && createsFileServer(v) && v.create_file_server_firewall === false,
  message: () =>
    "create_file_server_firewall is false, and the network is created here, where nobody could have opened the firewall: the file server's health check fails, and it is replaced without end. Take create_file_server_firewall out.",
};

const ranges: Rule = {
  id: "range-names-need-subnetwork",
  what: "`pod_range_name` or `service_range_name` where no cluster is created in an existing subnetwork",
  why: "Nothing that could use the ranges is created.",
  risk: "Low",
  severity: "warning",
  variables: ["pod_range_name", "service_range_name", "subnetwork_name", "gke_cluster_name"],
  source: GOOGLE,
  brokenBy: (v, given) =>
    v.subnetwork_name !== "" && v.gke_cluster_name === ""
      ? []
      : (["pod_range_name", "service_range_name"] as const).filter((name) => given.has(name) && !isDefault(v, name)),
  message: (v, subject) =>
    v.gke_cluster_name === ""
      ? `${subject} names a range of an existing subnetwork, and subnetwork_name is empty: the ranges of the subnetwork that is created here have names of their own. Take ${subject} out, or set subnetwork_name and network_name.`
      : `${subject} names a range for a cluster that is created here, and gke_cluster_name is ${v.gke_cluster_name}, which has its ranges: it has no effect. Take ${subject} out.`,
};

const pool: Rule = {
  id: "shared-vpc-names-pool",
  what: "A private build pool created for a cluster in a Shared VPC",
  why: "It would be peered with a network of another project, which only that project's administrators can do.",
  risk: "High",
  severity: "error",
  variables: [
    "cloud_build_worker_pool",
    "network_project_id",
    "project_id",
    "enable_cicd_trigger",
    "master_authorized_networks",
    "gke_cluster_name",
  ],
  source: GOOGLE,
  brokenBy: (v) => isSharedVpc(v) && createsBuildPool(v),
  message: (v) =>
    `cloud_build_worker_pool is empty, and with master_authorized_networks a private pool would be created and peered with a network of ${v.network_project_id}, which only that project's administrators can do: the apply would stop there. Set cloud_build_worker_pool to a pool that exists, or take master_authorized_networks out.`,
};

/** A network that another project shares. */
export const sharedVpcRules: readonly Rule[] = [network, subnetwork, firewall, closed, ranges, pool];
