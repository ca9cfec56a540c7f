import { Fn } from "cdktf";
import type { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";
import { endpointsOf } from "../google/cluster-endpoints";
import type { SharedServices } from "../google/shared-services";

/**
 * Where Terraform reaches the control plane. The certificate at an address is signed by the cluster's own authority, the
 * one at the DNS name by a public one. Without a public address, the DNS name is taken if it is open; Terraform that runs
 * inside the network can use the private address, with `ip` as `endpoint`.
 */
export function controlPlane(
  found: DataGoogleContainerCluster,
  { create, endpoint = "auto" }: SharedServices["cluster"],
): { readonly host: string; readonly caCertificate: string } {
  const address = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
  const { dnsName, dnsOpen, ipOpen, ipPrivate } = endpointsOf(address);
  if (endpoint === "dns") return { host: `https://\${${dnsName}}`, caCertificate: "${null}" };
  // One that is created here has a public address.
  if (endpoint === "ip" || create)
    return {
      host: `https://${found.endpoint}`,
      caCertificate: Fn.base64decode(found.masterAuth.get(0).clusterCaCertificate),
    };
  const byName = `${dnsOpen} && (${ipPrivate} || !${ipOpen})`;
  return {
    host: `https://\${${byName} ? ${dnsName} : ${address}.endpoint}`,
    caCertificate: `\${${byName} ? null : base64decode(${address}.master_auth[0].cluster_ca_certificate)}`,
  };
}

/**
 * @returns where the Service `kubernetes` leads to: the private address, where the control plane has one
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
 */
export function addressInside(found: DataGoogleContainerCluster): string {
  const address = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
  return `\${coalesce(try(${address}.private_cluster_config[0].private_endpoint, ""), ${address}.endpoint)}`;
}
