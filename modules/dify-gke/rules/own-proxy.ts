import { parseNetwork } from "../../dify-common/address-ranges";
import { GATEWAY, hasGateway } from "../front-door";
import type { Variables } from "../variables";
import { DESIGN, duplicates, KUBERNETES, type Rule } from "./rule";

/**
 * Rules about what the user has in front (an ingress controller, a CDN, a tunnel), and about the Service that it leads
 * to.
 */

const urlsOnce: Rule = {
  id: "public-urls-once",
  what: "A URL that `public_urls` names twice",
  why: "One of the two is likely to be another address with a mistake in it.",
  risk: "Low",
  severity: "error",
  variables: ["public_urls"],
  source: DESIGN,
  brokenBy: (v) => duplicates(v.public_urls).length > 0,
  message: (v) =>
    `public_urls names ${duplicates(v.public_urls).join(", ")} more than once, so one of them is likely to be another address with a mistake in it. Name each URL once.`,
};

const oneScheme: Rule = {
  id: "public-urls-sign-in",
  what: "A URL with http in `public_urls` behind a first one with https",
  why: "Dify's cookies are sent over https only: nobody can sign in there.",
  risk: "Medium",
  severity: "warning",
  variables: ["public_urls"],
  source: DESIGN,
  brokenBy: (v) => (secure(v.public_urls[0]) ? v.public_urls.filter((url) => !secure(url)) : []),
  message: (v, subject) =>
    `public_urls names ${subject}, and its first one, ${v.public_urls[0] ?? ""}, is https: Dify's cookies are then sent over https only, so nobody can sign in at ${subject}. Serve it over https, or take it out of public_urls.`,
};

function secure(url: string | undefined): boolean {
  return url?.startsWith("https:") === true;
}

const whoseWord: Rule = {
  id: "own-proxy-says-who",
  what: "`public_urls` without `trusted_proxy_ranges`",
  why: "Dify takes the proxy for the client.",
  risk: "Medium",
  severity: "warning",
  variables: ["trusted_proxy_ranges", "public_urls", "application_domains", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) => v.trusted_proxy_ranges.length === 0 && elsewhere(v).length > 0,
  message: (v) =>
    `trusted_proxy_ranges is empty, and public_urls names ${elsewhere(v).join(", ")}, so a proxy of your own is in front, and its forwarded headers are not trusted: Dify takes the proxy for the client, and its limits for each address count everybody as one. Set trusted_proxy_ranges to the ranges that the proxy connects from.`,
};

/** Public URLs that do not lead to the gateway itself. */
function elsewhere(v: Variables): readonly string[] {
  const own = hasGateway(v) ? v.application_domains.map((domain) => `https://${domain}`) : [];
  return v.public_urls.filter((url) => !own.includes(url));
}

/** Bits of the shortest prefix: a wider range is not a list of proxies. */
const WIDEST = 8;

const narrowRanges: Rule = {
  id: "trusted-proxies-narrow",
  what: "A range of `trusted_proxy_ranges` that is far more than your own proxies",
  why: "Anybody could claim to be any client.",
  risk: "High",
  severity: "error",
  variables: ["trusted_proxy_ranges"],
  source: DESIGN,
  brokenBy: (v) => v.trusted_proxy_ranges.filter((range) => (parseNetwork(range)?.prefix ?? WIDEST) < WIDEST),
  message: (_, subject) =>
    `trusted_proxy_ranges holds ${subject}, which is not a list of proxies: anybody could claim to be any client, past the limits for each address, and write any host into the addresses that plugins are told. Name the ranges that the proxy connects from.`,
};

const clientsKept: Rule = {
  id: "clients-keep-their-address",
  what: '`external_traffic_policy = "Cluster"`',
  why: "Dify takes nodes for clients.",
  risk: "Low",
  severity: "warning",
  variables: ["external_traffic_policy", "service_type", ...GATEWAY],
  source: KUBERNETES,
  brokenBy: (v) => v.external_traffic_policy === "Cluster" && !hasGateway(v) && v.service_type === "LoadBalancer",
  message: () =>
    'external_traffic_policy = "Cluster" passes connections on with the address of a node: Dify takes nodes for clients, and its limits for each address count everybody as one. Leave it out, or set it to "Local".',
};

const published: Rule = {
  id: "service-is-published",
  what: "Settings of a load balancer that the Service does not have",
  why: "They keep nobody out.",
  risk: "Medium",
  severity: "warning",
  variables: ["load_balancer_source_ranges", "external_traffic_policy", "service_type", ...GATEWAY],
  source: KUBERNETES,
  brokenBy: (v) => {
    const type = hasGateway(v) ? "ClusterIP" : v.service_type;
    return [
      ...(v.load_balancer_source_ranges.length > 0 && type !== "LoadBalancer" ? ["load_balancer_source_ranges"] : []),
      ...(v.external_traffic_policy !== null && type === "ClusterIP" ? ["external_traffic_policy"] : []),
    ];
  },
  message: (v, subject) =>
    `${subject} has no effect, as the Service has no load balancer of its own${hasGateway(v) ? " behind a gateway" : ` with service_type = "${v.service_type}"`}: it keeps nobody out. Take ${subject} out of the file, or publish the Service with service_type = "LoadBalancer" and no gateway.`,
};

const namespacesCount: Rule = {
  id: "proxy-namespaces-count",
  what: "`trusted_proxy_namespaces` with a Service that others reach as well",
  why: "It keeps nobody out: everybody who reaches the Service is let in anyway.",
  risk: "Low",
  severity: "warning",
  variables: ["trusted_proxy_namespaces", "service_type", "load_balancer_source_ranges", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) =>
    v.trusted_proxy_namespaces.length > 0 &&
    !hasGateway(v) &&
    v.service_type !== "ClusterIP" &&
    v.load_balancer_source_ranges.length === 0,
  message: (v) =>
    `trusted_proxy_namespaces has no effect, as service_type = "${v.service_type}" lets in everybody who reaches the Service: pods of ${v.trusted_proxy_namespaces.join(", ")} are not kept out. Set service_type = "ClusterIP", which then lets in them and trusted_proxy_ranges alone, or load_balancer_source_ranges, or take trusted_proxy_namespaces out of the file.`,
};

const limitCounts: Rule = {
  id: "client-limit-counts",
  what: "`client_connection_limit` where nginx does not see the address of clients",
  why: "It has no effect: everybody would be counted as one.",
  risk: "Low",
  severity: "warning",
  variables: [
    "client_connection_limit",
    "trusted_proxy_ranges",
    "public_urls",
    "service_type",
    "external_traffic_policy",
    ...GATEWAY,
    "application_domains",
  ],
  source: DESIGN,
  brokenBy: (v) => v.client_connection_limit !== null && !clientsKnown(v),
  message: (v) =>
    `client_connection_limit has no effect, as nginx does not see the address of clients with service_type = "${v.service_type}"${v.public_urls.length > 0 ? " and a proxy of your own" : ""}: everybody would be counted as one. ${makeKnown(v)}, or take client_connection_limit out of the file.`,
};

/** As the front door has it (`Entrance.clientsKnown`). */
function clientsKnown(v: Variables): boolean {
  return unknownBecause(v).length === 0;
}

/** What has to be set so that nginx sees the address of clients. */
function unknownBecause(v: Variables): readonly ("ranges" | "policy")[] {
  const published = v.service_type !== "ClusterIP" && !hasGateway(v);
  const policy = v.external_traffic_policy ?? (v.service_type === "LoadBalancer" ? "Local" : "Cluster");
  const proxied = hasGateway(v) ? elsewhere(v).length > 0 : !published || v.public_urls.length > 0;
  return [
    ...(proxied && v.trusted_proxy_ranges.length === 0 ? (["ranges"] as const) : []),
    ...(published && policy !== "Local" ? (["policy"] as const) : []),
  ];
}

function makeKnown(v: Variables): string {
  const settings = {
    ranges: "trusted_proxy_ranges to the ranges that your proxy connects from",
    policy: 'external_traffic_policy = "Local"',
  };
  return `Set ${unknownBecause(v)
    .map((cause) => settings[cause])
    .join(" and ")}`;
}

export const ownProxyRules: readonly Rule[] = [
  limitCounts,
  urlsOnce,
  oneScheme,
  whoseWord,
  narrowRanges,
  clientsKept,
  published,
  namespacesCount,
];
