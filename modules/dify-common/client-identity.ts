/**
 * Tells nginx who the client is, and under which URL it came. That is in headers, which anybody can send: they are
 * trusted only from named peers, and the host from fewer peers than the client's address, because Google's load
 * balancers pass on an `X-Forwarded-Host` that the client sent.
 */
export interface ClientIdentity {
  /** Ranges whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted. */
  readonly trustedProxies: readonly string[];
  /** Those of them whose `X-Forwarded-Host` is trusted as well. @default [] */
  readonly ownProxies?: readonly string[];
  /**
   * The only valid URLs; the first one is used for requests that name another host.
   * @default [] - as the request says
   */
  readonly publicUrls?: readonly string[];
}

/**
 * @returns directives that set `$remote_addr`, and, from the client's point of view, `$public_scheme`, `$public_host`
 * (with a port unless it is the default one) and `$public_port`, which is empty for the default one
 */
export function clientIdentity({ trustedProxies, ownProxies = [], publicUrls = [] }: ClientIdentity): string[] {
  return [
    "# Who the client is and how it came: believed from trusted peers only.",
    ...trustedProxies.map((cidr) => `set_real_ip_from ${cidr};`),
    "real_ip_header X-Forwarded-For;",
    "real_ip_recursive on;",
    ...isIn("$trusted_peer", trustedProxies),
    ...isIn("$own_proxy", ownProxies),
    'map "$trusted_peer:$http_x_forwarded_proto" $asked_scheme {',
    "  default $scheme;",
    "  1:http http;",
    "  1:https https;",
    "}",
    "# $host has no port; a browser that came by another port than the usual one needs it.",
    "map $http_host $direct_host {",
    "  default $host;",
    '  "~:(?<host_port>[0-9]+)$" $host:$host_port;',
    "}",
    'map "$own_proxy:$http_x_forwarded_host" $asked_host {',
    "  default $direct_host;",
    '  "~^1:(?<forwarded_host>[A-Za-z0-9.-]+(:[0-9]+)?)$" $forwarded_host;',
    "}",
    ...(publicUrls.length > 0 ? oneOf(publicUrls) : asAsked),
    "# Flask writes a port that it is told behind the host, the usual one too: signatures over addresses would not fit.",
    "map $public_host $public_port {",
    '  default "";',
    '  "~:(?<forwarded_port>[0-9]+)$" $forwarded_port;',
    "}",
  ];
}

const asAsked = [
  'map "" $public_scheme {',
  "  default $asked_scheme;",
  "}",
  'map "" $public_host {',
  "  default $asked_host;",
  "}",
];

/** The scheme follows from the host, because not every proxy says how it was called. */
function oneOf(urls: readonly string[]): string[] {
  const [first] = urls;
  const parts = urls.map((url) => {
    const { protocol, host, hostname } = new URL(url);
    return { url, scheme: protocol.slice(0, -1), host: escaped(host), hostname: escaped(hostname) };
  });
  return [
    "# The URL that was asked for: exactly, by host and port, by host, or the first one.",
    'map "$asked_scheme://$asked_host" $public_url {',
    `  default ${first};`,
    ...parts.map(({ url, scheme, host }) => `  "~*^${scheme}://${host}$" ${url};`),
    ...parts.map(({ url, host }) => `  "~*://${host}$" ${url};`),
    ...parts.map(({ url, hostname }) => `  "~*://${hostname}(:[0-9]+)?$" ${url};`),
    "}",
    "map $public_url $public_scheme {",
    '  "~^(?<url_scheme>https?):" $url_scheme;',
    "}",
    "map $public_url $public_host {",
    '  "~^https?://(?<url_host>.+)$" $url_host;',
    "}",
  ];
}

function isIn(variable: string, ranges: readonly string[]): string[] {
  return [`geo $realip_remote_addr ${variable} {`, "  default 0;", ...ranges.map((cidr) => `  ${cidr} 1;`), "}"];
}

function escaped(host: string): string {
  return host.replace(/[.]/g, "\\.");
}
