import { rangeOf, sortHosts } from "./ssrf-allowed";
import { type DestinationOptions, destinations, internalRanges } from "./ssrf-destinations";

/**
 * The way out for requests that users can influence (HTTP nodes, tools, code): a squid that reaches public addresses
 * and nothing else. Dify's public configuration also allows private addresses and the cloud's metadata server.
 *
 * The text contains no `${` and no `%{`, which Terraform would read as its own.
 */

export interface SquidOptions extends DestinationOptions {
  /** @default 3128 */
  readonly port?: number;
  /** Another port, on which some paths of internal servers can be reached as well. @default - none */
  readonly inside?: { readonly port: number; readonly servers: readonly InsideServer[] };
  /** @default - every address */
  readonly listenAddress?: string;
  /** Another proxy, through which everything public goes out. @default - none */
  readonly parent?: ParentProxy;
  /** Ranges whose requests are accepted. @default - every range that a cluster's pods can have */
  readonly clientCidrs?: readonly string[];
  /** @default - those of `/etc/resolv.conf` */
  readonly dnsNameservers?: readonly string[];
  /** @default /etc/hosts */
  readonly hostsFile?: string;
  /** The most open files; a request takes two. @default 8192 */
  readonly files?: number;
  /** Writable directory. @default /tmp */
  readonly directory?: string;
}

export interface ParentProxy {
  /** Name or IPv4 address. */
  readonly host: string;
  readonly port: number;
  /** Environment variable with `user:password`, percent-encoded: `squidCommand` has to start squid. @default - it asks for none */
  readonly login?: string;
  /** What is reached without it, in addition to all private addresses: names, `.suffixes`, addresses and ranges. */
  readonly direct: readonly string[];
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
  const internal = options.internalCidrs ?? [];
  const lines = (beginning: string): readonly string[] => {
    const text = options.internalLines?.(beginning) ?? "";
    return text === "" ? [] : [text];
  };
  const { lists, ports, judgement } = destinations(options, lines);
  const clients = options.clientCidrs ?? [...defaultClients, ...internal];
  for (const range of clients) rangeOf(range);
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
    `acl clients src ${clients.join(" ")}`,
    ...(options.clientCidrs ? [] : lines("acl clients src ")),
    "acl resolves dst all",
    ...lists,
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
    ...ports,
    "http_access deny metadata",
    ...inside.map(
      (_, index) =>
        `http_access allow inside inside_host_${index} inside_port_${index} inside_path_${index} !odd_path !CONNECT`,
    ),
    ...judgement,
    "http_access allow all",
    "",
    ...parentLines(options, lines),
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
 * Starts squid in the foreground, with the line about a parent that asks for a password in a file that the configuration
 * includes: a ConfigMap is no place for it.
 */
export function squidCommand(
  parent?: ParentProxy,
  file = "/etc/squid/squid.conf",
  directory = "/tmp",
): readonly string[] {
  if (parent?.login === undefined) return ["squid", "-N", "-f", file];
  const line = `${cachePeer(parent)} login=$${parent.login}`;
  return ["sh", "-c", `umask 077; echo "${line}" > ${parentFile(directory)}; exec squid -N -f ${file} "$@"`, "squid"];
}

function parentFile(directory = "/tmp"): string {
  return `${word("directory", directory)}/parent.conf`;
}

function cachePeer({ host, port }: ParentProxy): string {
  return `cache_peer ${word("parent", host)} parent ${port} 0 no-query no-digest no-netdb-exchange default`;
}

function parentLines(options: SquidOptions, lines: (beginning: string) => readonly string[]): readonly string[] {
  const { parent } = options;
  if (!parent) return [];
  const { names, ranges } = sortHosts(parent.direct);
  return [
    "# Out by another proxy, and never without it; inside directly.",
    parent.login === undefined ? cachePeer(parent) : `include ${parentFile(options.directory)}`,
    ...[...internalRanges(options), ...ranges].map((range) => `acl inside_addresses dst ${range}`),
    ...lines("acl inside_addresses dst "),
    "always_direct allow inside_addresses",
    ...(names.length > 0
      ? [`acl direct_names dstdomain -n ${names.join(" ")}`, "always_direct allow direct_names"]
      : []),
    "never_direct allow all",
    "",
  ];
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
