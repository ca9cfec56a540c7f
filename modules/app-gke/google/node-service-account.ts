import type { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";

/**
 * @param projectNumber Terraform expression, without `${}`
 * @returns a Terraform expression: e-mail address of the account with which a cluster's nodes pull images
 */
export function nodeServiceAccountOf(cluster: DataGoogleContainerCluster, projectNumber: string): string {
  // Autopilot and Standard clusters report their nodes' account in different fields, and neither has the other's.
  const account =
    `try(${cluster.fqn}.cluster_autoscaling[0].auto_provisioning_defaults[0].service_account, ` +
    `${cluster.fqn}.node_config[0].service_account, "default")`;
  const computeDefault = `format("%s-compute@developer.gserviceaccount.com", ${projectNumber})`;
  return `\${contains(["", "default"], ${account}) ? ${computeDefault} : ${account}}`;
}
