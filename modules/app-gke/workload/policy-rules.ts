import { BlockList, isIPv4 } from "node:net";
import { Token } from "cdktf";
import type { NetworkPolicyV1SpecEgress } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { PRIVATE_RANGES, type PrivatelyUsed } from "../google/privately-used";
import { AUTH_PROXY_SERVER_PORT } from "./auth-proxy";
import type { JobConnection } from "./server-certificate";

/** Parts of network policies that are the same wherever they are. */

/** Link-local addresses, of which one is the metadata server's. */
const LINK_LOCAL = "169.254.0.0/16";
/** The label that Kubernetes gives every namespace: https://kubernetes.io/docs/reference/labels-annotations-taints/. */
export const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

type Ports = NetworkPolicyV1SpecEgress["ports"];

/**
 * Every public address.
 * @param used public ranges that are used privately, which are left out
 * @param ports all by default
 */
export function internet({ known, later }: PrivatelyUsed, ports?: Ports): NetworkPolicyV1SpecEgress {
  const ranges = [...PRIVATE_RANGES, ...known];
  const except = later === undefined ? ranges : Token.asList(`\${concat(${JSON.stringify(ranges)}, ${later})}`);
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except } }], ports };
}

/** Every address except link-local ones. A range never matches pods and nodes. */
export function anyAddress(): NetworkPolicyV1SpecEgress {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [LINK_LOCAL] } }] };
}

/** An address or a range, without the metadata server. */
export function range(cidr: string, ports?: Ports): NetworkPolicyV1SpecEgress {
  return { to: [{ ipBlock: { cidr, ...(coversLinkLocal(cidr) && { except: [LINK_LOCAL] }) } }], ports };
}

function coversLinkLocal(cidr: string): boolean {
  const [address = "", prefix = "32"] = cidr.split("/");
  if (!isIPv4(address) || Number(prefix) >= 16) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix));
  return list.check("169.254.169.254");
}

/** @param labels of the pods; empty for every pod of the namespace */
export function pods(
  namespace: string,
  labels: Readonly<Record<string, string>>,
  ports?: Ports,
): NetworkPolicyV1SpecEgress {
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } },
        podSelector: Object.keys(labels).length > 0 ? { matchLabels: { ...labels } } : undefined,
      },
    ],
    ports,
  };
}

/**
 * DNS in the cluster: kube-dns, its cache on the node, and Cloud DNS at the metadata server's address (port 53 only, so
 * the metadata itself stays closed).
 */
export function nameService(): NetworkPolicyV1SpecEgress[] {
  const ports = ["UDP", "TCP"].map((protocol) => ({ port: "53", protocol }));
  return [
    {
      to: [
        { namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: "kube-system" } } },
        { ipBlock: { cidr: "169.254.20.10/32" } },
        { ipBlock: { cidr: "169.254.169.254/32" } },
      ],
      ports,
    },
  ];
}

/**
 * Google's APIs, and the metadata server that issues Workload Identity's tokens.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity
 */
export function googleApis(used: PrivatelyUsed): NetworkPolicyV1SpecEgress[] {
  return [
    internet(used, tcp(443)),
    { to: [{ ipBlock: { cidr: "169.254.169.254/32" } }], ports: tcp(80, 8080) },
    { to: [{ ipBlock: { cidr: "169.254.169.252/32" } }], ports: tcp(987, 988) },
  ];
}

export function tcp(...ports: number[]): { port: string; protocol: string }[] {
  return ports.map((port) => ({ port: String(port), protocol: "TCP" }));
}

/** PostgreSQL's and MySQL's own ports. */
const DATABASE_PORTS = [5432, 3306];

/** @returns rules that let a job reach the database's instance at this address */
export function toDatabase(cidr: string, connection: JobConnection, used: PrivatelyUsed): NetworkPolicyV1SpecEgress[] {
  return [
    ...(connection === "proxied" ? [] : [range(cidr, tcp(...DATABASE_PORTS))]),
    // The Auth Proxy asks Google's API for certificates before it connects to the instance.
    ...(connection === "direct" ? [] : [range(cidr, tcp(AUTH_PROXY_SERVER_PORT)), ...googleApis(used)]),
  ];
}
