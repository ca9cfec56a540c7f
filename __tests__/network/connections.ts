import { type Given, synth } from "../terraform/synth";
import { type Address, type Cluster, clusterOf, KNOWN, type Node, type Pod } from "./cluster";
import { type End, passes } from "./passes";

const at = (ip: string): Address => ({ kind: "address", ip });
const stranger = (namespace: string): Pod => ({
  kind: "pod",
  name: "stranger",
  namespace,
  labels: { app: "stranger" },
  ports: [],
  environment: {},
});
const node: Node = { kind: "node" };

/** Where a pod may want to connect to, outside of what is deployed here; with one port of each. */
export const destinations: Readonly<
  Record<string, { readonly end: End; readonly port: number; readonly protocol?: string }>
> = {
  "names (DNS)": { end: at("169.254.169.254"), port: 53, protocol: "UDP" },
  "database, by the Auth Proxy": { end: at(KNOWN.sql), port: 3307 },
  "database itself": { end: at(KNOWN.sql), port: 5432 },
  Redis: { end: at(KNOWN.fileServer), port: 6379 },
  "NFS port": { end: at(KNOWN.fileServer), port: 2049 },
  "metadata server": { end: at("169.254.169.254"), port: 80 },
  "Google APIs": { end: at("142.250.74.10"), port: 443 },
  "internet, any port": { end: at("93.184.216.34"), port: 25 },
  "VPC, anything else": { end: at("10.10.0.77"), port: 443 },
  "pods of others": { end: stranger("other"), port: 8080 },
  "the nodes": { end: node, port: 10250 },
};

/** From where a connection may come. */
export const origins: Readonly<Record<string, (to: Pod) => End | undefined>> = {
  // Nothing else of the internet's is routed to pods.
  "the internet, by a load balancer": ({ name }) => (name === "proxy" ? at("93.184.216.34") : undefined),
  "the VPC, peered networks included": () => at("10.10.0.77"),
  "pods of others": () => stranger("other"),
  "pods of others in the same namespace": ({ namespace }) => stranger(namespace),
};

/** What can be switched: the cell's value by whether it is on. */
export interface Compared {
  readonly open: Cluster;
  readonly segmented: Cluster;
}

export function compared(given: Given = {}): Compared {
  const all = { deletion_protection: false, ...given };
  return {
    open: clusterOf(synth(all).application),
    segmented: clusterOf(synth({ ...all, enable_network_segmentation: true }).application),
  };
}

/** `always`: with segmentation as well. */
export type Answer = "always" | "without segmentation" | "never";

export function answer({ open, segmented }: Compared, from: End, to: End, port: number, protocol?: string): Answer {
  if (passes(segmented, from, to, port, protocol)) return "always";
  return passes(open, from, to, port, protocol) ? "without segmentation" : "never";
}
