import { type AddressRange, formatRange, parseRange, subtract } from "./address-ranges";

/**
 * The way out for requests that users can influence (HTTP nodes, tools, code): a squid that reaches public addresses
 * and nothing else. Dify's public configuration also allows private addresses and the cloud's metadata server.
 *
 * The text contains no `${` and no `%{`, which Terraform would read as its own.
 */

export interface SquidOptions {
  /** @default 3128 */
  readonly port?: number;
  /** Another port, on which some paths of internal servers can be reached as well. @default - none */
  readonly inside?: { readonly port: number; readonly servers: readonly InsideServer[] };
  /** @default - every address */
  readonly listenAddress?: string;
  /**
   * What may be reached although it is internal: host names (`ollama.corp.example`), names with everything below them
   * (`.corp.example`), addresses and CIDR ranges. A name is trusted wherever it leads, except to link-local addresses:
   * nothing opens the metadata server.
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
  /** Ranges whose requests are accepted. @default - every range that a cluster's pods can have */
  readonly clientCidrs?: readonly string[];
  /** Ports that CONNECT may tunnel to. @default [443] */
  readonly connectPorts?: readonly number[];
  /** @default - those of `/etc/resolv.conf` */
  readonly dnsNameservers?: readonly string[];
  /** @default /etc/hosts */
  readonly hostsFile?: string;
  /** The most open files; a request takes two. @default 8192 */
  readonly files?: number;
  /** Writable directory. @default /tmp */
  readonly directory?: string;
}

/** What may be reached inside: everything below one path of a server, without a tunnel. */
export interface InsideServer {
  /** The exact name in requests. */
  readonly host: string;
  readonly port: number;
  /** `/files/`: begins and ends with a slash. */
  readonly path: string;
}

/**
 * Paths that a server may read differently: dot segments, double slashes, backslashes. squid compares what it has
 * decoded once, path and query together, so an encoded question mark looks like the query's: dot segments are looked
 * for everywhere, the rest before the first question mark (signatures in queries have slashes).
 */
const ODD_PATH = "[/\\\\]\\.\\.?([/?;\\\\]|$)|^[^?]*(//|\\\\)";

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

/** GKE's pods may have addresses in any of these. */
const defaultClients = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "240.0.0.0/4"],
  ...["127.0.0.0/8", "::1", "fc00::/7", "fe80::/10"],
];

/**
 * A complete `squid.conf` for the stock image, as an ordinary user with a read-only root file system (`squid -N`). How
 * it judges names and addresses: docs/security.md#ssrf-proxy.
 */
export function squidConfiguration(options: SquidOptions): string {
  const { names, ranges } = sortHosts(options.allowedHosts);
  const internal = options.internalCidrs ?? [];
  const configured = internal.map((range) => [range, "public addresses, used inside"] as const);
  const lines = (beginning: string): readonly string[] => {
    const text = options.internalLines?.(beginning) ?? "";
    return text === "" ? [] : [text];
  };
  const allowed = ranges.map(rangeOf);
  const refused = [...refusedRanges, ...configured].map(([range, what]) => ({
    what,
    rest: subtract(rangeOf(range), allowed).map(formatRange),
  }));
  const clients = options.clientCidrs ?? [...defaultClients, ...internal];
  for (const range of clients) rangeOf(range);
  const everything = refused.every(({ rest }) => rest.length === 0);
  const listen = options.listenAddress === undefined ? "" : `${options.listenAddress}:`;

  const inside = options.inside?.servers ?? [];

  return [
    `http_port ${listen}${options.port ?? 3128}`,
    ...(options.inside ? [`http_port ${listen}${options.inside.port} name=inside`] : []),
    "visible_hostname ssrf-proxy",
    "httpd_suppress_version_string on",
    "",
    "# Web requests only, on web ports.",
    "acl web proto HTTP HTTPS",
    "acl safe_ports port 80 443 1025-65535",
    `acl connect_ports port ${(options.connectPorts ?? [443]).join(" ")}`,
    `acl clients src ${clients.join(" ")}`,
    ...(options.clientCidrs ? [] : lines("acl clients src ")),
    "acl resolves dst all",
    `acl metadata dst ${metadata.join(" ")}`,
    // -n: the name in the request is checked, never the reverse lookup of an address.
    `acl refused_names dstdomain -n ${refusedNames.join(" ")}`,
    ...(names.length > 0 ? [`acl allowed_names dstdomain -n ${names.join(" ")}`] : []),
    ...(ranges.length > 0 ? [`acl allowed_addresses dst ${ranges.join(" ")}`] : []),
    ...refused.flatMap(({ what, rest }) => [`# ${what}`, ...rest.map((part) => `acl refused_addresses dst ${part}`)]),
    ...(everything ? [] : lines("acl refused_addresses dst ")),
    ...inside.flatMap(({ host, port, path }, index) => [
      `acl inside_host_${index} dstdomain -n ${host}`,
      `acl inside_port_${index} port ${port}`,
      `acl inside_path_${index} urlpath_regex ^${word("path", path)}`,
    ]),
    ...(inside.length > 0 ? ["acl inside myportname inside", `acl odd_path urlpath_regex ${ODD_PATH}`] : []),
    "",
    "http_access deny !clients",
    "http_access deny manager",
    "http_access deny !CONNECT !web",
    "http_access deny !safe_ports",
    "http_access deny metadata",
    ...inside.map(
      (_, index) =>
        `http_access allow inside inside_host_${index} inside_port_${index} inside_path_${index} !odd_path !CONNECT`,
    ),
    ...(names.length > 0 ? ["http_access allow allowed_names"] : []),
    `http_access deny CONNECT !connect_ports${ranges.length > 0 ? " !allowed_addresses" : ""}`,
    "http_access deny refused_names",
    "http_access deny !resolves",
    // If everything is allowed, the list does not exist, and squid does not start with a rule about it.
    ...(everything ? [] : ["http_access deny refused_addresses"]),
    "http_access allow all",
    "",
    "# Nothing about the inside goes out.",
    "via off",
    "forwarded_for delete",
    "reply_header_access X-Cache deny all",
    "reply_header_access X-Cache-Lookup deny all",
    "",
    "# A proxy, not a cache; nothing is written but logs.",
    "cache deny all",
    "cache_mem 0 MB",
    "pid_filename none",
    "netdb_filename none",
    "pinger_enable off",
    `coredump_dir ${word("directory", options.directory ?? "/tmp")}`,
    "logfile_rotate 0",
    "cache_log /dev/stderr",
    // Query strings are removed (strip_query_terms is on by default): they contain tokens.
    `logformat json {"severity":"INFO","client":"%>a","method":"%rm","url":"%ru","status":%>Hs,"result":"%Ss",` +
      `"destination":"%<a","bytes":%<st,"milliseconds":%tr}`,
    "access_log stdio:/dev/stdout logformat=json",
    "",
    "# squid sizes its tables by the limit, which in a container can be a billion.",
    `max_filedescriptors ${options.files ?? 8192}`,
    "connect_timeout 10 seconds",
    "forward_timeout 30 seconds",
    "read_timeout 15 minutes",
    "shutdown_lifetime 10 seconds",
    "dns_timeout 10 seconds",
    "negative_dns_ttl 30 seconds",
    `hosts_file ${word("hostsFile", options.hostsFile ?? "/etc/hosts")}`,
    ...(options.dnsNameservers ? [`dns_nameservers ${options.dnsNameservers.map(nameserver).join(" ")}`] : []),
    "",
  ].join("\n");
}

/**
 * @param url that a client asks for, its host not looked up
 * @returns whether squid lets it through, as far as that can be told without asking a name server
 */
export function passesSquid(url: URL, allowedHosts: readonly string[]): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const { names, ranges } = sortHosts(allowedHosts);
  const under = (suffix: string): boolean => `.${host}`.endsWith(suffix);
  if (names.some((name) => name === host || (name.startsWith(".") && under(name)))) return true;
  const address = parseRange(host);
  const inside = (range: string): boolean => address !== undefined && subtract(address, [rangeOf(range)]).length === 0;
  if (ranges.some(inside)) return true;
  if (url.protocol === "https:" && !["", "443"].includes(url.port)) return false;
  // A name without a dot is one of the cluster's or of nobody's.
  if (address === undefined) return host.includes(".") && !refusedNames.some(under);
  return ![...metadata, ...refusedRanges.map(([range]) => range)].some(inside);
}

function sortHosts(hosts: readonly string[]): { names: string[]; ranges: string[] } {
  const isRange = (host: string): boolean => host.includes(":") || /^[0-9./]+$/.test(host);
  const ranges = hosts.filter(isRange);
  const names = [...new Set(hosts.filter((host) => !isRange(host)).map((host) => host.toLowerCase()))];
  for (const name of names) {
    if (!/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) {
      throw new Error(`allowedHosts: ${JSON.stringify(name)} is no host name, .suffix, address or CIDR range`);
    }
  }
  // squid does not start if one name is below another.
  const covered = (name: string): boolean =>
    names.some((other) => other !== name && other.startsWith(".") && `.${name.replace(/^\./, "")}`.endsWith(other));
  return { names: names.filter((name) => !covered(name)), ranges };
}

function rangeOf(text: string): AddressRange {
  const range = parseRange(text);
  if (!range) throw new Error(`${JSON.stringify(text)} is no address and no CIDR range`);
  return range;
}

function nameserver(address: string): string {
  rangeOf(address);
  return word("dnsNameservers", address);
}

/** Otherwise a setting with spaces or line breaks could add configuration. */
function word(what: string, value: string): string {
  if (!/^[\w./:-]+$/.test(value)) throw new Error(`${what}: ${JSON.stringify(value)} cannot stand in squid.conf`);
  return value;
}
