import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type StackJson, synth, variablesOf } from "../terraform/synth";
import { kinds, violations } from "./crd-schema";
import { type Part, refused, refusedTable, type Row, rows, table } from "./rows";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: Record<string, unknown>;
}

interface Peer {
  readonly ip_block?: { readonly cidr: string };
  readonly namespace_selector?: { readonly match_labels: Readonly<Record<string, string>> };
  readonly pod_selector?: object;
}

function named(stack: StackJson, type: string): string[] {
  return Object.keys(stack.resource[type] ?? {}).map((name) => `${type}.${name}`);
}

/** Custom resources by kind, with plain values in the place of Terraform's expressions. */
function manifests(stack: StackJson): Manifest[] {
  const text = JSON.stringify(
    Object.values(stack.resource["kubernetes_manifest"] ?? {}).map(({ manifest }) => manifest),
  );
  const plain = text
    .replace(/\$\{[^}]*address[^}]*\}/g, "203.0.113.7")
    .replace(/\$\{kubernetes_service_v1\.(\w+?)_service\.[^}]*\}/g, (_, name: string) => name.replaceAll("_", "-"))
    .replace(/\$\{[^}]*\}/g, "known-at-apply");
  return JSON.parse(plain) as Manifest[];
}

function one(stack: StackJson, kind: string, name?: RegExp): Manifest {
  const found = manifests(stack).find(
    (manifest) => manifest.kind === kind && (name?.test(manifest.metadata.name) ?? true),
  );
  if (!found) throw new Error(`There is no ${kind}`);
  return found;
}

function addresses(stack: StackJson, type: string): unknown[] {
  return Object.values(stack.resource["google_compute_address"] ?? {}).filter(
    (address) => address["address_type"] === type,
  );
}

const PART_TYPES: Readonly<Record<Part, (stack: StackJson) => number>> = {
  "regional address": (stack) => addresses(stack, "EXTERNAL").length,
  "internal address": (stack) => addresses(stack, "INTERNAL").length,
  "global address": (stack) => named(stack, "google_compute_global_address").length,
  "DNS authorizations": (stack) => named(stack, "google_certificate_manager_dns_authorization").length,
  "Cloud Armor policy": (stack) => named(stack, "google_compute_security_policy").length,
  "IAP bindings": (stack) => named(stack, "google_iap_web_type_compute_iam_member").length,
  "Service without sign-in": (stack) =>
    named(stack, "kubernetes_service_v1").filter((name) => name.includes("_open_service")).length,
  "endpoint groups": (stack) => named(stack, "google_compute_network_endpoint_group").length,
  cache: (stack) =>
    Object.values(stack.resource["google_compute_backend_service"] ?? {}).filter((service) => service["enable_cdn"])
      .length,
};

const synthesized = new Map<Row, StackJson>();
function stackOf(row: Row): StackJson {
  const known = synthesized.get(row) ?? synth(row.given).application;
  synthesized.set(row, known);
  return known;
}

function url(stack: StackJson): string {
  return String(stack.output?.["service_url"]?.["value"]);
}

describe.each(rows.map((row) => [row.switches, row] as const))("%s", (_, row) => {
  const stack = stackOf(row);
  const internal = row.door === "Gateway" || row.door === "Load balancer";

  test("creates what the table says", () => {
    const created = Object.entries(PART_TYPES)
      .filter(([, count]) => count(stack) > 0)
      .map(([part]) => part);
    expect(created.sort()).toEqual([...row.creates].sort());
    const kinds = manifests(stack).map(({ kind }) => kind);
    expect(kinds.includes("Gateway")).toBe(row.door === "Gateway");
    expect(named(stack, "google_compute_global_forwarding_rule").length).toBe(row.door === "Load balancer" ? 2 : 0);
    // The kinds of a Gateway, without one, would do nothing.
    if (row.door !== "Gateway") expect(kinds).toEqual([]);
  });

  test("has a Service of the right type", () => {
    const service = stack.resource["kubernetes_service_v1"]?.["app_workload_proxy_service_service"];
    const type = internal ? "ClusterIP" : row.door.slice("Service (".length, -1);
    expect(service).toMatchObject({ spec: { type } });
    expect(JSON.stringify(service).includes("load_balancer_ip")).toBe(
      /^(reserved|yours), (regional|in the subnetwork)$/.test(row.address),
    );
  });

  test("results in the URL, everywhere", () => {
    const pattern = {
      "http://<address>": /^http:\/\/\$\{.*\}$/,
      "http://<service>.<namespace>.svc.cluster.local": /^http:\/\/.*\.svc\.cluster\.local$/,
      "https://<address>.nip.io": /^https:\/\/\$\{.*address\}\.nip\.io$/,
      "https://<first domain>": /^https:\/\/dify\.example\.com$/,
      "https://<first of public_urls>": /^https:\/\/ai\.example\.com$/,
    }[row.url];
    expect(url(stack)).toMatch(pattern ?? /^$/);
    const environment = JSON.stringify(
      stack.resource["kubernetes_config_map_v1"]?.["app_workload_configuration_api_environment"],
    );
    for (const name of ["CONSOLE_API_URL", "CONSOLE_WEB_URL", "FILES_URL", "TRIGGER_URL"])
      expect(environment).toContain(`"${name}":"${url(stack)}"`);
    expect(environment).toContain('"RESPECT_XFORWARD_HEADERS_ENABLED":"true"');
    expect(environment).toContain(`"WEB_API_CORS_ALLOW_ORIGINS":"${url(stack)}`);
  });

  test("is entered by the door alone", () => {
    const policy = stack.resource["kubernetes_network_policy_v1"]?.["app_workload_network_proxy"] as
      | { spec: { policy_types: string[]; ingress: { from: Peer[] }[] } }
      | undefined;
    const given = row.given as Readonly<Record<string, string[] | undefined>>;
    const namespaces = given["trusted_proxy_namespaces"];
    const door = internal
      ? ["130.211.0.0/22", "35.191.0.0/16"]
      : (given["load_balancer_source_ranges"] ??
        (namespaces && [...(given["trusted_proxy_ranges"] ?? []), ...namespaces]));
    // What goes out is not this policy's.
    expect(policy?.spec.policy_types).toEqual(door && ["Ingress"]);
    const outside = policy?.spec.ingress.flatMap(({ from }) => from).filter((peer) => !peer.pod_selector);
    expect(
      outside?.map((peer) => peer.ip_block?.cidr ?? Object.values(peer.namespace_selector?.match_labels ?? {})[0]),
    ).toEqual(door);
  });

  test("believes the load balancer's headers behind one of Google's, the own proxy's, and nobody's otherwise", () => {
    const proxy = JSON.stringify(
      stack.resource["kubernetes_config_map_v1"]?.["app_workload_configuration_proxy_files"],
    );
    expect(proxy.includes("set_real_ip_from 130.211.0.0/22;")).toBe(internal);
    expect(proxy.includes("set_real_ip_from 35.191.0.0/16;")).toBe(internal);
    expect(/set_real_ip_from \$\{[^}]*address\}\/32;/.test(proxy)).toBe(internal);
    expect(proxy.includes("set_real_ip_from 10.20.0.0/24;")).toBe("trusted_proxy_ranges" in row.given);
    expect(proxy.includes("default https://ai.example.com;")).toBe("public_urls" in row.given);
    // Connections are kept for who needs it, and counted by client where nginx knows who that is.
    expect(proxy.includes("keepalive_timeout 620s;")).toBe(internal || "public_urls" in row.given);
    expect(proxy.includes("limit_conn clients")).toBe(
      !/^Service \((NodePort|ClusterIP)/.test(row.door) || "trusted_proxy_ranges" in row.given,
    );
  });

  test("has custom resources that their schemas allow", () => {
    expect(manifests(stack).flatMap(violations)).toEqual([]);
  });
});

describe("what a gateway is made of", () => {
  const stack = stackOf(rows.find(({ creates }) => creates.includes("Service without sign-in")) as Row);
  const policies = manifests(stack).filter(({ kind }) => kind === "GCPBackendPolicy");

  test("long answers survive, sessions stay with a pod, and the firewall's decisions are logged", () => {
    expect(policies).toHaveLength(2);
    for (const { spec } of policies)
      expect(spec["default"]).toMatchObject({
        timeoutSec: 3600,
        connectionDraining: { drainingTimeoutSec: 3600 },
        sessionAffinity: { type: "GENERATED_COOKIE" },
        securityPolicy: "default-waf-policy",
        logging: { enabled: true, sampleRate: 1_000_000 },
      });
  });

  test("requests are stored where the firewall refuses them, and nobody else's are touched", () => {
    const [exclusion, ...others] = Object.values(stack.resource["google_logging_project_exclusion"] ?? {});
    expect(others).toEqual([]);
    const filter = String(exclusion?.["filter"]).replace(
      /\$\{replace\("([^"]*)", "\.", "\[\.\]"\)\}/g,
      (_, host: string) => host.replaceAll(".", "[.]"),
    );
    const [type, url = "", ...outcomes] = filter.split(" AND ");
    expect([type, ...outcomes]).toEqual([
      'resource.type="http_load_balancer"',
      'NOT jsonPayload.enforcedSecurityPolicy.outcome="DENY"',
      'NOT jsonPayload.previewSecurityPolicy.outcome="DENY"',
    ]);
    const pattern = new RegExp(/=~"(.*)"$/.exec(url)?.[1] ?? "-");
    for (const own of ["https://dify.example.com/v1?x", "http://dify.example.org:80/"]) expect(own).toMatch(pattern);
    for (const other of [
      "https://other.example.com/",
      "https://other.example.com/https://dify.example.com/",
      "https://difyxexample.com/",
      "https://dify.example.com.evil.example/",
    ])
      expect(other).not.toMatch(pattern);
  });

  test.each([
    ["none", 1, { enabled: false }],
    ["all", 0.25, { enabled: true, sampleRate: 250_000 }],
  ] as const)("%s of the requests: %s", (gateway_log, gateway_log_sample_rate, logging) => {
    const given = { enable_cloud_armor: true, gateway_log, gateway_log_sample_rate };
    const { application } = synth(given);
    expect(one(application, "GCPBackendPolicy").spec["default"]).toMatchObject({ logging });
    expect(named(application, "google_logging_project_exclusion")).toEqual([]);
    const { application: own } = synth({ ...given, enable_cdn: true });
    for (const service of Object.values(own.resource["google_compute_backend_service"] ?? {}))
      expect(service["log_config"]).toMatchObject({ enable: logging.enabled });
  });

  test("without a firewall the load balancer logs nothing", () => {
    const open = stackOf(rows.find(({ switches }) => switches === "domain") as Row);
    expect(one(open, "GCPBackendPolicy").spec["default"]).toMatchObject({ logging: { enabled: false } });
    expect(named(open, "google_logging_project_exclusion")).toEqual([]);
  });

  test("sign-in is asked for everywhere but on the exempt paths", () => {
    const [main, open] = policies;
    expect(main?.spec["default"]).toMatchObject({
      iap: { enabled: true, clientID: "known-at-apply", oauth2ClientSecret: { name: "known-at-apply" } },
    });
    expect(open?.spec["default"]).not.toHaveProperty("iap");
    const route = manifests(stack).find(
      ({ kind, metadata }) => kind === "HTTPRoute" && !metadata.name.endsWith("-redirect"),
    );
    const rules = route?.spec["rules"] as { matches: { path: { value: string } }[]; backendRefs: { name: string }[] }[];
    expect(rules.map(({ matches }) => matches.map(({ path }) => path.value))).toEqual([["/v1", "/triggers"], ["/"]]);
    expect(new Set(rules.map(({ backendRefs }) => backendRefs[0]?.name)).size).toBe(2);
  });

  test("who gets in is bound to the hosts, and listed", () => {
    const bindings = Object.values(stack.resource["google_iap_web_type_compute_iam_member"] ?? {});
    expect(bindings.map(({ member }) => member).sort()).toEqual(["group:team@example.com", "user:ann@example.com"]);
    for (const binding of bindings)
      expect(binding["condition"]).toMatchObject({
        expression: 'request.host == "dify.example.com" || request.host == "dify.example.org"',
      });
    expect(stack.output?.["iap_authorized"]?.["value"]).toEqual(["group:team@example.com", "user:ann@example.com"]);
  });

  test("the client's secret is ephemeral and write-only; its ID is neither", () => {
    expect(stack.variable?.["iap_oauth_client_secret"]).toMatchObject({ ephemeral: true, sensitive: true });
    expect(stack.variable?.["iap_oauth_client_id"]).not.toHaveProperty("ephemeral");
    const secret = stack.resource["kubernetes_secret_v1"]?.["app_gateway_client_secret"];
    expect(Object.keys(secret ?? {})).toContain("data_wo");
    expect(Object.keys(secret ?? {})).not.toContain("data");
  });

  test("HTTP leads to HTTPS, with TLS 1.2 at least", () => {
    expect(one(stack, "HTTPRoute", /-redirect$/).spec).toMatchObject({
      parentRefs: [{ sectionName: "http" }],
      rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }] }],
    });
    expect(Object.values(stack.resource["google_compute_ssl_policy"] ?? {})).toEqual([
      expect.objectContaining({ min_tls_version: "TLS_1_2", profile: "MODERN" }),
    ]);
  });

  test("health is nginx's own", () => {
    expect(one(stack, "HealthCheckPolicy").spec["default"]).toMatchObject({
      config: { type: "HTTP", httpHealthCheck: { requestPath: "/nginx-health" } },
    });
  });

  test("a Service gets requests once it has its firewall and its sign-in", () => {
    const routes = stack.resource["kubernetes_manifest"]?.["app_gateway_routes_https_manifest"];
    const backends = named(stack, "kubernetes_manifest").filter((name) => /app_gateway_(main|open)_/.test(name));
    expect(backends).toHaveLength(4);
    expect(routes?.["depends_on"]).toEqual(expect.arrayContaining(backends));
  });

  test("the Gateway comes last: never a moment without its firewall and its sign-in", () => {
    const gateway = stack.resource["kubernetes_manifest"]?.["app_gateway_manifest"];
    expect(gateway?.["depends_on"]).toEqual(
      expect.arrayContaining([
        ...named(stack, "kubernetes_manifest").filter((name) => name !== "kubernetes_manifest.app_gateway_manifest"),
        ...named(stack, "google_certificate_manager_certificate_map_entry"),
        ...named(stack, "google_iap_web_type_compute_iam_member"),
        ...named(stack, "google_compute_global_address"),
      ]),
    );
  });
});

test("without the application Google's side of a gateway stays, and nothing is left in the cluster", () => {
  const { application } = synth({ enable_custom_domain: true, deploy_application: false });
  expect(named(application, "google_compute_global_address")).toHaveLength(1);
  expect(manifests(application)).toEqual([]);
  expect(application.output?.["service_url"]?.["value"]).toBe("${null}");
});

describe("the firewall", () => {
  const policy = (given: object) =>
    Object.values(
      synth({ enable_cloud_armor: true, ...given }).application.resource["google_compute_security_policy"] ?? {},
    )[0] as { rule: { priority: number; action: string; preview?: boolean; match: object }[] };

  test("lets administrators through first, ten ranges to a rule, and counts requests last", () => {
    const ranges = Array.from({ length: 21 }, (_, index) => `198.51.${index}.0/24`);
    const { rule } = policy({ admin_ip_ranges: ranges });
    const order = [...rule].sort((a, b) => a.priority - b.priority);
    expect(order.map(({ action }) => action)).toEqual([
      ...["allow", "allow", "allow"],
      ...["deny(403)", "deny(403)", "deny(403)", "deny(403)"],
      ...["throttle", "allow"],
    ]);
    expect(new Set(rule.map(({ priority }) => priority)).size).toBe(rule.length);
    expect(order[7]).toMatchObject({
      rate_limit_options: { enforce_on_key: "IP", rate_limit_threshold: { count: 500, interval_sec: 60 } },
    });
  });

  test("searches everything but what people write", () => {
    const text = JSON.stringify(policy({}));
    for (const set of ["sqli", "xss", "lfi", "rce"])
      expect(text).toContain(`evaluatePreconfiguredWaf('${set}-v33-stable', {'sensitivity': 1})`);
    const [, pattern = ""] = /request\.path\.matches\('([^']+)'\)/.exec(text) ?? [];
    const free = new RegExp(pattern);
    for (const path of [
      "/console/api/apps/1/workflows/draft",
      "/v1/chat-messages",
      "/api/files/upload",
      "/e/hook",
      "/mcp",
    ])
      expect(free.test(path)).toBe(true);
    for (const path of ["/", "/apps", "/_next/static/a.js", "/explore"]) expect(free.test(path)).toBe(false);
  });

  test("only logs in preview", () => {
    const enforced = policy({ cloud_armor_preview: true }).rule.filter(
      ({ action, preview }) => action !== "allow" && preview !== true,
    );
    expect(enforced).toEqual([]);
  });
});

describe("every combination", () => {
  test("of the switches is in the table, or refused", () => {
    const on = ["enable_custom_domain", "enable_cloud_armor", "enable_iap", "enable_cdn"] as const;
    const key = (given: object) => on.map((name) => (name in given ? 1 : 0)).join("");
    const documented = new Set(rows.map(({ given }) => key(given)));
    for (let bits = 0; bits < 16; bits += 1) {
      const given = Object.fromEntries(
        on.filter((_, index) => (bits & (1 << index)) !== 0).map((name) => [name, true]),
      );
      let valid = true;
      try {
        variablesOf(given);
      } catch {
        valid = false;
      }
      expect([key(given), documented.has(key(given))]).toEqual([key(given), valid]);
    }
  });

  test.each(refused.map(([given, rule]) => [rule, given] as const))("%s refuses", (rule, given) => {
    expect(() => variablesOf(given)).toThrow(rule);
  });

  test("is documented", () => {
    const text = readFileSync(join(__dirname, "../../docs/front-door.md"), "utf8");
    const cells = (markdown: string) => markdown.replace(/ *\| */g, "|").replace(/-{3,}/g, "---");
    expect(cells(text)).toContain(cells(table()));
    expect(cells(text)).toContain(cells(refusedTable()));
  });

  test("has a schema for every kind", () => {
    const used = new Set(rows.flatMap((row) => manifests(stackOf(row)).map(({ kind }) => kind)));
    expect([...used].filter((kind) => !kinds.includes(kind))).toEqual([]);
    expect(used.size).toBe(5);
  });
});
