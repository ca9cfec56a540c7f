import { isIPv4 } from "node:net";
import type { Component, Job, Server } from "../../app-gke/application-config";
import { serviceNamed } from "../../app-gke/workload/cluster-names";
import { overlap, parseRange } from "../../dify-common/address-ranges";
import { hostVariables } from "../../dify-common/named-hosts";
import { kubernetesName } from "../dify-settings";
import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { composedOf } from "./composed";
import { rangesOf } from "./network";
import { DESIGN, GOOGLE, type Rule } from "./rule";

type Egress = Variables["additional_egress"][number];

/** As a message names it. */
function entry(of: Egress, index: number): string {
  const to = of.cidr ?? of.component ?? of.namespace;
  return `additional_egress[${index}]${to === undefined ? "" : ` (to ${to})`}`;
}

function entries(v: Variables, isWrong: (of: Egress) => boolean): readonly string[] {
  return v.additional_egress.flatMap((of, index) => (isWrong(of) ? [entry(of, index)] : []));
}

const whole: Rule = {
  id: "egress-one-destination",
  what: "An entry of `additional_egress` with no destination, several, or ports that do not fit it",
  why: "It would open nothing, or something else than you mean.",
  risk: "Medium",
  severity: "error",
  variables: ["additional_egress"],
  source: DESIGN,
  brokenBy: (v) =>
    entries(v, ({ cidr, namespace, component, pod_labels, ports }) => {
      const given = [cidr, namespace, component].filter((one) => one !== undefined).length;
      const labelled = Object.keys(pod_labels).length > 0;
      return given !== 1 || (labelled && namespace === undefined) || (component === undefined) === (ports.length === 0);
    }),
  message: (_, subject) =>
    `${subject} has no destination, more than one, or ports that do not fit it: it would open nothing, or something else than you mean. Give exactly one of cidr, namespace (with pod_labels if you need them) and component. With cidr or namespace, give ports as well; with component, give none, because its own ports are opened.`,
};

/** Everything that has a network policy, by name. */
function everything(v: Variables): ReadonlyMap<string, Component | Job> {
  const application = composedOf(v);
  return new Map([...(application?.components ?? []), ...(application?.jobs ?? [])].map((one) => [one.name, one]));
}

function isUntrusted(one: Component | Job | undefined): boolean {
  return one !== undefined && "untrusted" in one && one.untrusted === true;
}

const known: Rule = {
  id: "egress-components-known",
  what: "A name in `additional_egress` that no component and no job has",
  why: "The entry would open nothing for it.",
  risk: "Medium",
  severity: "error",
  variables: ["additional_egress", "application_version", "additional_services", "initialization_jobs", "cron_jobs"],
  source: DESIGN,
  brokenBy: (v) => {
    const named = v.additional_egress.flatMap(({ components, component }) => [
      ...components,
      ...(component === undefined ? [] : [component]),
    ]);
    if (named.length === 0) return [];
    const all = everything(v);
    return [...new Set(named)].filter((name) => all.size > 0 && !all.has(kubernetesName(name)));
  },
  message: (v, subject) => {
    const names = [...everything(v).keys()];
    const near = nearest(kubernetesName(subject), names);
    return `additional_egress names "${subject}", and neither a component nor a job has that name: the entry would open nothing for it.${near ? ` Did you mean "${near}"?` : " Take it out, or name one that there is."} There are ${names.join(", ")}.`;
  },
};

const kept: Rule = {
  id: "egress-not-for-strangers",
  what: "A sandbox in `additional_egress`",
  why: "Code that users write could connect there past the SSRF proxy.",
  risk: "Critical",
  severity: "error",
  variables: ["additional_egress", "application_version"],
  source: DESIGN,
  brokenBy: (v) => {
    const named = v.additional_egress.flatMap(({ components }) => components);
    if (named.length === 0) return [];
    const all = everything(v);
    return [...new Set(named)].filter((name) => isUntrusted(all.get(kubernetesName(name))));
  },
  message: (_, subject) =>
    `additional_egress names ${subject}, which runs code that users write: authors of workflows could connect there and bypass the SSRF proxy. Take ${subject} out of additional_egress. To let its requests reach a host through the SSRF proxy, name the host in ssrf_proxy_allowed_hosts.`,
};

const LINK_LOCAL = parseRange("169.254.0.0/16");

const metadata: Rule = {
  id: "egress-not-to-metadata",
  what: "A link-local address in `additional_egress`",
  why: "A component could fetch the credentials of the node's service account.",
  risk: "Critical",
  severity: "error",
  variables: ["additional_egress"],
  source: DESIGN,
  brokenBy: (v) =>
    entries(v, ({ cidr }) => {
      const range = parseRange(cidr ?? "");
      return range !== undefined && LINK_LOCAL !== undefined && range.prefix >= 16 && overlap(range, LINK_LOCAL);
    }),
  message: (_, subject) =>
    `${subject} is a link-local address, where only the metadata server is: a component could fetch the credentials of the node's service account. Take the entry out: a component with an identity of its own reaches that server without it.`,
};

const podsByRange: Rule = {
  id: "egress-pods-by-range",
  what: "A range of the cluster's pods or Services in `additional_egress`",
  why: "On Autopilot's data plane a range matches neither, so it opens nothing.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "additional_egress",
    "gke_cluster_name",
    "prereq_gke_pod_cidr_override",
    "prereq_gke_service_cidr_override",
    "prereq_subnet_cidr_override",
    "prereq_gke_subnet_cidr",
    "subnetwork_name",
    "prereq_gke_master_cidr_override",
  ],
  source: GOOGLE,
  brokenBy: (v) => {
    const ofCluster = rangesOf(v)
      .filter(([name]) => name === "prereq_gke_pod_cidr_override" || name === "prereq_gke_service_cidr_override")
      .flatMap(([, text]) => parseRange(text) ?? []);
    return entries(v, ({ cidr }) => {
      const range = parseRange(cidr ?? "");
      return range !== undefined && ofCluster.some((one) => one.prefix <= range.prefix && overlap(range, one));
    });
  },
  message: (_, subject) =>
    `${subject} is an address of the cluster's pods or Services, and on Autopilot's data plane a range matches neither: the entry opens nothing. Give namespace and pod_labels of these pods instead of cidr, and their ports instead of the Service's.`,
};

const squid: Rule = {
  id: "egress-of-ssrf-proxy",
  what: "`ssrf-proxy` in `additional_egress` without `ssrf_proxy_allowed_hosts`",
  why: "The proxy itself refuses every internal address.",
  risk: "Low",
  severity: "warning",
  variables: ["additional_egress", "ssrf_proxy_allowed_hosts", "outbound_proxy"],
  source: DESIGN,
  // A proxy that squid goes out by may have to be opened so.
  brokenBy: (v) =>
    v.ssrf_proxy_allowed_hosts.length === 0 &&
    v.outbound_proxy === null &&
    v.additional_egress.some(({ components }) => components.some((name) => kubernetesName(name) === "ssrf-proxy")),
  message: () =>
    "additional_egress names ssrf-proxy, and ssrf_proxy_allowed_hosts is empty: the proxy itself refuses every internal address, so the entry has no effect. Put the host into ssrf_proxy_allowed_hosts, which opens the network policy as well, and take ssrf-proxy out of additional_egress.",
};

/** Host names in a file whose addresses no policy can name: by variable, with the components that connect to them. */
function unsure(v: Variables): ReadonlyMap<string, { readonly host: string; readonly by: readonly string[] }> {
  const found = new Map<string, { host: string; by: string[] }>();
  for (const { name, connectsTo = [] } of everything(v).values()) {
    for (const server of connectsTo) {
      if (server.namedBy === "ssrf_proxy_allowed_hosts" || isSure(server) || isOpened(v, name, server.port)) continue;
      const { host, by } = found.get(server.namedBy) ?? { host: server.host, by: [] };
      found.set(server.namedBy, { host, by: [...by, name] });
    }
  }
  return found;
}

/** Hosts that a release itself connects to are public. */
function isSure({ host }: Server): boolean {
  return isIPv4(host) || serviceNamed(host, "own") !== undefined || /(^|\.)dify\.(ai|dev|cn)$/.test(host);
}

function isOpened(v: Variables, component: string, port: number | undefined): boolean {
  return v.additional_egress.some(
    ({ components, ports }) =>
      components.some((name) => kubernetesName(name) === component) && (port === undefined || ports.includes(port)),
  );
}

const names: Rule = {
  id: "segmentation-names",
  what: "With `enable_network_segmentation`, a server that is named by a host name",
  why: "A network policy contains addresses, not names: if the name leads to a private address, connections are dropped.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "enable_network_segmentation",
    "additional_egress",
    "outbound_proxy",
    "environment_variables",
    "component_settings",
    "application_version",
    "component_image_tags",
    "sandbox_image",
    "additional_services",
    "initialization_jobs",
    "cron_jobs",
  ],
  source: DESIGN,
  brokenBy: (v) => (v.enable_network_segmentation ? [...unsure(v).keys()] : []),
  message: (v, subject) => {
    const { host = "", by = [] } = unsure(v).get(subject) ?? {};
    return `${subject} names ${host}, and a network policy contains addresses, not names: if that name leads to a private address, enable_network_segmentation drops every connection to it. If it is private, write the address itself, or add an entry to additional_egress with its range and port for ${by.join(", ")}; if it is public, put segmentation-names into silenced_warnings.`;
  },
};

/** Variables with an address that a secret holds. */
function hidden(v: Variables): readonly string[] {
  const named = [
    ...Object.keys(v.secret_environment_variables),
    ...v.explicit_secret_names,
    ...Object.values(v.component_settings).flatMap(({ secret_environment }) => Object.keys(secret_environment)),
  ];
  return [...new Set(named)].filter((name) => Object.hasOwn(hostVariables, name));
}

const secretHosts: Rule = {
  id: "segmentation-secret-hosts",
  what: "With `enable_network_segmentation`, a server's address that is a secret",
  why: "An address that cannot be read cannot be opened: if it is a private one, connections are dropped.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "enable_network_segmentation",
    "additional_egress",
    "secret_environment_variables",
    "explicit_secret_names",
    "component_settings",
  ],
  source: DESIGN,
  brokenBy: (v) => (v.enable_network_segmentation && v.additional_egress.length === 0 ? hidden(v) : []),
  message: (_, subject) =>
    `${subject} names a server, and its value is a secret: enable_network_segmentation cannot read it, and drops every connection to it if its address is private. Set ${subject} as a plain variable, with the password in another one; or, if it is private, add an entry to additional_egress.`,
};

export const egressRules: readonly Rule[] = [whole, known, kept, metadata, podsByRange, squid, names, secretHosts];
