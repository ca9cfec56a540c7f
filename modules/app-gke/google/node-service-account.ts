import type { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";

/**
 * @param projectNumber Terraform expression, without `${}`
 * @returns a Terraform expression: e-mail of the account that a cluster's nodes pull images as
 */
export function nodeServiceAccountOf(cluster: DataGoogleContainerCluster, projectNumber: string): string {
  // Autopilot and Standard clusters say in different places who their nodes are, and neither has the other's.
  const account =
    `try(${cluster.fqn}.cluster_autoscaling[0].auto_provisioning_defaults[0].service_account, ` +
    `${cluster.fqn}.node_config[0].service_account, "default")`;
  const computeDefault = `format("%s-compute@developer.gserviceaccount.com", ${projectNumber})`;
  return `\${contains(["", "default"], ${account}) ? ${computeDefault} : ${account}}`;
}
