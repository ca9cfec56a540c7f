import type { DataGoogleComputeSubnetworkConfig } from "@cdktf/provider-google/lib/data-google-compute-subnetwork";
import type { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";

/**
 * @returns what finds a cluster's subnetwork: the cluster names it by path, and a network that several projects share is in
 * another project
 */
export function subnetworkOf(cluster: DataGoogleContainerCluster): DataGoogleComputeSubnetworkConfig {
  const address = `data.${cluster.terraformResourceType}.${cluster.friendlyUniqueId}`;
  const part = (index: number): string => `\${element(split("/", ${address}.subnetwork), ${index})}`;
  return { project: part(1), region: part(3), name: part(5) };
}
