import type { DataGoogleComputeSubnetworkConfig } from "@cdktf/provider-google/lib/data-google-compute-subnetwork";
import type { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";

/**
 * @returns the data source of a cluster's subnetwork, found by the path that the cluster names: with a Shared VPC it is in another
 * project
 */
export function subnetworkOf(cluster: DataGoogleContainerCluster): DataGoogleComputeSubnetworkConfig {
  const address = `data.${cluster.terraformResourceType}.${cluster.friendlyUniqueId}`;
  const part = (index: number): string => `\${element(split("/", ${address}.subnetwork), ${index})}`;
  return { project: part(1), region: part(3), name: part(5) };
}
