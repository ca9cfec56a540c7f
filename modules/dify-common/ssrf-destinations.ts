import { formatRange, parseRange, subtract } from "./address-ranges";
import { elsewhere, rangeOf, sortHosts } from "./ssrf-allowed";

/** Where squid lets requests go: docs/security.md#ssrf-proxy. */

export interface DestinationOptions {
  /**
   * What may be reached although it is internal: host names (`ollama.corp.example`), names with everything below them
   * (`.corp.example`), addresses and CIDR ranges. A name is trusted wherever it leads, except to link-local addresses:
   * nothing opens the metadata server. With a port (`wiki.corp.example:8443`), by a tunnel too, on that port alone; without
   * one, on those of the web and all above 1024.
   */
  readonly allowedHosts: readonly string[];
  /** Public addresses that the network uses internally: refused, and clients' own addresses as well. @default [] */
  readonly internalCidrs?: readonly string[];
  /**
   * The same of those that are not known here: a line for each, which ends with it. An allowed range opens nothing in them,
   * an allowed name does.
   * @default - there are none
   */
  readonly internalLines?: (beginning: string) => string;
  /** Ports that CONNECT may tunnel to. @default [443] */
  readonly connectPorts?: readonly number[];
}

/** In addition to those above 1024. */
const SAFE_PORTS: readonly number[] = [80, 443];

/** Refused even for names on the allow list: the metadata server, and with it the identity of the node or the pod. */
const metadata = ["169.254.0.0/16", "fe80::/10", "fd20:ce::254"];

/**
 * Addresses that are not public. Without `::ffff:0:0/96`, because squid keeps every IPv4 address in that form: a mapped
 * address matches the IPv4 ranges, and this range would refuse all of IPv4.
 */
const refusedRanges: readonly (readonly [range: string, what: string])[] = [
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "private"],
  ["34.118.224.0/20", "GKE's default range for Services"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "protocol assignments"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "6to4 relays"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarks"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved, broadcast"],
  ["::/96", "unspecified, loopback, IPv4-compatible"],
  ["64:ff9b::/96", "NAT64: any IPv4 address"],
  ["64:ff9b:1::/48", "NAT64 of the own network"],
  ["100::/64", "discard"],
  ["2001::/23", "protocol assignments, Teredo"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "6to4: any IPv4 address"],
  ["3fff::/20", "documentation"],
  ["5f00::/16", "segment routing"],
  ["fc00::/7", "unique local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
];

/** Names without a meaning outside: refused without resolving them. */
const refusedNames = [".internal", ".local", ".localhost", ".localdomain", ".svc", ".home.arpa"];

/** Parts of `squid.conf`: access lists, and rules in the order in which they count. */
interface Destinations {
  readonly lists: readonly string[];
  /** Before anything is looked up. */
  readonly ports: readonly string[];
  readonly judgement: readonly string[];
}

/** @param lines a line for each range that is internal and not known here, which ends with it */
export function destinations(
  { allowedHosts, internalCidrs = [], connectPorts = [443] }: DestinationOptions,
  lines: (beginning: string) => readonly string[],
): Destinations {
  const { names, ranges, ports } = sortHosts(allowedHosts);
  const internal = internalCidrs.map((range) => [range, "public addresses, used inside"] as const);
  const refusedBut = (list: string, allowed: readonly string[]): readonly string[] =>
    refused(`acl ${list} dst `, [...refusedRanges, ...internal], allowed, lines);
  const everywhere = refusedBut("refused_addresses", ranges);
  const others = new Elsewhere("elsewhere", ranges);
  // Ports on which something is allowed that is not on all of them.
  const single = ports.map(({ port, names, ranges: own }) => {
    const safe = SAFE_PORTS.includes(port) || port > 1024;
    // What is allowed without a port is so on the web's alone.
    const all = safe ? [...ranges, ...own] : own;
    return {
      port,
      safe,
      named: names.length > 0 ? [`acl names_at_${port} dstdomain -n ${names.join(" ")}`] : [],
      refused: refusedBut(`refused_at_${port}`, all),
      others: new Elsewhere(`elsewhere_at_${port}`, all),
    };
  });
  const notSingle = single.length > 0 ? " !single_ports" : "";
  const at = (chosen: (one: (typeof single)[number]) => readonly string[]): readonly string[] => single.flatMap(chosen);
  return {
    lists: [
      `acl safe_ports port ${SAFE_PORTS.join(" ")} 1025-65535`,
      `acl connect_ports port ${connectPorts.join(" ")}`,
      ...(single.length > 0 ? [`acl single_ports port ${ports.map(({ port }) => port).join(" ")}`] : []),
      `acl metadata dst ${metadata.join(" ")}`,
      // -n: the name in the request is checked, never the reverse lookup of an address.
      `acl refused_names dstdomain -n ${refusedNames.join(" ")}`,
      ...(names.length > 0 ? [`acl allowed_names dstdomain -n ${names.join(" ")}`] : []),
      ...others.list,
      ...everywhere,
      ...at((one) => [`acl at_${one.port} port ${one.port}`, ...one.named, ...one.others.list, ...one.refused]),
    ],
    ports: [`http_access deny !safe_ports${notSingle}`],
    judgement: [
      ...at(({ port, named }) => (named.length > 0 ? [`http_access allow at_${port} names_at_${port}`] : [])),
      ...at(({ port, safe, others }) => (safe ? [] : others.deny(`at_${port}`))),
      ...(names.length > 0 ? ["http_access allow allowed_names"] : []),
      ...others.deny(`CONNECT !connect_ports${notSingle}`),
      ...at(({ port, others }) => (connectPorts.includes(port) ? [] : others.deny(`CONNECT at_${port}`))),
      "http_access deny refused_names",
      "http_access deny !resolves",
      // If everything is allowed, the list does not exist, and squid does not start with a rule about it.
      ...at(({ port, refused }) => (refused.length > 0 ? [`http_access deny at_${port} refused_at_${port}`] : [])),
      ...(everywhere.length > 0 ? [`http_access deny refused_addresses${notSingle}`] : []),
    ],
  };
}

/** All ranges that are not public, as far as they are known here. */
export function internalRanges({ internalCidrs = [] }: DestinationOptions): readonly string[] {
  return [...refusedRanges.map(([range]) => range), ...internalCidrs];
}

/** @returns what is refused, without what is allowed; nothing if all of it is allowed */
function refused(
  beginning: string,
  ranges: readonly (readonly [range: string, what: string])[],
  allowed: readonly string[],
  lines: (beginning: string) => readonly string[],
): readonly string[] {
  const found = ranges.map(([range, what]) => ({
    what,
    rest: subtract(rangeOf(range), allowed.map(rangeOf)).map(formatRange),
  }));
  if (found.every(({ rest }) => rest.length === 0)) return [];
  return [
    ...found.flatMap(({ what, rest }) => [`# ${what}`, ...rest.map((part) => beginning + part)]),
    ...lines(beginning),
  ];
}

/** Destinations that no range allows. */
class Elsewhere {
  readonly list: readonly string[];
  readonly deny: (what: string) => readonly string[];

  constructor(name: string, ranges: readonly string[]) {
    const all = elsewhere(ranges);
    const isList = ranges.length > 0 && all.length > 0;
    this.list = isList ? [`acl ${name} dst ${all.join(" ")}`] : [];
    this.deny = (what) => (all.length === 0 ? [] : [`http_access deny ${what}${isList ? ` ${name}` : ""}`]);
  }
}

/**
 * @param url that a client asks for, its host not looked up
 * @returns whether squid lets it through, as far as that can be told without asking a name server
 */
export function passesSquid(url: URL, allowedHosts: readonly string[]): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const { names, ranges, ports } = sortHosts(allowedHosts);
  const here = [{ names, ranges }, ...ports.filter((one) => one.port === port)];
  const under = (suffix: string): boolean => `.${host}`.endsWith(suffix);
  if (here.some((one) => one.names.some((name) => name === host || (name.startsWith(".") && under(name))))) return true;
  const address = parseRange(host);
  const inside = (range: string): boolean => address !== undefined && subtract(address, [rangeOf(range)]).length === 0;
  if (here.some((one) => one.ranges.some(inside))) return true;
  if (url.protocol === "https:" && port !== 443) return false;
  // A name without a dot is one of the cluster's or of nobody's.
  if (address === undefined) return host.includes(".") && !refusedNames.some(under);
  return ![...metadata, ...refusedRanges.map(([range]) => range)].some(inside);
}
