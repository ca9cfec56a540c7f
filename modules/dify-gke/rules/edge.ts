import { consolePaths } from "../../dify-common/releases";
import { GATEWAY, hasGateway } from "../front-door";
import type { Variables } from "../variables";
import { DESIGN, DOCUMENTATION, duplicates, GOOGLE, type Rule } from "./rule";

const iapDomain: Rule = {
  id: "iap-needs-domain",
  what: "`enable_iap` without `enable_custom_domain`",
  why: "There is no HTTPS gateway that it could protect: the application would be open to everyone.",
  risk: "Critical",
  severity: "error",
  variables: ["enable_iap", "enable_custom_domain"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_iap && !v.enable_custom_domain,
  message: () =>
    "enable_iap is true and enable_custom_domain is false, so there is no HTTPS gateway for Identity-Aware Proxy to protect: the application would be open to everyone. Set enable_custom_domain = true, and pass TF_VAR_iap_oauth_client_id and TF_VAR_iap_oauth_client_secret at apply.",
};

const iapMembers: Rule = {
  id: "iap-lets-someone-in",
  what: "`enable_iap` with nobody who may enter",
  why: "Every request is answered with 403.",
  risk: "High",
  severity: "warning",
  variables: ["iap_authorized_users", "iap_authorized_groups", "enable_iap"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_iap && v.iap_authorized_users.length + v.iap_authorized_groups.length === 0,
  message: () =>
    "iap_authorized_users and iap_authorized_groups are both empty, so nobody may sign in: every request is answered with 403. Name people in iap_authorized_users or groups in iap_authorized_groups.",
};

const iapOnce: Rule = {
  id: "iap-members-once",
  what: "Somebody whom `iap_authorized_users` or `iap_authorized_groups` names twice",
  why: "When one of the two is taken out, the other loses its right until the next apply.",
  risk: "Medium",
  severity: "error",
  variables: ["iap_authorized_users", "iap_authorized_groups"],
  source: GOOGLE,
  brokenBy: (v) =>
    (["iap_authorized_users", "iap_authorized_groups"] as const).flatMap((name) =>
      duplicates(v[name].map((each) => each.toLowerCase().replace(/^(user|group):/, ""))).map(
        (each) =>
          `${name} names ${each} more than once, and upper and lower case are the same to Google: when one of them is taken out, the apply takes the right away, and the other has none until the next apply. Name each once.`,
      ),
    ),
  message: (_, subject) => subject,
};

const cdnOrIap: Rule = {
  id: "cdn-without-iap",
  what: "`enable_cdn` with `enable_iap`",
  why: "Cloud CDN would answer people who have not signed in.",
  risk: "High",
  severity: "error",
  variables: ["enable_cdn", "enable_iap"],
  source: DESIGN,
  brokenBy: (v) => v.enable_cdn && v.enable_iap,
  message: () =>
    "enable_cdn and enable_iap are both true, and the cache stands in front of Identity-Aware Proxy: Cloud CDN would answer people who have not signed in. Set enable_cdn = false, or enable_iap = false.",
};

const reserved: Rule = {
  id: "gateway-needs-address",
  what: "A gateway without a reserved address",
  why: "DNS records, certificate and URL depend on the address, which would change.",
  risk: "High",
  severity: "error",
  variables: ["reserve_static_ip", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) => hasGateway(v) && !v.reserve_static_ip,
  message: (v) =>
    `${on(v)} puts a gateway in front, and reserve_static_ip = false leaves it without a reserved address: DNS records, certificate and URL depend on the address, which would change whenever the load balancer is created again. Set reserve_static_ip = true.`,
};

const internal: Rule = {
  id: "gateway-service-internal",
  what: 'A gateway with `service_type = "NodePort"`',
  why: "Requests could bypass firewall and sign-in.",
  risk: "High",
  severity: "error",
  variables: ["service_type", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) => hasGateway(v) && v.service_type === "NodePort",
  message: (v) =>
    `${on(v)} puts a gateway in front, and service_type = "NodePort" opens a port on every node: requests could bypass firewall and sign-in. Set service_type = "ClusterIP" or leave it out.`,
};

const extraPorts: Rule = {
  id: "gateway-has-two-ports",
  what: "Extra ports behind a gateway",
  why: "It listens on 80 and 443 only: the others cannot be reached from outside.",
  risk: "Medium",
  severity: "warning",
  variables: ["extra_service_ports", ...GATEWAY],
  source: GOOGLE,
  brokenBy: (v) => hasGateway(v) && v.extra_service_ports.length > 0,
  message: (v) =>
    `${on(v)} puts a gateway in front, which listens on 80 and 443 only: the ports of extra_service_ports cannot be reached from outside. Take extra_service_ports out of the file if nothing in the cluster uses them.`,
};

/** https://www.rfc-editor.org/rfc/rfc6761, https://www.iana.org/domains/reserved, and names that many companies use inside. */
const NOT_PUBLIC = /\.(local|localhost|localdomain|internal|intranet|private|corp|home|lan|test|invalid|arpa)$/;

const domainsPublic: Rule = {
  id: "domains-public",
  what: "A domain that exists inside of a company only",
  why: "No public authority certifies it, so HTTPS would never work.",
  risk: "High",
  severity: "error",
  variables: ["application_domains", "enable_custom_domain"],
  source: GOOGLE,
  brokenBy: (v) => (v.enable_custom_domain ? v.application_domains.filter((domain) => NOT_PUBLIC.test(domain)) : []),
  message: (_, subject) =>
    `application_domains holds ${subject}, which the public DNS does not have: Google would never get a certificate for it, and HTTPS would never work. Name a domain that you have registered, or put a proxy with a certificate of your own in front and set public_urls instead.`,
};

const domainsNamed: Rule = {
  id: "domains-named",
  what: "`enable_custom_domain` without `application_domains`, where something else puts a gateway in front",
  why: "It adds nothing: the address stays <ip>.nip.io.",
  risk: "Low",
  severity: "warning",
  variables: ["enable_custom_domain", "application_domains", "enable_cloud_armor", "enable_cdn", "enable_iap"],
  source: DESIGN,
  // Sign-in asks for it.
  brokenBy: (v) =>
    v.enable_custom_domain &&
    v.application_domains.length === 0 &&
    (v.enable_cloud_armor || v.enable_cdn) &&
    !v.enable_iap,
  message: () =>
    "enable_custom_domain is true and application_domains is empty: it has no effect, as there is a gateway anyway, and its address stays <ip>.nip.io. Set application_domains to your own, or take enable_custom_domain out of the file.",
};

const allowedNarrow: Rule = {
  id: "admin-ranges-narrow",
  what: "`admin_ip_ranges` that let everybody through",
  why: "Cloud Armor would check nothing of what they send.",
  risk: "High",
  severity: "error",
  variables: ["admin_ip_ranges", "enable_cloud_armor"],
  source: DESIGN,
  brokenBy: (v) =>
    v.enable_cloud_armor ? v.admin_ip_ranges.filter((range) => Number(range.replace(/^.*\//, "")) < WIDEST) : [],
  message: (_, subject) =>
    `admin_ip_ranges holds ${subject}, and Cloud Armor lets everything from there through unchecked, attacks as well: it would protect nothing. Name the ranges that administrators connect from, or take admin_ip_ranges out of the file.`,
};
/** Nobody's offices are larger than 10.0.0.0/8. */
const WIDEST = 8;

const domainsOnce: Rule = {
  id: "domains-once",
  what: "A domain that is named more than once",
  why: "It can have one certificate only, and the apply would fail at the second.",
  risk: "Medium",
  severity: "error",
  variables: ["application_domains"],
  source: GOOGLE,
  brokenBy: (v) => duplicates(v.application_domains).length > 0,
  message: (v) =>
    `application_domains names ${duplicates(v.application_domains).join(", ")} more than once, and a domain can have only one certificate: the apply would fail at the second. Name each domain once.`,
};

/** Limits of the host names in a route, and of the parts of an IAM condition, which has at most 12 operators. */
const MOST_DOMAINS = { gateway: 16, signIn: 13 } as const;

const domainsFit: Rule = {
  id: "domains-fit",
  what: "More domains than the gateway or its sign-in takes",
  why: "The apply would stop half-way.",
  risk: "Medium",
  severity: "error",
  variables: ["application_domains", "enable_iap"],
  source: GOOGLE,
  brokenBy: (v) => v.application_domains.length > mostDomains(v),
  message: (v) =>
    `application_domains names ${v.application_domains.length} domains, and ${v.enable_iap ? "with enable_iap, the condition on who may sign in has room for" : "the gateway's routes have room for"} ${mostDomains(v)}: the apply would stop half-way. Name at most ${mostDomains(v)} in application_domains.`,
};

function mostDomains({ enable_iap }: Variables): number {
  return enable_iap ? MOST_DOMAINS.signIn : MOST_DOMAINS.gateway;
}

function reachesConsole(path: string): boolean {
  return consolePaths.some((start) => path === start || path.startsWith(`${start}/`));
}

const exemptPaths: Rule = {
  id: "iap-exempt-paths-narrow",
  what: "`iap_exempt_paths` that open the console",
  why: "It would be open to the internet without Google's sign-in.",
  risk: "Critical",
  severity: "error",
  variables: ["iap_exempt_paths"],
  source: DESIGN,
  brokenBy: (v) => v.iap_exempt_paths.some(reachesConsole),
  message: (v) =>
    `iap_exempt_paths holds ${v.iap_exempt_paths.filter(reachesConsole).join(", ")}, where people build, administer, sign in, install or reset passwords: that would be open to the internet without Google's sign-in. Name only what programs and guests need, such as "/v1" or "/triggers".`,
};

const existingPolicy: Rule = {
  id: "existing-policy-has-its-rules",
  what: "Settings of a Cloud Armor policy that exists",
  why: "It keeps its own rules, so they have no effect.",
  risk: "Medium",
  severity: "warning",
  variables: ["create_cloud_armor_policy", "admin_ip_ranges", "cloud_armor_preview"],
  source: DESIGN,
  brokenBy: (v) => !v.create_cloud_armor_policy && (v.admin_ip_ranges.length > 0 || v.cloud_armor_preview),
  message: () =>
    "create_cloud_armor_policy = false uses an existing policy, which keeps its own rules: admin_ip_ranges and cloud_armor_preview have no effect on it. Set create_cloud_armor_policy = true with another cloud_armor_policy_name, or take both out of the file.",
};

/** The switches that are on, for a message. */
function on(v: Variables): string {
  return GATEWAY.filter((name) => v[name]).join(" with ");
}

const onlyDoor: Rule = {
  id: "gateway-is-the-door",
  what: "A gateway with `trusted_proxy_namespaces`",
  why: "Requests could bypass firewall and sign-in.",
  risk: "High",
  severity: "error",
  variables: ["trusted_proxy_namespaces", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) => hasGateway(v) && v.trusted_proxy_namespaces.length > 0,
  message: (v) =>
    `${on(v)} puts a gateway in front, and trusted_proxy_namespaces lets pods of ${v.trusted_proxy_namespaces.join(", ")} in behind it: their requests would bypass firewall and sign-in. Take trusted_proxy_namespaces out of the file, or the gateway.`,
};

const gatewayLog: Rule = {
  id: "gateway-log-counts",
  what: "A setting of the gateway's log where it logs nothing",
  why: "It has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["gateway_log", "gateway_log_sample_rate", ...GATEWAY],
  source: DESIGN,
  brokenBy: (v) => [
    ...(v.gateway_log !== "refused" && !hasGateway(v) ? ["gateway_log"] : []),
    ...(v.gateway_log_sample_rate !== 1 && !logsRequests(v) ? ["gateway_log_sample_rate"] : []),
  ],
  message: (v, subject) =>
    hasGateway(v)
      ? `${subject} has no effect, as gateway_log = "${v.gateway_log}" logs nothing${v.gateway_log === "refused" ? " without Cloud Armor" : ""}. Set gateway_log = "all", or take ${subject} out of the file.`
      : `${subject} has no effect, as there is no gateway. Take ${subject} out of the file, or set a gateway such as enable_custom_domain.`,
};

function logsRequests(v: Variables): boolean {
  return hasGateway(v) && (v.gateway_log === "all" || (v.gateway_log === "refused" && v.enable_cloud_armor));
}

/**
 * Google's own report of what its Gateway does has `HTTPRouteBackendProtocolH2C`, what Kubernetes calls
 * `appProtocol: kubernetes.io/h2c`, among what it does not:
 * https://github.com/kubernetes-sigs/gateway-api/blob/main/conformance/reports/v1.4.0/gke-gateway/standard-1.34.4-rxlb-report.yaml.
 */
const http1: Rule = {
  id: "container-speaks-http1",
  what: '`container_protocol = "h2c"` with a gateway, or with an nginx before 1.25.1',
  why: "GKE's Gateway speaks no HTTP/2 without TLS to pods, or only without WebSockets.",
  risk: "Medium",
  severity: "error",
  variables: [
    "container_protocol",
    "component_image_tags",
    "enable_custom_domain",
    "enable_cloud_armor",
    "enable_iap",
    "enable_cdn",
  ],
  source: GOOGLE,
  brokenBy: (v) => v.container_protocol === "h2c" && (hasGateway(v) || isBeforeHttp2(proxyTag(v))),
  message: (v) =>
    hasGateway(v)
      ? `container_protocol is "h2c", HTTP/2 without TLS to the container, which Google's load balancers in front of GKE do not speak, or only without WebSockets: it would have no effect, or editors would lose their connection. Take container_protocol out of the file: browsers use HTTP/2 up to the load balancer anyway.`
      : `container_protocol is "h2c", and component_image_tags sets nginx to ${proxyTag(v)}, which cannot speak HTTP/1.1 on the same port, as its probes do: it would not start. Take proxy out of component_image_tags, or set a tag from 1.25.1 on.`,
};

function proxyTag({ component_image_tags: tags }: Variables): string {
  return new Map(Object.entries(tags)).get("proxy") ?? "";
}

/** https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2 */
function isBeforeHttp2(tag: string): boolean {
  const [, major, minor, patch = "99"] = /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:-|$)/.exec(tag) ?? [];
  const rank = [major, minor, patch].reduce((sum, part) => sum * 10_000 + Number(part), 0);
  return major !== undefined && rank < 1_0025_0001;
}

export const edgeRules: readonly Rule[] = [
  http1,
  gatewayLog,
  iapDomain,
  iapMembers,
  iapOnce,
  cdnOrIap,
  reserved,
  internal,
  extraPorts,
  domainsNamed,
  domainsPublic,
  domainsOnce,
  allowedNarrow,
  domainsFit,
  exemptPaths,
  existingPolicy,
  onlyDoor,
];
