import { type ClientIdentity, clientIdentity } from "./client-identity";
import { errorForm, errorPages } from "./nginx-errors";
import { answerBuffers, type ClientLimits, clientLimits, http2 } from "./nginx-limits";
import { accessLog } from "./nginx-log";
import { connectionMetrics } from "./nginx-metrics";
import { healthRoute, ownHealthPath, type Route } from "./releases";
import { ownCookies, withoutSignIn } from "./sign-in-traces";
import { refuseUnclearPaths, unclearPathMaps } from "./unclear-paths";

/**
 * Dify's single entry point: the nginx configuration for the routes of a release.
 *
 * The text contains no `${` and no `%{`, which Terraform would read as its own.
 */

/**
 * Room in a request, in MiB, in addition to the file that it uploads: multipart boundaries and the other form fields.
 * So a file of exactly the limit passes, and one slightly above it is refused by Dify itself, with its own message.
 */
export const multipartMarginMb = 1;

export interface NginxOptions {
  readonly routes: readonly Route[];
  /**
   * Where a component can be reached, as `host:port`. nginx resolves the host once, when it starts: a Service has its
   * address before the pods exist and keeps it, so nginx needs no DNS server for its routes.
   */
  upstream(component: string, port: number): string;
  /** Port to listen on; not a privileged one, because nginx runs as an ordinary user. @default 8080 */
  readonly port?: number;
  /** Address to listen on. @default - every IPv4 address */
  readonly listenAddress?: string;
  /**
   * Whether clients may begin with HTTP/2 without TLS ("prior knowledge"); HTTP/1.1 is spoken on the same port. nginx does both from
   * 1.25.1 on (https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2). @default false
   */
  readonly http2?: boolean;
  /** The largest file that may be uploaded, in MiB; `multipartMarginMb` is added. */
  readonly uploadLimitMb: number;
  /** The same for plugin packages, on routes that accept them. */
  readonly pluginUploadLimitMb: number;
  /** Base URL of the external marketplace API. @default - no marketplace: 404 */
  readonly marketplaceUrl?: string;
  /**
   * DNS server for the marketplace's name, whose addresses change, so it is resolved again and again.
   * @default - the pod's own, which `startCommand` finds out
   */
  readonly resolver?: string;
  /** Certificates to check the marketplace's against. @default - the image's own bundle */
  readonly caCertificates?: string;
  /**
   * Behind Google's Application Load Balancers the trusted proxies are their ranges (130.211.0.0/22 and 35.191.0.0/16, or the
   * proxy-only subnet), *and* the load balancer's own address, which it adds as the last one to `X-Forwarded-For`. There
   * are none behind a passthrough load balancer, where the peer is the client.
   */
  readonly clients: ClientIdentity;
  readonly limits: ClientLimits;
  /** @default auto - one per CPU of the node, which under a small CPU limit is too many */
  readonly workerProcesses?: number | "auto";
  /** Connections of each process, to clients and to components together. @default 8192 */
  readonly workerConnections?: number;
  /**
   * Port on which it tells its connections in Prometheus' text format; another one than `port`, which is public.
   * @default - nowhere
   */
  readonly metricsPort?: number;
  /** Writable directory for the process id and temporary files. @default /tmp */
  readonly directory?: string;
}

/**
 * A complete `nginx.conf` for the stock image, as an ordinary user with a read-only root file system. Why requests are
 * not buffered, connections to components are not kept, and query strings are not logged: docs/front-door.md#nginx.
 */
export function nginxConfiguration(options: NginxOptions): string {
  const directory = options.directory ?? "/tmp";
  const connections = options.workerConnections ?? 8192;
  const listen = options.listenAddress === undefined ? "" : `${options.listenAddress}:`;
  const given = options.routes.some((route) => route.path === healthRoute.path)
    ? options.routes
    : [healthRoute, ...options.routes];
  // The longer prefix wins: the same component, with room for larger requests.
  const routes = given.flatMap((route) =>
    route.pluginUploads ? [{ ...route, path: route.pluginUploads }, route] : [route],
  );
  const { trustedProxies, ownProxies = [], publicUrls = [] } = options.clients;
  for (const cidr of [...trustedProxies, ...ownProxies]) checkWord("trustedProxies", cidr);
  for (const url of publicUrls) checkWord("publicUrls", url);

  return lines(
    `worker_processes ${options.workerProcesses ?? "auto"};`,
    // One file per connection, and some for everything else.
    `worker_rlimit_nofile ${connections + 512};`,
    `pid ${directory}/nginx.pid;`,
    "error_log stderr crit;",
    "",
    "events {",
    `  worker_connections ${connections};`,
    "}",
    "",
    "http {",
    indent(
      "server_tokens off;",
      "default_type application/octet-stream;",
      ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${directory}/nginx-${name};`,
      ),
      "",
      ...accessLog,
      "",
      ...clientIdentity(options.clients),
      ...websocket,
      ...ownCookies,
      "",
      ...errorForm,
      "",
      ...unclearPathMaps([{ ...healthRoute, path: ownHealthPath, component: "nginx" }, ...given]),
      "",
      uploads(options.uploadLimitMb),
      ...clientLimits(options.limits),
      "",
      ...backEnds,
      "",
      "server {",
      indent(
        `listen ${listen}${options.port ?? 8080};`,
        ...(options.http2 === true ? http2 : []),
        "server_name _;",
        "",
        ...refuseUnclearPaths,
        "",
        ...errorPages,
        "",
        "proxy_hide_header X-Content-Type-Options;",
        "add_header X-Content-Type-Options nosniff always;",
        "",
        ...componentHeaders,
        "",
        `location = ${ownHealthPath} {`,
        indent("access_log off;", "default_type text/plain;", 'return 200 "ok\\n";'),
        "}",
        ...routes.flatMap((route) => ["", ...location(route, options)]),
      ),
      "}",
      ...connectionMetrics(options.metricsPort, listen, connections, options.workerProcesses),
    ),
    "}",
    "",
  );
}

/**
 * Starts nginx in the foreground, with the pod's own DNS server in the file that the configuration includes: nginx does
 * not read `/etc/resolv.conf`, and the address of a cluster's DNS is only known inside the cluster.
 */
export function startCommand(directory = "/tmp", resolvConf = "/etc/resolv.conf"): readonly string[] {
  checkWord("directory", directory);
  const resolver = `/^nameserver/ { print "resolver " ($2 ~ /:/ ? "[" $2 "]" : $2) " valid=30s;"; exit }`;
  return ["sh", "-c", `awk '${resolver}' ${resolvConf} > ${directory}/resolver.conf; exec nginx -g 'daemon off;' "$@"`];
}

const websocket = [
  "# To WebSocket and nothing else: h2c would be a connection that nobody looks into.",
  "map $http_upgrade $websocket_upgrade {",
  '  default "";',
  '  "~*^websocket$" websocket;',
  "}",
  "map $websocket_upgrade $connection_upgrade {",
  "  default upgrade;",
  '  "" close;',
  "}",
];

function uploads(uploadLimitMb: number): string {
  if (!Number.isInteger(uploadLimitMb) || uploadLimitMb < 1) {
    throw new Error(`uploadLimitMb must be a whole number of at least 1, not ${uploadLimitMb}`);
  }
  return bodySize(uploadLimitMb);
}

const backEnds = [
  "proxy_http_version 1.1;",
  ...answerBuffers,
  "proxy_connect_timeout 10s;",
  "proxy_read_timeout 3600s;",
  "proxy_send_timeout 3600s;",
  "proxy_next_upstream off;",
  "proxy_redirect off;",
  "# A redirect of nginx's own (/e to /e/) must not name the port inside the pod.",
  "absolute_redirect off;",
];

function location(route: Route, options: NginxOptions): string[] {
  checkWord("route", route.path);
  const directives =
    route.component === "marketplace"
      ? marketplace(route, options)
      : component(route, options.upstream.bind(options), options.pluginUploadLimitMb);
  return [`location ${route.match === "exact" ? "= " : ""}${route.path} {`, indent(...directives), "}"];
}

function bodySize(uploadLimitMb: number): string {
  return `client_max_body_size ${uploadLimitMb + multipartMarginMb}m;`;
}

function component(route: Route, upstream: NginxOptions["upstream"], pluginUploadLimitMb: number): string[] {
  const destination = upstream(route.component, route.port);
  checkWord("upstream", destination);
  return [
    ...(route.websocket === true
      ? ["set $upgrade_header $websocket_upgrade;", "set $connection_header $connection_upgrade;"]
      : []),
    ...(route.hookUrl === true ? ["set $hook_url $public_scheme://$public_host$request_uri;"] : []),
    ...(route.pluginUploads === route.path ? [bodySize(pluginUploadLimitMb)] : []),
    // No URI after the host, so the request's own is passed on as the client wrote it.
    `proxy_pass http://${destination};`,
  ];
}

/**
 * Headers for the components. nginx inherits either all of them or none, so a location that needs another value sets a
 * variable and no header. Headers that say who the client is are replaced, never extended: Dify takes the *first*
 * address of `X-Forwarded-For`, and before that `CF-Connecting-IP`, so whatever a client sends has to be removed.
 */
const componentHeaders = [
  'set $upgrade_header "";',
  "set $connection_header close;",
  'set $hook_url "";',
  "proxy_set_header Host $public_host;",
  "proxy_set_header X-Real-IP $remote_addr;",
  "proxy_set_header X-Forwarded-For $remote_addr;",
  "proxy_set_header X-Forwarded-Proto $public_scheme;",
  "proxy_set_header X-Forwarded-Host $public_host;",
  "proxy_set_header X-Forwarded-Port $public_port;",
  'proxy_set_header Forwarded "";',
  'proxy_set_header CF-Connecting-IP "";',
  'proxy_set_header True-Client-IP "";',
  'proxy_set_header Proxy "";',
  ...withoutSignIn,
  "proxy_set_header Dify-Hook-Url $hook_url;",
  "proxy_set_header Upgrade $upgrade_header;",
  "proxy_set_header Connection $connection_header;",
];

/**
 * Somebody else's server: it must not get the request's cookies and tokens, nor set cookies for Dify's host. Its name
 * is in a variable, so that nginx resolves it at run time and starts without it.
 */
function marketplace(route: Route, options: NginxOptions): string[] {
  if (options.marketplaceUrl === undefined || options.marketplaceUrl === "") return ["return 404;"];
  const url = new URL(options.marketplaceUrl);
  if (url.protocol !== "https:") throw new Error(`marketplaceUrl must begin with https://, not ${url.protocol}//`);
  const base = url.pathname.replace(/\/+$/, "");
  checkWord("marketplaceUrl", url.host + base);
  if (options.resolver !== undefined) checkWord("resolver", options.resolver);
  return [
    // With a pattern in the file name, nginx starts without the file, and only the marketplace answers 502.
    options.resolver === undefined
      ? `include ${options.directory ?? "/tmp"}/resolver*.conf;`
      : `resolver ${options.resolver} valid=30s;`,
    `set $marketplace https://${url.host};`,
    `rewrite ^${route.path}(?:/(.*))?$ ${base}/$1 break;`,
    "return 404;",
    "proxy_pass $marketplace;",
    "proxy_pass_request_headers off;",
    `proxy_set_header Host ${url.host};`,
    "proxy_set_header Accept $http_accept;",
    "proxy_set_header Accept-Language $http_accept_language;",
    "proxy_set_header Content-Type $content_type;",
    "proxy_set_header User-Agent $http_user_agent;",
    "proxy_set_header Connection close;",
    "proxy_hide_header Set-Cookie;",
    "proxy_ssl_server_name on;",
    `proxy_ssl_name ${url.hostname};`,
    "proxy_ssl_protocols TLSv1.2 TLSv1.3;",
    "proxy_ssl_verify on;",
    "proxy_ssl_verify_depth 4;",
    `proxy_ssl_trusted_certificate ${options.caCertificates ?? "/etc/ssl/certs/ca-certificates.crt"};`,
  ];
}

/** Otherwise a setting could end its directive and add configuration. Terraform expressions are allowed. */
function checkWord(what: string, value: string): void {
  const word = value.replace(/\$\{TfToken\[[^\]]*\]\}/g, "token");
  if (!/^[\w./:[\]~*@+-]+$/.test(word)) throw new Error(`${what}: ${JSON.stringify(value)} cannot stand in nginx.conf`);
}

function indent(...content: string[]): string {
  return lines(...content).replace(/^(?=.)/gm, "  ");
}

function lines(...content: string[]): string {
  return content.join("\n");
}
