import { type AddressRange, formatRange, parseRange, subtract } from "./address-ranges";

/** What `DestinationOptions.allowedHosts` names, in order. */

/** Names and ranges, as squid's lists have them. */
export interface AllowedHosts {
  readonly names: readonly string[];
  readonly ranges: readonly string[];
}

export interface Allowed extends AllowedHosts {
  /** What is allowed on one port alone, by port. */
  readonly ports: readonly (AllowedHosts & { readonly port: number })[];
}

/** @returns an entry's host, and its port where it has one: `wiki.example:8443`. IPv6 addresses have none */
export function hostAndPort(entry: string): { readonly host: string; readonly port?: number } {
  const { host, port } = /^(?<host>[^:]+):(?<port>\d{1,5})$/.exec(entry)?.groups ?? {};
  return host === undefined ? { host: entry } : { host, port: Number(port) };
}

/** @throws Error for an entry that squid would not read as it is meant */
export function sortHosts(entries: readonly string[]): Allowed {
  const split = entries.map(hostAndPort);
  const ports = [...new Set(split.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b);
  for (const port of ports) {
    if (port < 1 || port > 65535) throw new Error(`allowedHosts: ${port} is not a port number`);
  }
  const on = (wanted?: number): string[] => split.filter(({ port }) => port === wanted).map(({ host }) => host);
  return { ...listsOf(on()), ports: ports.map((port) => ({ port, ...listsOf(on(port)) })) };
}

function listsOf(hosts: readonly string[]): AllowedHosts {
  const isRange = (host: string): boolean => host.includes(":") || /^[0-9./]+$/.test(host);
  const ranges = [...new Set(hosts.filter(isRange))];
  for (const range of ranges) rangeOf(range);
  const names = [...new Set(hosts.filter((host) => !isRange(host)).map((host) => host.toLowerCase()))];
  for (const name of names) {
    if (!/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) {
      throw new Error(`allowedHosts: ${JSON.stringify(name)} is not a host name, .suffix, address or CIDR range`);
    }
  }
  // squid does not start if one name is below another.
  const covered = (name: string): boolean =>
    names.some((other) => other !== name && other.startsWith(".") && `.${name.replace(/^\./, "")}`.endsWith(other));
  return { names: names.filter((name) => !covered(name)), ranges };
}

/**
 * Every address but these. A rule about destinations matches when any address of a name does, so what is allowed on a port
 * is what has none of them.
 */
export function elsewhere(ranges: readonly string[]): readonly string[] {
  const key = ranges.join(" ");
  const parts = known.get(key) ?? partsElsewhere(ranges);
  known.set(key, parts);
  return parts;
}

/** By the ranges: a hundred parts take as long as the rest of the proxy, and most files allow none. */
const known = new Map<string, readonly string[]>();

function partsElsewhere(ranges: readonly string[]): readonly string[] {
  // squid keeps IPv4 in the mapped form, and a range over it would be all of IPv4.
  const given = [...ranges, "::ffff:0:0/96"].map(rangeOf);
  // In halves: it does not take 0.0.0.0/0.
  return ["0.0.0.0/1", "128.0.0.0/1", "::/0"].flatMap((all) => subtract(rangeOf(all), given).map(formatRange));
}

export function rangeOf(text: string): AddressRange {
  const range = parseRange(text);
  if (!range) throw new Error(`${JSON.stringify(text)} is neither an address nor a CIDR range`);
  return range;
}
