import { get, type Stack, synthesize } from "./synthesize";

interface Rule {
  readonly ports?: readonly { readonly port: string; readonly protocol: string }[];
  readonly to?: readonly Peer[];
  readonly from?: readonly Peer[];
}

interface Peer {
  readonly pod_selector?: { readonly match_labels: Readonly<Record<string, string>> };
  readonly ip_block?: { readonly cidr: string; readonly except?: readonly string[] };
}

const COMPONENT = "app.kubernetes.io/component";

function policies({ resource }: Stack): Readonly<Record<string, { ingress: Rule[]; egress: Rule[]; selects: string }>> {
  return Object.fromEntries(
    Object.entries(resource.kubernetes_network_policy_v1 ?? {}).map(([name, policy]) => [
      name.replace("app_workload_network_", ""),
      {
        ingress: get<{ ingress?: Rule[] }>(policy, "spec").ingress ?? [],
        egress: get<{ egress?: Rule[] }>(policy, "spec").egress ?? [],
        selects:
          get<{ match_labels?: Record<string, string> }>(policy, "spec.pod_selector").match_labels?.[COMPONENT] ?? "*",
      },
    ]),
  );
}

const peers = (rules: readonly Rule[], side: "to" | "from"): string[] =>
  rules.flatMap((rule) =>
    (rule[side] ?? []).map((peer) => peer.pod_selector?.match_labels[COMPONENT] ?? peer.ip_block?.cidr ?? "?"),
  );

describe("without segmentation", () => {
  const { application } = synthesize();
  const all = policies(application);

  test("only who comes from outside stays with a pod: what nginx asks for everybody goes to all pods of a component", () => {
    const services = Object.values(application.resource.kubernetes_service_v1 ?? {});
    const sticky = services.filter((service) => get<string>(service, "spec.session_affinity") !== "None");
    expect(services.length).toBeGreaterThan(5);
    expect(sticky.map((service) => get<string>(service, "metadata.name"))).toEqual(["dify-proxy"]);
  });

  test("the sandboxes are kept in all the same, and only they have policies", () => {
    expect(Object.keys(all).sort()).toEqual(["local_sandbox", "sandbox"]);
  });

  test("the code sandbox reaches the SSRF proxy and nothing else: no name service, no metadata server", () => {
    expect(all.sandbox?.egress).toEqual([
      { to: [expect.objectContaining({})], ports: [{ port: "3128", protocol: "TCP" }] },
    ]);
    expect(peers(all.sandbox?.egress ?? [], "to")).toEqual(["ssrf-proxy"]);
  });

  test("the agents' shell reaches the SSRF proxy, its own port of it included, and nothing else", () => {
    expect(all.local_sandbox?.egress).toEqual([
      { to: [expect.objectContaining({})], ports: ["3128", "3129"].map((port) => ({ port, protocol: "TCP" })) },
    ]);
    expect(peers(all.local_sandbox?.egress ?? [], "to")).toEqual(["ssrf-proxy"]);
  });

  test("only api and worker, beat and the agent backend may call them", () => {
    expect(peers(all.sandbox?.ingress ?? [], "from").sort()).toEqual(["api", "api-websocket", "beat"]);
    expect(peers(all.local_sandbox?.ingress ?? [], "from")).toEqual(["agent-backend"]);
    expect(all.sandbox?.ingress[0]?.ports).toEqual([{ port: "8194", protocol: "TCP" }]);
  });
});

describe("with segmentation", () => {
  const { application } = synthesize({ enable_network_segmentation: true });
  const all = policies(application);

  test("everything is closed in both directions before anything is opened", () => {
    expect(all.default_deny).toEqual({ ingress: [], egress: [], selects: "*" });
    const policy = application.resource.kubernetes_network_policy_v1?.app_workload_network_default_deny;
    expect(get(policy, "spec.policy_types")).toEqual(["Ingress", "Egress"]);
  });

  test("only the entry point is open to everybody", () => {
    const open = Object.values(all).filter(({ ingress }) => ingress.some(({ from }) => from === undefined));
    expect(open.map(({ selects }) => selects)).toEqual(["proxy"]);
  });

  test("with a gateway the entry point is open to Google's load balancers, and to nobody else", () => {
    const { application: gateway } = synthesize({
      enable_network_segmentation: true,
      enable_custom_domain: true,
      application_domains: ["dify.example.com"],
    });
    const of = policies(gateway);
    const open = Object.values(of).filter(({ selects }) => selects === "proxy");
    expect(open.flatMap((policy) => peers(policy.ingress, "from"))).toEqual(["130.211.0.0/22", "35.191.0.0/16"]);
    expect(Object.values(of).every(({ ingress }) => ingress.every(({ from = [] }) => from.length > 0))).toBe(true);
  });

  test("no private or link-local range counts as the internet", () => {
    for (const { egress } of Object.values(all)) {
      for (const peer of egress.flatMap((rule) => rule.to ?? [])) {
        if (peer.ip_block?.cidr !== "0.0.0.0/0") continue;
        expect(peer.ip_block.except).toEqual(
          expect.arrayContaining(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"]),
        );
      }
    }
  });

  test("the metadata server is open only to who has an identity", () => {
    const reaching = Object.values(all).filter(({ egress }) =>
      egress.some(
        (rule) =>
          (rule.to ?? []).some((peer) => peer.ip_block?.cidr === "169.254.169.254/32") &&
          rule.ports?.some(({ port }) => port === "80"),
      ),
    );
    expect(reaching.map(({ selects }) => selects).sort()).toEqual([
      "api",
      "api-websocket",
      "beat",
      "migration",
      "plugin-daemon",
    ]);
  });

  test("one API pod reaches another: it fetches files by its own Service", () => {
    expect(peers(all.api?.ingress ?? [], "from")).toContain("api");
    expect(peers(all.api?.egress ?? [], "to")).toContain("api");
  });

  test("the SSRF proxy's second port is open to the agents' shells alone", () => {
    const callers = (port: string): string[] =>
      peers(all.ssrf_proxy?.ingress.filter(({ ports }) => ports?.some((open) => open.port === port)) ?? [], "from");
    expect(callers("3128").sort()).toEqual(["api", "api-websocket", "beat", "local-sandbox", "sandbox"]);
    expect(callers("3129")).toEqual(["local-sandbox"]);
  });

  test("the SSRF proxy reaches what the agents' shells may have inside, where there are agents", () => {
    expect(peers(all.ssrf_proxy?.egress ?? [], "to")).toEqual(expect.arrayContaining(["api", "agent-backend"]));
    const old = policies(synthesize({ enable_network_segmentation: true, application_version: "1.15.0" }).application);
    expect(peers(old.ssrf_proxy?.egress ?? [], "to")).not.toContain("api");
    expect(JSON.stringify(old)).not.toContain('"3129"');
  });

  test("no rule leaves its ports open", () => {
    for (const { selects, ingress, egress } of Object.values(all)) {
      for (const rule of [...ingress, ...egress]) {
        const toPods = [...(rule.to ?? []), ...(rule.from ?? [])].some((peer) => peer.pod_selector !== undefined);
        expect({ selects, ports: !toPods || (rule.ports ?? []).length > 0 }).toEqual({ selects, ports: true });
      }
    }
  });

  test("the port for debugging plugins is open to nobody", () => {
    expect(JSON.stringify(Object.values(all))).not.toContain('"5003"');
  });

  test("the web front end cannot reach database, Redis or sandboxes", () => {
    expect(peers(all.web?.egress ?? [], "to")).toContain("api");
    expect(JSON.stringify(all.web)).not.toMatch(/3307|6379|8194/);
  });

  test("the database is reached through the Auth Proxy's port, by jobs on its own", () => {
    expect(JSON.stringify(all.api?.egress)).toContain("3307");
    expect(JSON.stringify(all.api?.egress)).not.toContain('"5432"');
    expect(JSON.stringify(all.db_init?.egress)).toContain('"5432"');
  });

  test("a Redis given by host name, which a policy cannot hold, is open by its port", () => {
    const named = policies(
      synthesize({
        enable_network_segmentation: true,
        enable_nfs: false,
        redis_host: "redis.internal",
        redis_port: "6380",
      }).application,
    );
    expect(named.api?.egress).toContainEqual({
      to: [{ ip_block: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }],
      ports: [{ port: "6380", protocol: "TCP" }],
    });
  });
});

describe("public addresses that cluster and network use privately", () => {
  const squidOf = ({ resource }: Stack): string =>
    Object.values(
      get<Record<string, string>>(
        resource.kubernetes_config_map_v1?.app_workload_configuration_ssrf_proxy_files,
        "data",
      ),
    ).join("\n");
  const excepted = (stack: Stack): unknown[] =>
    Object.values(policies(stack)).flatMap(({ egress }) =>
      egress.flatMap(({ to = [] }) => to.flatMap(({ ip_block }) => ip_block?.except ?? [])),
    );

  test("of a cluster that is created they are known: squid takes its pods' requests and refuses them, policies leave them out", () => {
    const { application } = synthesize({
      enable_network_segmentation: true,
      prereq_gke_subnet_cidr: "26.1.0.0/24",
      prereq_gke_pod_cidr_override: "25.0.0.0/16",
    });
    const text = squidOf(application);
    expect(text).toMatch(/^acl clients src .*26\.1\.0\.0\/24 25\.0\.0\.0\/16$/m);
    expect(text).toMatch(/^acl refused_addresses dst 25\.0\.0\.0\/16$/m);
    expect(text).toMatch(/^acl refused_addresses dst 26\.1\.0\.0\/24$/m);
    expect(excepted(application)).toEqual(expect.arrayContaining(["25.0.0.0/16", "26.1.0.0/24"]));
    // Private ones need no word.
    expect(text).not.toContain("10.203.0.0");
  });

  test("of a named one they are read while Terraform plans, those of its subnetwork included", () => {
    const { application } = synthesize({
      enable_network_segmentation: true,
      gke_cluster_name: "theirs",
      network_name: "theirs",
    });
    const text = squidOf(application);
    for (const line of ["clients src", "refused_addresses dst"]) {
      expect(text).toContain(`: "acl ${line} \${r}\\n"])}`);
    }
    expect(text).toContain("data.google_container_cluster.app_lookup_cluster.services_ipv4_cidr");
    expect(text).toContain(
      "data.google_compute_subnetwork.app_lookup_cluster_subnetwork.secondary_ip_range[*].ip_cidr_range",
    );
    expect(JSON.stringify(policies(application).api)).toContain("concat([");
  });
});
