import { overlap, parseRange } from "../../modules/dify-common/address-ranges";
import type { Address, Cluster, Node, Peer, Pod, Policy, Rule, Selector } from "./cluster";

export type End = Pod | Address | Node;

/**
 * Whether NetworkPolicies let a connection through, as Autopilot's data plane reads them. It is Cilium
 * (https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2), which goes by what an address belongs to:
 *
 * - A range matches neither a pod nor a node, whatever addresses it holds
 *   (https://docs.cilium.io/en/stable/security/policy/language/#ip-cidr-based). Selectors match pods.
 * - A Service's address stands for the pods behind it: it is replaced by one of theirs before policies are looked at, that of
 *   a load balancer as well (https://github.com/cilium/cilium/issues/20792). So `to` is never a Service's here.
 * - The node that a pod runs on always reaches it
 *   (https://docs.cilium.io/en/stable/network/kubernetes/policy/): probes need no rule.
 *
 * Both ends have to agree: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation.
 */
export function passes(
  { policies }: Pick<Cluster, "policies">,
  from: End,
  to: End,
  port: number,
  protocol = "TCP",
): boolean {
  const wanted = { port, protocol, to };
  return (
    allows(policies, "Egress", from, to, wanted) &&
    (from.kind === "node" || allows(policies, "Ingress", to, from, wanted))
  );
}

interface Wanted {
  readonly port: number;
  readonly protocol: string;
  readonly to: End;
}

function allows(
  policies: readonly Policy[],
  direction: "Ingress" | "Egress",
  subject: End,
  other: End,
  wanted: Wanted,
): boolean {
  if (subject.kind !== "pod") return true;
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === subject.namespace &&
      spec.policyTypes.includes(direction) &&
      matches(spec.podSelector, subject.labels),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ metadata, spec }) =>
    ((direction === "Egress" ? spec.egress : spec.ingress) ?? []).some(
      (rule) =>
        isPort(rule, wanted) && isPeer((direction === "Egress" ? rule.to : rule.from) ?? [], other, metadata.namespace),
    ),
  );
}

function isPort({ ports = [] }: Rule, wanted: Wanted): boolean {
  if (ports.length === 0) return true;
  return ports.some(({ port, endPort, protocol = "TCP" }) => {
    if (protocol !== wanted.protocol) return false;
    if (port === undefined) return true;
    const first = /^\d+$/.test(String(port)) ? Number(port) : portNamed(String(port), wanted.to);
    return first !== undefined && wanted.port >= first && wanted.port <= (endPort ?? first);
  });
}

function portNamed(name: string, to: End): number | undefined {
  return to.kind === "pod" ? to.ports.find((port) => port.name === name)?.containerPort : undefined;
}

/** An empty list is everybody. */
function isPeer(peers: readonly Peer[], end: End, namespace: string): boolean {
  return peers.length === 0 || peers.some((peer) => isOne(peer, end, namespace));
}

function isOne({ ipBlock, podSelector, namespaceSelector }: Peer, end: End, namespace: string): boolean {
  if (ipBlock) {
    return (
      end.kind === "address" &&
      within(end.ip, ipBlock.cidr) &&
      !(ipBlock.except ?? []).some((range) => within(end.ip, range))
    );
  }
  if (end.kind !== "pod") return false;
  // Kubernetes gives every namespace this label.
  const labels = { "kubernetes.io/metadata.name": end.namespace };
  const there = namespaceSelector ? matches(namespaceSelector, labels) : end.namespace === namespace;
  return there && matches(podSelector ?? {}, end.labels);
}

function matches({ matchLabels = {} }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

const parsed = new Map<string, ReturnType<typeof parseRange>>();

function known(text: string): ReturnType<typeof parseRange> {
  if (!parsed.has(text)) parsed.set(text, parseRange(text));
  return parsed.get(text);
}

function within(ip: string, cidr: string): boolean {
  const [address, range] = [known(ip), known(cidr)];
  if (!address || !range) throw new Error(`${ip} or ${cidr} is no address`);
  return overlap(address, range);
}
