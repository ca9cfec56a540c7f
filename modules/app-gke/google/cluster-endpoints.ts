/**
 * Which of a cluster's endpoints are open: https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation.
 * @param cluster Terraform expression, without `${}`, of the cluster as its data source has it
 */
export function endpointsOf(cluster: string) {
  const endpoints = `${cluster}.control_plane_endpoints_config[0]`;
  return {
    /** Host name without a scheme, or an empty text. */
    dnsName: `try(${endpoints}.dns_endpoint_config[0].endpoint, "")`,
    dnsOpen: `(try(${endpoints}.dns_endpoint_config[0].allow_external_traffic, false) == true)`,
    /** Whether it answers at an address, public or internal. */
    ipOpen: `(try(${endpoints}.ip_endpoints_config[0].enabled, true) != false)`,
    ipPrivate: `(try(${cluster}.private_cluster_config[0].enable_private_endpoint, false) == true)`,
  };
}
