import { allStrings, type Given, type StackJson, synth } from "../terraform/synth";

type Block = Record<string, unknown>;

const DOMAINS = ["dify.example.com", "dify.example.org"];
const CDN: Given = {
  enable_cdn: true,
  enable_cloud_armor: true,
  enable_custom_domain: true,
  application_domains: DOMAINS,
};
const stack = synth(CDN).application;

function resource(type: string, name: string, from: StackJson = stack): Block {
  const found = from.resource[type]?.[name];
  if (!found) throw new Error(`There is no ${type}.${name}`);
  return found;
}

function dependencies(type: string, name: string, from?: StackJson): unknown[] {
  return (resource(type, name, from)["depends_on"] ?? []) as unknown[];
}

/** @returns the resources that a resource names, in whatever way. */
function referredTo(address: string): string[] {
  const [type = "", name = ""] = address.split(".");
  const text = allStrings(resource(type, name)).join("\n");
  return [...text.matchAll(/(?<!data\.)\b([a-z]\w*\.app_\w+)/g)]
    .map(([, found]) => found ?? "")
    .filter((found) => found !== address && stack.resource[found.split(".")[0] ?? ""] !== undefined);
}

const FRONT = "terraform_data.app_front";
const GROUPS = "google_compute_network_endpoint_group.app_front_groups";
const SERVICE = ["kubernetes_service_v1", "app_workload_proxy_service_service"] as const;
const backend = (name: string, from?: StackJson) =>
  resource("google_compute_backend_service", `app_load_balancer_backends_${name}`, from);

describe("what is kept", () => {
  const routes = resource("google_compute_url_map", "app_load_balancer_routes");

  test("is the fingerprinted files, of these hosts", () => {
    expect(routes["host_rule"]).toEqual([{ hosts: DOMAINS, path_matcher: "application" }]);
    expect(routes["path_matcher"]).toEqual([
      {
        name: "application",
        default_service: "${google_compute_backend_service.app_load_balancer_backends_main.id}",
        path_rule: [
          {
            paths: ["/_next/static", "/_next/static/*"],
            service: "${google_compute_backend_service.app_load_balancer_backends_cached.id}",
          },
        ],
      },
    ]);
  });

  test("is what the origin allows, errors left out, apart by host, protocol and query", () => {
    expect(backend("cached")).toMatchObject({
      enable_cdn: true,
      cdn_policy: {
        cache_mode: "USE_ORIGIN_HEADERS",
        negative_caching: false,
        request_coalescing: true,
        cache_key_policy: { include_host: true, include_protocol: true, include_query_string: true },
      },
    });
  });

  test("carries no cookie of the load balancer, and nothing else is kept", () => {
    expect(backend("cached")["session_affinity"]).toBe("NONE");
    expect(backend("main")).not.toHaveProperty("enable_cdn");
    expect(backend("main")).not.toHaveProperty("cdn_policy");
  });
});

describe("what is not kept", () => {
  test("may take an hour, and sessions stay with a pod", () => {
    expect(backend("main")).toMatchObject({
      timeout_sec: 3600,
      connection_draining_timeout_sec: 3600,
      session_affinity: "GENERATED_COOKIE",
      affinity_cookie_ttl_sec: 0,
    });
  });

  test("of another host is answered with 404, without the application", () => {
    expect(resource("google_compute_url_map", "app_load_balancer_routes")["default_route_action"]).toEqual({
      fault_injection_policy: { abort: { http_status: 404, percentage: 100 } },
    });
  });

  test("comes in over HTTPS: HTTP leads there, with the query", () => {
    expect(resource("google_compute_url_map", "app_load_balancer_redirect")["default_url_redirect"]).toEqual({
      https_redirect: true,
      redirect_response_code: "MOVED_PERMANENTLY_DEFAULT",
      strip_query: false,
    });
    expect(resource("google_compute_target_http_proxy", "app_load_balancer_http_proxy")["url_map"]).toBe(
      "${google_compute_url_map.app_load_balancer_redirect.id}",
    );
  });
});

describe.each(["main", "cached"])("the backend service %s", (name) => {
  test("has the firewall, the log, and the pods of every zone", () => {
    expect(backend(name)).toMatchObject({
      load_balancing_scheme: "EXTERNAL_MANAGED",
      security_policy: "projects/demo-project/global/securityPolicies/default-waf-policy",
      log_config: { enable: true, sample_rate: 1 },
      health_checks: ["${google_compute_health_check.app_load_balancer_backends_health.id}"],
      dynamic: { backend: { for_each: `\${${GROUPS}}`, content: { balancing_mode: "RATE" } } },
    });
  });

  test("lets go of the firewall before that is deleted", () => {
    expect(dependencies("google_compute_backend_service", `app_load_balancer_backends_${name}`)).toContain(
      "terraform_data.app_edge_firewall_detached_pause",
    );
  });

  test("has no firewall where there is none", () => {
    expect(backend(name, synth({ enable_cdn: true }).application)).not.toHaveProperty("security_policy");
  });
});

test("the pods are asked for nginx's own health, by Google's ranges, which the network lets in to that port only", () => {
  expect(resource("google_compute_health_check", "app_load_balancer_backends_health")["http_health_check"]).toEqual({
    port_specification: "USE_SERVING_PORT",
    request_path: "/nginx-health",
  });
  expect(resource("google_compute_firewall", "app_load_balancer_backends_firewall_rule")).toMatchObject({
    direction: "INGRESS",
    source_ranges: ["130.211.0.0/22", "35.191.0.0/16"],
    destination_ranges: ["${data.google_container_cluster.app_lookup_cluster.cluster_ipv4_cidr}"],
    allow: [{ protocol: "tcp", ports: ["8080"] }],
  });
});

test("address, certificates and TLS policy are those that a Gateway has", () => {
  expect(resource("google_compute_target_https_proxy", "app_load_balancer_https_proxy")).toMatchObject({
    certificate_map: expect.stringMatching(
      /^\/\/certificatemanager\.googleapis\.com\/projects\/demo-project\/locations\/global\/certificateMaps\/dify-demo-/,
    ) as string,
    ssl_policy: "${google_compute_ssl_policy.app_edge_ssl_policy.id}",
  });
  for (const [name, port] of [
    ["http", "80"],
    ["https", "443"],
  ] as const)
    expect(resource("google_compute_global_forwarding_rule", `app_load_balancer_${name}`)).toMatchObject({
      ip_address: "${google_compute_global_address.app_edge_address_reserved.address}",
      port_range: port,
    });
  const gateway = synth({ ...CDN, enable_cdn: false }).application;
  for (const type of [
    "google_compute_global_address",
    "google_certificate_manager_certificate",
    "google_compute_ssl_policy",
  ])
    expect(stack.resource[type]).toEqual(gateway.resource[type]);
});

describe("the endpoint groups", () => {
  const groups = resource("google_compute_network_endpoint_group", "app_front_groups");
  const [type, name] = SERVICE;
  const service = (from: StackJson) =>
    resource(type, name, from)["metadata"] as { annotations?: Record<string, string> };
  const annotation = (from: StackJson) => service(from).annotations?.["cloud.google.com/neg"];

  test("carry the note by which GKE takes them for its own", () => {
    expect(groups["description"]).toMatch(
      /^\$\{jsonencode\(\{"cluster-uid" = data\.kubernetes_namespace_v1\.app_front_groups_kube_system\.metadata\[0\]\.uid, "namespace" = "dify-demo-[0-9a-f]{8}", "service-name" = "dify-proxy", "port" = "80"\}\)\}$/,
    );
    expect(stack.data?.["kubernetes_namespace_v1"]?.["app_front_groups_kube_system"]).toMatchObject({
      metadata: { name: "kube-system" },
    });
    expect(groups).toMatchObject({
      network: "${data.google_container_cluster.app_lookup_cluster.network}",
      subnetwork: "${data.google_container_cluster.app_lookup_cluster.subnetwork}",
      network_endpoint_type: "GCE_VM_IP_PORT",
    });
  });

  test("are where the cluster's zones are", () => {
    expect(groups["for_each"]).toContain("data.google_container_cluster.app_lookup_cluster.node_locations");
    expect(groups["zone"]).toBe("${each.value}");
  });

  test("are named by the Service, at its own port", () => {
    const own = String(groups["name"]).replace(/^.*?(-entry-)/, "$1");
    expect(annotation(stack)).toContain('"exposed_ports" = {"80" = {"name" = ');
    expect(annotation(stack)).toContain(own);
    const other = synth({ ...CDN, service_port: 8000 }).application;
    expect(annotation(other)).toContain('"exposed_ports" = {"8000" = {"name" = ');
    expect(resource("google_compute_network_endpoint_group", "app_front_groups", other)["description"]).toContain(
      '"port" = "8000"',
    );
  });

  test("leave annotations of one's own beside theirs", () => {
    const own = synth({ ...CDN, service_annotations: { "example.com/team": "ai" } }).application;
    expect(Object.keys(service(own).annotations ?? {}).sort()).toEqual(["cloud.google.com/neg", "example.com/team"]);
  });

  test("are there before the Service and after it: GKE would make them itself", () => {
    expect(dependencies(...SERVICE)).toContain(GROUPS);
    expect(groups["lifecycle"]).toMatchObject({ create_before_destroy: true });
  });
});

describe("the address", () => {
  const gateway = synth({ ...CDN, enable_cdn: false }).application;

  test("is handed over by what both front doors depend on", () => {
    expect(dependencies("google_compute_global_forwarding_rule", "app_load_balancer_https")).toContain(FRONT);
    expect(dependencies("google_compute_global_forwarding_rule", "app_load_balancer_http")).toContain(FRONT);
    expect(dependencies("kubernetes_manifest", "app_gateway_manifest", gateway)).toContain(FRONT);
  });

  test("changes hands with the kind of front door and with nothing else", () => {
    const front = (given: Given) =>
      resource("terraform_data", "app_front", synth(given).application)["triggers_replace"];
    const doors = [CDN, { ...CDN, enable_cdn: false }].map(front);
    expect(doors[0]).not.toEqual(doors[1]);
    expect(front({ enable_cdn: true })).toEqual(doors[0]);
    expect(front({ enable_cloud_armor: true })).toEqual(doors[1]);
  });

  test("is given back before it is taken: nothing that is created before it is destroyed depends on that", () => {
    // Terraform hands `create_before_destroy` on to everything that such a resource depends on.
    const first = Object.entries(stack.resource).flatMap(([type, blocks]) =>
      Object.entries(blocks)
        .filter(([, block]) => (block["lifecycle"] as Block | undefined)?.["create_before_destroy"] === true)
        .map(([name]) => `${type}.${name}`),
    );
    expect(first).toEqual(expect.arrayContaining([GROUPS, "google_compute_security_policy.app_edge_firewall_policy"]));
    const behind = new Set(first);
    for (const address of behind) for (const other of referredTo(address)) behind.add(other);
    // So that the check can fail: it does find what is behind them.
    expect(behind).toContain("google_project_service.app_services_compute");
    for (const name of [FRONT, SERVICE.join("."), "kubernetes_namespace_v1.app_workload_namespace"])
      expect(behind).not.toContain(name);
    expect(referredTo("google_compute_global_forwarding_rule.app_load_balancer_https")).toContain(FRONT);
  });

  test("has the Service's groups written once the other front door is gone, and stops before the Service does", () => {
    expect(dependencies(...SERVICE)).toContain(FRONT);
    expect(dependencies("google_compute_global_forwarding_rule", "app_load_balancer_https")).toContain(
      SERVICE.join("."),
    );
  });

  test("stays without the application, and nothing listens there", () => {
    const { application } = synth({ ...CDN, deploy_application: false });
    expect(Object.keys(application.resource["google_compute_global_address"] ?? {})).toHaveLength(1);
    for (const type of ["global_forwarding_rule", "backend_service", "network_endpoint_group", "url_map", "firewall"])
      expect(application.resource[`google_compute_${type}`]).toBeUndefined();
    expect(application.resource["terraform_data"]).not.toHaveProperty("app_front");
  });
});
