import { AUTH_PROXY_SERVER_PORT } from "../../modules/app-gke/workload/auth-proxy";
import { neededCapacity } from "../../modules/dify-gke/quota-needs";
import { checkRules } from "../../modules/dify-gke/rules";
import { podUsage } from "../../scripts/cost/pods";
import { runGoogleScript } from "../google-script";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";
import { type Blocks, type Given, synth, variablesOf } from "../terraform/synth";
import { environmentWith } from "../variables/cases/given";
import { FleetApi, MEMBERSHIP } from "./fleet-api";

const GIVEN = {
  configure_service_mesh: true,
  enable_network_segmentation: true,
  vector_store: "qdrant",
  vector_store_replicas: 3,
  redis_host: "10.1.2.3",
  redis_port: "6400",
  initialization_jobs: [{ name: "seed", command: ["flask"] }],
  cron_jobs: [{ name: "tidy", schedule: "0 3 * * *", command: ["flask"] }],
};

interface Template {
  readonly metadata: { readonly labels: Blocks[string]; readonly annotations?: Readonly<Record<string, string>> };
}

interface Rule {
  readonly to: readonly { readonly ip_block?: { readonly cidr: string } }[];
  readonly ports: readonly { readonly port: string }[];
}

interface ServiceSpec {
  readonly port: readonly { readonly name: string; readonly app_protocol?: string }[];
}

describe("an application in a mesh", () => {
  const { application } = synth(GIVEN);
  const blocks = (type: string): Blocks[string] => application.resource[type] ?? {};
  const templates = (...types: string[]): [string, Template][] =>
    types.flatMap((type) =>
      Object.entries(blocks(type)).map(([id, { spec }]): [string, Template] => {
        const { template, job_template: job } = spec as {
          template: Template;
          job_template?: { spec: { template: Template } };
        };
        return [id.replace("app_workload_", ""), job?.spec.template ?? template];
      }),
    );
  const pods = templates("kubernetes_deployment_v1", "kubernetes_stateful_set_v1");
  const meshed = pods.filter(([, { metadata }]) => "proxy.istio.io/config" in (metadata.annotations ?? {}));
  const annotation = (id: string, name: string): string | undefined =>
    new Map(pods).get(id)?.metadata.annotations?.[`traffic.sidecar.istio.io/${name}`];
  const kept = ({ metadata }: Template): boolean => (metadata.labels["sidecar.istio.io/inject"] as unknown) === "false";

  test("labels its namespace once the cluster can give pods the proxy", () => {
    const namespace = blocks("kubernetes_namespace_v1")["app_workload_namespace"];
    expect(namespace).toMatchObject({ metadata: { labels: { "istio-injection": "enabled" } } });
    expect(namespace?.["depends_on"]).toContain("terraform_data.app_service_mesh_joined");
    const claim = blocks("terraform_data")["app_service_mesh_claim"];
    expect(claim).toMatchObject({ lifecycle: { create_before_destroy: true } });
    expect(claim?.["depends_on"]).toEqual(
      expect.arrayContaining([
        "google_project_service.app_services_mesh",
        "google_gke_hub_membership.app_fleet_membership",
      ]),
    );
  });

  test("keeps the proxy out of every job, of sandboxes and of the SSRF proxy, and out of no other pod", () => {
    const jobs = templates("kubernetes_job_v1", "kubernetes_cron_job_v1");
    expect(jobs.map(([id]) => id)).toEqual(expect.arrayContaining(["seed_job", "tidy_cron_job", "migration_job"]));
    expect(jobs.filter(([, template]) => !kept(template))).toEqual([]);
    const outside = pods.filter(([, template]) => kept(template)).map(([id]) => id);
    expect(outside.sort()).toEqual(["local_sandbox", "sandbox", "ssrf_proxy"].map((name) => `${name}_deployment`));
    expect(meshed.map(([id]) => id).sort()).toEqual(
      pods
        .map(([id]) => id)
        .filter((id) => !outside.includes(id))
        .sort(),
    );
  });

  test("has connections that are none of the mesh's go past the proxy", () => {
    for (const [id] of meshed) {
      const ports = annotation(id, "excludeOutboundPorts")?.split(",");
      expect(ports).toEqual(expect.arrayContaining(["443", String(AUTH_PROXY_SERVER_PORT), "5432", "6379", "6400"]));
      expect(annotation(id, "excludeOutboundIPRanges")).toBe("169.254.0.0/16");
    }
    // The entry point sees who connects, and pods of a store find each other before they are ready.
    expect(annotation("proxy_deployment", "excludeInboundPorts")).toBe("8080");
    expect(annotation("api_deployment", "excludeInboundPorts")).toBe("9801");
    expect(annotation("web_deployment", "excludeInboundPorts")).toBeUndefined();
    expect(annotation("qdrant_stateful_set", "excludeInboundPorts")).toBe("6335");
    expect(annotation("qdrant_stateful_set", "excludeOutboundPorts")?.split(",")).toContain("6335");
  });

  test("has the proxy there before an application, and as long as that may take to end", () => {
    const grace = new Map(
      Object.entries(blocks("kubernetes_deployment_v1")).map(([id, { spec }]) => [
        id.replace("app_workload_", ""),
        (spec as { template: { spec: { termination_grace_period_seconds: number } } }).template.spec
          .termination_grace_period_seconds,
      ]),
    );
    expect(new Set(grace.values()).size).toBeGreaterThan(1);
    for (const [id, { metadata }] of meshed.filter(([name]) => grace.has(name)))
      expect(JSON.parse(metadata.annotations?.["proxy.istio.io/config"] ?? "")).toEqual({
        holdApplicationUntilProxyStarts: true,
        terminationDrainDuration: `${grace.get(id)}s`,
      });
  });

  test("is spoken to by address and not by what a request says, but for the entry point", () => {
    const ports = Object.entries(blocks("kubernetes_service_v1")).flatMap(([id, { spec }]) =>
      (spec as ServiceSpec).port.map(({ name, app_protocol: protocol }) => [id, name, protocol]),
    );
    expect(ports.length).toBeGreaterThan(8);
    expect(ports.filter(([, , protocol]) => protocol !== "tcp")).toEqual([
      ["app_workload_proxy_service_service", "http", undefined],
    ]);
  });

  test("lets proxies reach Google's APIs and the metadata server, and nobody else", () => {
    const reaches = Object.entries(blocks("kubernetes_network_policy_v1"))
      .filter(([, { spec }]) =>
        ((spec as { egress?: readonly Rule[] }).egress ?? []).some(
          ({ to, ports }) => to[0]?.ip_block?.cidr === "169.254.169.252/32" && ports.some(({ port }) => port === "988"),
        ),
      )
      .map(([id]) => id.replace("app_workload_network_", ""));
    expect(reaches).toEqual(
      expect.arrayContaining(meshed.map(([id]) => id.replace(/_(deployment|stateful_set)$/, ""))),
    );
    expect(reaches).not.toEqual(expect.arrayContaining([expect.stringMatching(/sandbox|ssrf_proxy/)]));
  });

  test("counts the proxy of each pod in quotas, pod sizes and costs", () => {
    const replicas = 3; // Of Qdrant; of all others one.
    const [needed, without] = [GIVEN, { ...GIVEN, configure_service_mesh: false }].map((given) =>
      neededCapacity(variablesOf(given)),
    );
    const proxies = meshed.length - 1 + replicas;
    expect((needed?.cpu ?? 0) - (without?.cpu ?? 0)).toBeCloseTo(proxies * 0.1);
    expect((needed?.memory ?? 0) - (without?.memory ?? 0)).toBe(proxies * 256 * 2 ** 20);
    // All that a pod may have, without a proxy.
    const largest = { component_settings: { web: { cpu: "30", memory: "60Gi" } } };
    const broken = (given: Given) => checkRules(environmentWith(given)).map(({ message }) => message);
    const refused = expect.stringContaining("The pod of web asks for 30.1 CPUs (at most 30)") as string;
    expect(broken(largest)).not.toContainEqual(expect.stringContaining("The pod of web asks for"));
    expect(broken({ ...largest, configure_service_mesh: true })).toContainEqual(refused);
    const block = blocks("kubernetes_deployment_v1")["app_workload_web_deployment"] ?? {};
    const resource = { type: "kubernetes_deployment_v1", name: "app_workload_web_deployment", block };
    const larger: Given = { ...GIVEN, service_mesh_proxy_resources: { cpu_limit: "250m", memory_limit: "512Mi" } };
    const more = neededCapacity(variablesOf(larger));
    expect(more.cpu - (without?.cpu ?? 0)).toBeCloseTo(proxies * 0.25);
    expect(more.memory - (without?.memory ?? 0)).toBe(proxies * 512 * 2 ** 20);
    const { template } = synth(larger).application.resource["kubernetes_deployment_v1"]?.[
      "app_workload_web_deployment"
    ]?.["spec"] as { readonly template: Template };
    expect(template.metadata.annotations).toMatchObject({
      "sidecar.istio.io/proxyCPU": "250m",
      "sidecar.istio.io/proxyCPULimit": "250m",
      "sidecar.istio.io/proxyMemory": "512Mi",
      "sidecar.istio.io/proxyMemoryLimit": "512Mi",
    });
    const disk = podUsage(resource, [resource]).find(({ price }) => price === "autopilot-storage");
    expect(disk?.why).toContain("with 2 GiB of local disk");
  });

  test("takes a cluster by name in the fleet of its own project, which Google names by number", () => {
    const named = synth({ configure_service_mesh: true, gke_cluster_name: "shared", network_name: "shared" });
    const { lifecycle } = named.application.resource["terraform_data"]?.["app_service_mesh_claim"] ?? {};
    const { precondition } = lifecycle as { precondition: readonly { condition: string }[] };
    expect(precondition.map(({ condition }) => condition.split(", try(")[0])).toEqual([
      '${contains(["demo-project", data.google_project.app_lookup_project.number]',
    ]);
  });

  test("is taken out of it where that is not asked for any more", () => {
    const before = synth({}).application as unknown as { removed: { from: string }[] };
    expect(before.removed.map(({ from }) => from)).toContain("terraform_data.app_service_mesh_claim");
    expect(JSON.stringify(before).replace(JSON.stringify(before.removed), "")).not.toContain("istio");
  });
});

describeWith([tools.python], "service_mesh.py", () => {
  const ACTIVE = { state: "ACTIVE" };
  const WAITING = { state: "PROVISIONING", details: [{ details: "Not yet." }] };
  const READY = { controlPlaneManagement: ACTIVE, dataPlaneManagement: ACTIVE };
  const managed = (management: string) => ({ [MEMBERSHIP]: { mesh: { management } } });
  let api: FleetApi;
  let address: string;

  beforeEach(async () => {
    api = new FleetApi();
    api.states = [READY];
    address = await api.listen();
  });

  afterEach(async () => {
    await api.stop();
  });

  const act = (action: string, user = "one", membership = "own"): Promise<Result> =>
    runGoogleScript({
      ...{ file: "service_mesh.py", prefix: "FLEET", action, address },
      settings: {
        ...{ project: "demo", location: "l", membership, user, impersonate: "" },
        cluster: "projects/demo/locations/l/clusters/c",
      },
    });

  test("asks for a control plane, and waits for it and for what brings the proxy", async () => {
    api.states = [
      undefined,
      { controlPlaneManagement: WAITING },
      { controlPlaneManagement: ACTIVE, dataPlaneManagement: WAITING },
      READY,
    ];
    const joined = await act("join");
    expect(joined).toMatchObject({ code: 0, stderr: "" });
    expect(joined.stdout).toContain("turned on");
    expect(api.states).toEqual([READY]);
    expect(api.specs).toEqual({
      "projects/1/locations/l/memberships/own": { mesh: { management: "MANAGEMENT_AUTOMATIC" } },
    });
    const { feature } = api;
    expect((await act("join")).stdout).toContain("on already");
    expect(api.feature).toEqual(feature);
  });

  test("the last deployment in a cluster gives it up, and the last of all turns the feature off", async () => {
    await act("join");
    await act("join", "two");
    expect((await act("leave")).stdout).toContain("left on in cluster c for 1 other deployments");
    expect(api.specs).toEqual(managed("MANAGEMENT_AUTOMATIC"));
    api.members = ["own", "theirs"];
    expect((await act("leave", "two")).stdout).toContain(
      "given up in cluster c, and left on for other clusters of the fleet (theirs)",
    );
    expect([api.specs, Object.keys(api.feature ?? {})]).toEqual([{ [MEMBERSHIP]: {} }, ["turned-on-by"]]);
    api.members = ["own"];
    await act("join");
    expect((await act("leave")).stdout).toContain("turned off");
    expect(api.feature).toBeUndefined();
    expect((await act("leave")).stdout).toContain("off already");
  });

  test("keeps a cluster in the fleet while others are in its mesh", async () => {
    expect((await act("stay")).stdout).toContain("nobody else is in the mesh in cluster c");
    await act("join");
    expect((await act("stay")).stdout).toContain("nobody else is in the mesh in cluster c");
    await act("join", "two");
    const refused = await act("stay");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /cluster c would leave the fleet, and 1 other deployments in it .* labels user-two of/,
    );
    await act("leave", "two");
    expect((await act("stay")).code).toBe(0);
  });

  test("leaves alone what somebody else set, and takes over nothing that is managed by hand", async () => {
    api.feature = { team: "network" };
    api.specs = managed("MANAGEMENT_AUTOMATIC");
    await act("join");
    expect((await act("leave")).stdout).toContain(
      "left as it is in cluster c, and left on: somebody else turned it on",
    );
    expect(api).toMatchObject({ feature: { team: "network" }, specs: managed("MANAGEMENT_AUTOMATIC") });
    api.specs = managed("MANAGEMENT_MANUAL");
    expect((await act("join")).stderr).toContain("somebody manages the mesh of cluster c by hand");
    expect(api.specs).toEqual(managed("MANAGEMENT_MANUAL"));
  });
});
