import { GATEWAY, hasGateway } from "../front-door";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const clients: Rule = {
  id: "multi-cluster-clients",
  what: "`enable_multi_cluster_service` with a gateway, without `multi_cluster_client_ranges`",
  why: "The network policy lets the gateway in and nobody else: every connection from another cluster would be dropped.",
  risk: "Medium",
  severity: "error",
  variables: ["enable_multi_cluster_service", "multi_cluster_client_ranges", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) => v.enable_multi_cluster_service && hasGateway(v) && v.multi_cluster_client_ranges.length === 0,
  message: () =>
    "enable_multi_cluster_service is true, and a gateway is in front of the Service, which takes connections from nobody else: those from other clusters would be dropped. Set multi_cluster_client_ranges to the ranges of the pods there.",
};

const bypass: Rule = {
  id: "multi-cluster-past-gateway",
  what: "`enable_multi_cluster_service` with Identity-Aware Proxy or Cloud Armor",
  why: "Connections from other clusters go past the gateway, so neither sign-in nor firewall applies to them.",
  risk: "Medium",
  severity: "warning",
  variables: ["enable_multi_cluster_service", "enable_iap", "enable_cloud_armor"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_multi_cluster_service && (v.enable_iap || v.enable_cloud_armor),
  message: (v) =>
    `enable_multi_cluster_service is true, and pods of other clusters connect to the Service itself, past the gateway: ${v.enable_iap ? "Identity-Aware Proxy does not ask them to sign in" : "Cloud Armor does not check their requests"}. Keep multi_cluster_client_ranges small, or set enable_multi_cluster_service = false.`,
};

const sharedVpc: Rule = {
  id: "multi-cluster-in-own-network",
  what: "`enable_multi_cluster_service` in a Shared VPC",
  why: "The fleet's service agent lacks rights in the network's project, so nothing would be exported.",
  risk: "Medium",
  severity: "error",
  variables: ["enable_multi_cluster_service", "network_project_id", "project_id"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.enable_multi_cluster_service && v.network_project_id !== "" && v.network_project_id !== v.project_id,
  message: (v) =>
    `enable_multi_cluster_service is true, and the network is in project ${v.network_project_id}: the fleet has to be that project's, with rights that only its administrators give, so the apply would export nothing. Set enable_multi_cluster_service = false, and export the Service by hand (docs/multi-cluster.md).`,
};

/** Of Services that other clusters know. */
export const multiClusterRules: readonly Rule[] = [clients, bypass, sharedVpc];
