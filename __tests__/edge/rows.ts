import type { Given } from "../terraform/synth";

/** What a row of the table in docs/front-door.md says. */
export interface Row {
  /** Which switches are on, in the words of the table. */
  readonly switches: string;
  readonly given: Given;
  /** What traffic comes in by. */
  readonly door: "Service (ClusterIP)" | "Service (NodePort)" | "Service (LoadBalancer)" | "Gateway" | "Load balancer";
  /** What the address is. */
  readonly address: string;
  readonly url: string;
  /** What is created in addition to the Service, or the front door with its routes, certificates and SSL policy. */
  readonly creates: readonly Part[];
}

export type Part =
  | "regional address"
  | "internal address"
  | "global address"
  | "DNS authorizations"
  | "Cloud Armor policy"
  | "IAP bindings"
  | "Service without sign-in"
  | "endpoint groups"
  | "cache";

const DOMAINS = ["dify.example.com", "dify.example.org"];
const DOMAIN: Given = { enable_custom_domain: true, application_domains: DOMAINS };
const ARMOR: Given = { enable_cloud_armor: true };
const IAP: Given = {
  enable_iap: true,
  iap_authorized_users: ["ann@example.com"],
  iap_authorized_groups: ["team@example.com"],
};
const EXEMPT: Given = { iap_exempt_paths: ["/v1", "/triggers"] };
/** What docs/security.md recommends for anything but a trial: inside the network, or behind a proxy of your own. */
const INTERNAL: Given = { service_annotations: { "networking.gke.io/load-balancer-type": "Internal" } };
const OWN_PROXY: Given = { public_urls: ["https://ai.example.com"], trusted_proxy_ranges: ["10.20.0.0/24"] };
const NIP = "https://<address>.nip.io";
const OWN = "https://<first domain>";
const PUBLIC = "https://<first of public_urls>";

/** A Gateway by default, with a reserved address; the Service's own address is kept in addition. */
function gateway(switches: string, given: Given, url: string, ...creates: Part[]): Row {
  return {
    switches,
    given,
    door: "Gateway",
    address: "reserved, global",
    url,
    creates: [
      "regional address",
      "global address",
      ...(url === OWN ? (["DNS authorizations"] as const) : []),
      ...creates,
    ],
  };
}

/** With a cache the load balancer is made here, on the address that a Gateway would have. */
function cached(switches: string, given: Given, url: string, ...creates: Part[]): Row {
  return {
    ...gateway(switches, { ...given, enable_cdn: true }, url, ...creates, "endpoint groups", "cache"),
    door: "Load balancer",
  };
}

/** Every valid combination, in the order of the documented walk: each differs from the one before by little. */
export const rows: readonly Row[] = [
  {
    switches: "none (the default)",
    given: {},
    door: "Service (LoadBalancer)",
    address: "reserved, regional",
    url: "http://<address>",
    creates: ["regional address"],
  },
  {
    switches: "`reserve_static_ip = false`",
    given: { reserve_static_ip: false },
    door: "Service (LoadBalancer)",
    address: "the load balancer's own choice",
    url: "http://<address>",
    creates: [],
  },
  {
    switches: '`static_ip_name = "my-address"`',
    given: { static_ip_name: "my-address" },
    door: "Service (LoadBalancer)",
    address: "yours, regional",
    url: "http://<address>",
    creates: [],
  },
  {
    switches: '`service_type = "ClusterIP"`',
    given: { service_type: "ClusterIP" },
    door: "Service (ClusterIP)",
    address: "in the cluster only",
    url: "http://<service>.<namespace>.svc.cluster.local",
    creates: [],
  },
  {
    switches: '`service_type = "NodePort"`',
    given: { service_type: "NodePort" },
    door: "Service (NodePort)",
    address: "in the network only: a port of every node",
    url: "http://<service>.<namespace>.svc.cluster.local",
    creates: [],
  },
  {
    switches: "internal load balancer",
    given: INTERNAL,
    door: "Service (LoadBalancer)",
    address: "reserved, in the subnetwork",
    url: "http://<address>",
    creates: ["internal address"],
  },
  {
    switches: "internal load balancer + your own proxy",
    given: { ...INTERNAL, ...OWN_PROXY, load_balancer_source_ranges: ["10.20.0.0/24"] },
    door: "Service (LoadBalancer)",
    address: "reserved, in the subnetwork",
    url: PUBLIC,
    creates: ["internal address"],
  },
  {
    switches: "your own proxy",
    given: OWN_PROXY,
    door: "Service (LoadBalancer)",
    address: "reserved, regional",
    url: PUBLIC,
    creates: ["regional address"],
  },
  {
    switches: '`service_type = "ClusterIP"` + your own proxy in the cluster',
    given: {
      ...OWN_PROXY,
      container_protocol: "h2c",
      service_type: "ClusterIP",
      trusted_proxy_namespaces: ["ingress-nginx"],
    },
    door: "Service (ClusterIP)",
    address: "in the cluster only",
    url: PUBLIC,
    creates: [],
  },
  gateway("domain without `application_domains`", { enable_custom_domain: true }, NIP),
  gateway("Cloud Armor", ARMOR, NIP, "Cloud Armor policy"),
  cached("Cloud Armor + CDN", ARMOR, NIP, "Cloud Armor policy"),
  cached("CDN", {}, NIP),
  gateway("domain", DOMAIN, OWN),
  cached("domain + CDN", DOMAIN, OWN),
  cached("domain + Cloud Armor + CDN", { ...DOMAIN, ...ARMOR }, OWN, "Cloud Armor policy"),
  gateway("domain + Cloud Armor", { ...DOMAIN, ...ARMOR }, OWN, "Cloud Armor policy"),
  gateway(
    "domain + Cloud Armor, `create_cloud_armor_policy = false`",
    { ...DOMAIN, ...ARMOR, create_cloud_armor_policy: false, cloud_armor_policy_name: "company-waf" },
    OWN,
  ),
  gateway("domain + Cloud Armor + IAP", { ...DOMAIN, ...ARMOR, ...IAP }, OWN, "Cloud Armor policy", "IAP bindings"),
  gateway(
    "domain + Cloud Armor + IAP + `iap_exempt_paths`",
    { ...DOMAIN, ...ARMOR, ...IAP, ...EXEMPT },
    OWN,
    "Cloud Armor policy",
    "IAP bindings",
    "Service without sign-in",
  ),
  gateway("domain + IAP", { ...DOMAIN, ...IAP }, OWN, "IAP bindings"),
  gateway("domain without `application_domains` + IAP", { enable_custom_domain: true, ...IAP }, NIP, "IAP bindings"),
  {
    ...gateway('domain, `service_type = "ClusterIP"`', { ...DOMAIN, service_type: "ClusterIP" }, OWN),
    creates: ["global address", "DNS authorizations"],
  },
  {
    ...gateway('domain, `static_ip_name = "my-address"`', { ...DOMAIN, static_ip_name: "my-address" }, OWN),
    address: "yours, global",
    creates: ["DNS authorizations"],
  },
  { ...gateway("domain + your own CDN", { ...DOMAIN, ...OWN_PROXY }, OWN), url: PUBLIC },
];

/** What a rule refuses, with the rule. */
export const refused: readonly (readonly [given: Given, rule: string, why: string])[] = [
  [{ ...DOMAIN, ...IAP, enable_cdn: true }, "cdn-without-iap", "a cache answers before anybody has signed in"],
  [IAP, "iap-needs-domain", "`enable_iap` without `enable_custom_domain`, as documented"],
  [{ ...DOMAIN, reserve_static_ip: false }, "gateway-needs-address", "DNS records point to the gateway's address"],
  [{ ...DOMAIN, service_type: "NodePort" }, "gateway-service-internal", "it would bypass firewall and sign-in"],
  [{ ...DOMAIN, ...IAP, iap_exempt_paths: ["/console/api"] }, "iap-exempt-paths-narrow", "the console would be open"],
  [
    { ...DOMAIN, application_domains: ["a.example.com", "a.example.com"] },
    "domains-once",
    "one domain, one certificate",
  ],
  [
    { ...DOMAIN, trusted_proxy_namespaces: ["ingress-nginx"] },
    "gateway-is-the-door",
    "it would bypass firewall and sign-in",
  ],
];

/** The table of docs/front-door.md. */
export function table(): string {
  const lines = rows.map(({ switches, door, address, url, creates }) =>
    [switches, door, address, creates.length > 0 ? creates.join(", ") : "–", `\`${url}\``].join(" | "),
  );
  return ["Switches | Traffic goes to | Address | Created for it | URL", "--- | --- | --- | --- | ---", ...lines]
    .map((line) => `| ${line} |`)
    .join("\n");
}

/** The table of what is refused. */
export function refusedTable(): string {
  const lines = refused.map(([given, rule, why]) => {
    const values = Object.entries(given)
      .filter(([name]) => !/^(iap_authorized_|application_domains$)/.test(name) || rule === "domains-once")
      .map(([name, value]) => `\`${name} = ${JSON.stringify(value)}\``);
    return `| ${values.join(", ")} | ${rule} | ${why} |`;
  });
  return ["| Together | Refused by | Because |", "| --- | --- | --- |", ...lines].join("\n");
}
