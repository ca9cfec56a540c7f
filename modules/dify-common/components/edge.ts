import type { Component, Bindings } from "../../app-gke/application-config";
import { parseRange } from "../address-ranges";
import { capacity } from "../capacity";
import { MARKETPLACE_URL, ports } from "../environment";
import { nginxConfiguration, startCommand } from "../nginx";
import { KEEP_ALIVE } from "../nginx-limits";
import { nginxMetrics } from "../nginx-metrics";
import { type ComponentName, ownHealthPath } from "../releases";
import { patient } from "../probes";
import type { DifySettings } from "../settings";
import { sizes } from "../sizes";
import { hostAndPort } from "../ssrf-allowed";
import { LOGIN_VARIABLE } from "../outbound-proxy";
import { secretNames } from "../secrets";
import { type InsideServer, squidCommand, squidConfiguration } from "../ssrf-proxy";
import { uploadLimits } from "../uploads";
import { dnsName, imageOf, securityOf } from "./image";

/** The port where nginx tells the number of its connections. It cannot be reached from outside. */
const METRICS_PORT = 9113;

/** The single entry point: all routes of the release, and nothing else. */
export function proxyComponent(settings: DifySettings): Component {
  const check = { type: "http", path: ownHealthPath, port: ports.proxy } as const;
  const scratch = [{ name: "tmp", mountPath: "/tmp", sizeLimit: "64Mi" }];
  const { routes } = settings.release.release;
  const limits = capacity(settings).proxy;
  const http2 = settings.containerProtocol === "h2c";
  const uploads = uploadLimits(settings);
  const backEnds = [...new Set(routes.map((route) => route.component))].filter((name) => name !== "marketplace");
  const outside = settings.marketplace && routes.some((route) => route.component === "marketplace");
  return {
    name: "proxy",
    image: imageOf(settings, "proxy"),
    command: startCommand(),
    ports: [{ name: "http", containerPort: ports.proxy, ...(http2 && { appProtocol: "kubernetes.io/h2c" }) }],
    files: [
      {
        mountPath: "/etc/nginx/nginx.conf",
        content: (bindings) =>
          nginxConfiguration({
            routes,
            upstream: (component, port) =>
              `${bindings.host(dnsName(component as ComponentName))}:${component === "api" ? settings.api.port : port}`,
            port: ports.proxy,
            http2,
            // `auto` would count the node's processors instead of the pod's.
            workerProcesses: limits.processes,
            workerConnections: Math.ceil(limits.connections / limits.processes),
            metricsPort: settings.metrics ? METRICS_PORT : undefined,
            uploadLimitMb: uploads.largest,
            pluginUploadLimitMb: uploads.plugin,
            marketplaceUrl: settings.marketplace ? MARKETPLACE_URL : undefined,
            limits: {
              keepAliveSeconds: bindings.entrance.proxied ? KEEP_ALIVE.proxies : KEEP_ALIVE.clients,
              requestsOfClient: bindings.entrance.clientsKnown ? limits.requestsOfClient : undefined,
            },
            clients: {
              ...bindings.entrance,
              publicUrls: bindings.entrance.fixedUrls ? bindings.publicUrls : [],
            },
          }),
      },
    ],
    probes: {
      readiness: { check, periodSeconds: 5, failureThreshold: 2 },
      // An HTTP request would not be answered if all connections are in use by streams; a TCP connection is accepted.
      liveness: { check: { type: "tcp", port: ports.proxy }, ...patient },
    },
    metrics: settings.metrics ? { port: METRICS_PORT, names: nginxMetrics } : undefined,
    ...sizes(settings).proxy,
    security: securityOf(settings, "proxy", scratch),
    scratch,
    talksTo: [...backEnds.map((name) => dnsName(name as ComponentName)), ...(outside ? (["internet"] as const) : [])],
    // The load balancer goes on sending requests for a while; after that, open streams may end on their own.
    drainSeconds: 15,
    terminationGracePeriodSeconds: settings.api.terminationGracePeriodSeconds,
  };
}

/** The way out for requests that users can influence: to public addresses only. */
export function ssrfProxyComponent(settings: DifySettings): Component {
  const check = { type: "tcp", port: ports.ssrfProxy } as const;
  const scratch = [{ name: "tmp", mountPath: "/tmp" }];
  const agents = settings.release.release.images.agent_backend !== undefined;
  const proxy = settings.outboundProxy;
  const parent = proxy && { ...proxy, login: proxy.user === undefined ? undefined : LOGIN_VARIABLE };
  // A name outside of the cluster may lead anywhere, and squid's own rules are what refuses; the rest a policy can hold.
  const [named, outside] = partition(settings.ssrfProxyAllowedHosts, inPolicy);
  return {
    name: "ssrf-proxy",
    image: imageOf(settings, "ssrf_proxy"),
    command: squidCommand(parent),
    ports: [
      { name: "http", containerPort: ports.ssrfProxy },
      ...(agents ? [{ name: "agents", containerPort: ports.ssrfProxyAgents, openTo: ["local-sandbox"] }] : []),
    ],
    files: [
      {
        mountPath: "/etc/squid/squid.conf",
        content: (bindings) =>
          squidConfiguration({
            port: ports.ssrfProxy,
            allowedHosts: settings.ssrfProxyAllowedHosts,
            internalCidrs: bindings.privatelyUsed.known,
            internalLines: bindings.privatelyUsed.lines,
            files: capacity(settings).ssrfProxy.files,
            parent,
            inside: agents ? { port: ports.ssrfProxyAgents, servers: forAgents(settings, bindings) } : undefined,
          }),
      },
    ],
    probes: { readiness: { check }, liveness: { check, ...patient } },
    ...sizes(settings)["ssrf-proxy"],
    security: securityOf(settings, "ssrf_proxy", scratch),
    scratch,
    // A mesh's proxy routes by names in what is sent to port 80, not by the address that was checked here.
    mesh: false,
    talksTo: [
      "internet",
      ...(outside.length > 0 ? (["internal"] as const) : []),
      ...(agents ? ["api", "agent-backend"] : []),
    ],
    secrets: parent?.login ? { [LOGIN_VARIABLE]: secretNames.outboundProxyLogin } : {},
    connectsTo: [
      ...named.map((entry) => ({ ...hostAndPort(entry), namedBy: "ssrf_proxy_allowed_hosts" })),
      ...(parent ? [{ host: parent.host, port: parent.port, namedBy: "outbound_proxy" }] : []),
    ],
    drainSeconds: 10,
  };
}

function inPolicy(entry: string): boolean {
  const { host } = hostAndPort(entry);
  return parseRange(host)?.bits === 32 || /\.svc(\.cluster\.local)?$/i.test(host);
}

function partition<T>(all: readonly T[], first: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(first), all.filter((one) => !first(one))];
}

/**
 * What the agents' shells may reach inside: signed file addresses (`INTERNAL_FILES_URL`), and the part of the agent
 * back end that they report to. Dify's own compose file runs a second squid for this
 * (docker/ssrf_proxy/squid-agent.conf.template of 1.16.1).
 */
function forAgents(settings: DifySettings, bindings: Bindings): InsideServer[] {
  return [
    { host: bindings.host("api"), port: settings.api.port, path: "/files/" },
    { host: bindings.host("agent-backend"), port: ports.agentBackend, path: "/agent-stub/" },
  ];
}
