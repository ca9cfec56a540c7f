import type { RuleCase } from "./rule-case";

const ON = { enable_multi_cluster_service: true };
const RANGES = { multi_cluster_client_ranges: ["10.20.0.0/16"] };

/** Of Services that other clusters know. */
export const multiClusterCases: readonly RuleCase[] = [
  {
    id: "multi-cluster-clients",
    breaks: [{ ...ON, enable_cloud_armor: true }],
    holds: [ON, { ...ON, ...RANGES, enable_cloud_armor: true }, { enable_cloud_armor: true }],
    shows: "enable_multi_cluster_service",
  },
  {
    id: "multi-cluster-past-gateway",
    breaks: [{ ...ON, ...RANGES, enable_cloud_armor: true }],
    holds: [ON, { ...ON, ...RANGES, enable_custom_domain: true, application_domains: ["dify.example.com"] }],
    shows: "enable_multi_cluster_service",
  },
  {
    id: "multi-cluster-in-own-network",
    breaks: [{ ...ON, network_project_id: "network-host", network_name: "shared" }],
    holds: [ON, { network_project_id: "network-host", network_name: "shared" }],
    shows: "enable_multi_cluster_service",
  },
];
