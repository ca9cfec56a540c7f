import { DifyCommon, resolveRelease } from "../../modules/dify-common";
import { difySettings } from "../../modules/dify-gke/dify-settings";
import { sharedServices } from "../../modules/dify-gke/shared-services";
import { installationOf } from "../../modules/dify-gke/installation";
import { fitted } from "../../modules/app-gke/workload/container-limits";
import { defaults } from "../../modules/dify-gke/variables";
import type { Given } from "../terraform/synth";
import { componentsOf, filesIn } from "./components";
import { containerOf, environmentOf, get, podSpecs, synthesize } from "./synthesize";

const application = synthesize().application;
const pods = Object.entries(podSpecs(application));
const containers = pods.flatMap(([component, pod]) =>
  pod.container.map((container) => ({ component, name: container.name, container })),
);

describe.each(pods)("what Autopilot's admission would add is there already: %s", (_, pod) => {
  test("seccomp profile, toleration and no token", () => {
    expect(pod.security_context.seccomp_profile.type).toBe("RuntimeDefault");
    expect(pod.toleration).toContainEqual(expect.objectContaining({ key: "kubernetes.io/arch", value: "amd64" }));
    expect(pod.automount_service_account_token).toBe(false);
  });
});

describe.each(containers)("container $name of $component", ({ container }) => {
  test("states requests and limits of everything", () => {
    const { requests, limits } = container.resources;
    for (const resource of ["cpu", "memory", "ephemeral-storage"]) {
      expect(requests[resource]).toBeDefined();
      expect(limits[resource]).toBe(requests[resource]);
    }
  });

  test("drops every capability and may not gain privileges", () => {
    expect(container.security_context.capabilities.drop).toEqual(["ALL"]);
    expect(container.security_context.allow_privilege_escalation).toBe(false);
  });

  test("has an image with a fixed tag", () => {
    expect(container.image).toMatch(/:[^:/]*$/);
    expect(container.image.slice(container.image.lastIndexOf(":"))).toMatch(/[0-9]/);
  });
});

test("only the code sandbox runs as root or with capabilities, and whatever is less than restricted says why", () => {
  const root = containers.filter(
    ({ container: { security_context: security } }) =>
      security.run_as_user === "0" || !security.run_as_non_root || security.capabilities.add !== undefined,
  );
  expect(root.map(({ name }) => name)).toEqual(["sandbox"]);

  const variables = { ...defaults, project_id: "demo-project" };
  const settings = difySettings(
    variables,
    sharedServices(variables, installationOf("test", variables)),
    resolveRelease(null),
    400,
  );
  for (const { name, security, needs } of new DifyCommon(settings).components) {
    const less =
      security?.runAsUser === 0 || (security?.addCapabilities ?? []).length > 0 || needs?.sharedFiles === true;
    expect({ name, explained: security?.exception !== undefined }).toEqual({ name, explained: less });
  }
});

describe("who runs strangers' code", () => {
  test.each(["sandbox", "local-sandbox"])("%s has no identity, no shared files and no database", (component) => {
    const pod = podSpecs(application)[component];
    expect(pod?.service_account_name).toMatch(/app_workload_namespace_no_identity/);
    expect(pod?.container.map(({ name }) => name)).toEqual([component]);
    expect(JSON.stringify(pod?.volume ?? [])).not.toContain("nfs");
  });
});

test("api and worker share a pod by default, with the Auth Proxy first", () => {
  const names = podSpecs(application).api?.container.map(({ name }) => name);
  expect(names).toEqual(["cloud-sql-proxy", "api", "worker"]);
  expect(containerOf(application, "api").image).toBe(containerOf(application, "worker").image);
});

test("the worker can have pods and an autoscaler of its own", () => {
  const { application: own } = synthesize({ worker_placement: "deployment", worker_max_instance_count: 7 });
  expect(podSpecs(own).api?.container.map(({ name }) => name)).toEqual(["cloud-sql-proxy", "api"]);
  expect(podSpecs(own).worker?.container.map(({ name }) => name)).toEqual(["cloud-sql-proxy", "worker"]);
  expect(own.resource.kubernetes_horizontal_pod_autoscaler_v2?.app_workload_worker_autoscaler).toMatchObject({
    spec: { max_replicas: 7 },
  });
});

test("every pod that needs the database has the Auth Proxy on 127.0.0.1, jobs reach the instance itself", () => {
  for (const component of ["api", "beat", "api-websocket", "plugin-daemon"]) {
    const proxy = podSpecs(application)[component]?.container[0];
    expect(get<string[]>(proxy, "args")).toEqual(
      expect.arrayContaining(["--private-ip", "--address=127.0.0.1", "--port=5432"]),
    );
  }
  expect(podSpecs(application)["db-init"]?.container.map(({ name }) => name)).toEqual(["db-init"]);
});

test("exactly one scheduler, never two at a time", () => {
  const beat = application.resource.kubernetes_deployment_v1?.app_workload_beat_deployment;
  expect(beat).toMatchObject({ spec: { replicas: "1", strategy: { type: "Recreate" } } });
  expect(application.resource.kubernetes_horizontal_pod_autoscaler_v2).not.toHaveProperty(
    "app_workload_beat_autoscaler",
  );
});

test("a rollout takes no pod away before a new one is ready, and leaves the number of replicas to the autoscaler", () => {
  const api = application.resource.kubernetes_deployment_v1?.app_workload_api_deployment;
  expect(api).toMatchObject({
    spec: { strategy: { type: "RollingUpdate", rolling_update: { max_surge: "1", max_unavailable: "0" } } },
    wait_for_rollout: true,
    timeouts: { create: "1800s", update: "1800s" },
    lifecycle: { ignore_changes: ["spec[0].replicas"] },
  });
});

test("the documented probes are the API's", () => {
  const api = containerOf(application, "api");
  expect(api).toMatchObject({
    startup_probe: { http_get: { path: "/health", port: "5001" }, initial_delay_seconds: 30, failure_threshold: 30 },
    liveness_probe: { http_get: { path: "/health", port: "5001" }, initial_delay_seconds: 30, failure_threshold: 3 },
  });
});

test("no disruption budget keeps the last pod that may go", () => {
  const budgetOf = (pdb_min_available: number | string, min_instance_count: number): unknown => {
    const { resource } = synthesize({
      enable_pod_disruption_budget: true,
      pdb_min_available,
      min_instance_count,
      max_instance_count: 9,
    }).application;
    const { selector, ...budget } = get<Record<string, unknown>>(
      resource.kubernetes_pod_disruption_budget_v1?.app_workload_api_disruption_budget ?? {},
      "spec",
    );
    expect(selector).toBeDefined();
    return budget;
  };
  expect(budgetOf("50%", 2)).toEqual({ min_available: "50%" });
  expect(budgetOf("90%", 3)).toEqual({ max_unavailable: "1" });
  expect(budgetOf(3, 3)).toEqual({ max_unavailable: "1" });
  expect(budgetOf(1, 3)).toEqual({ min_available: "1" });
  const { resource } = synthesize({
    enable_pod_disruption_budget: true,
    pdb_min_available: "50%",
    min_instance_count: 1,
  }).application;
  expect(resource).not.toHaveProperty("kubernetes_pod_disruption_budget_v1");
});

test("a pod ends in an order: requests elsewhere, work done, connections closed", () => {
  const { application: stack } = synthesize({ termination_grace_period_seconds: 120, worker_placement: "deployment" });
  const hookOf = (component: string, container: string): unknown =>
    (
      podSpecs(stack)[component]?.container.find(({ name }) => name === container) as {
        lifecycle?: { pre_stop?: { exec: { command: string[] } }[] };
      }
    ).lifecycle?.pre_stop?.[0]?.exec.command;
  expect(hookOf("api", "api")).toEqual(["sleep", "10"]);
  // gunicorn's own default would cut streams off after 30 seconds.
  expect(environmentOf(stack, "api").GUNICORN_CMD_ARGS).toMatch(/^--graceful-timeout=105 /);
  expect(hookOf("worker", "worker")).toEqual(["python", "/opt/pods/drain-worker.py", "295"]);
  expect(podSpecs(stack).worker?.termination_grace_period_seconds).toBe(300);
  const own = synthesize({ environment_variables: { GUNICORN_CMD_ARGS: "--keep-alive=5" } }).application;
  expect(environmentOf(own, "api").GUNICORN_CMD_ARGS).toMatch(/^--graceful-timeout=45 .* --keep-alive=5$/);
});

test("replicas to lose have a disruption budget, single ones have none", () => {
  const { resource } = synthesize({ enable_pod_disruption_budget: true, min_instance_count: 2 }).application;
  const budgets = Object.keys(resource.kubernetes_pod_disruption_budget_v1 ?? {});
  expect(budgets).toContain("app_workload_api_disruption_budget");
  expect(budgets).not.toContain("app_workload_beat_disruption_budget");
  expect(application.resource).not.toHaveProperty("kubernetes_pod_disruption_budget_v1");
});

test("a changed job is a new job, an unchanged one is not run again", () => {
  const name = (overrides: Parameters<typeof synthesize>[0]): string =>
    get<string>(
      synthesize(overrides).application.resource.kubernetes_job_v1?.app_workload_db_init_job,
      "metadata.name",
    );
  const first = name({});
  expect(first).toMatch(/^dify-db-init-[0-9a-f]{8}$/);
  expect(name({ cpu_limit: "3000m", additional_services: [] })).toBe(first);
  expect(name({ enable_image_mirroring: false })).not.toBe(first);
});

test("with h2c the Service says on each port to nginx that HTTP/2 is spoken, and nginx speaks it", () => {
  const { application: stack } = synthesize({
    container_protocol: "h2c",
    extra_service_ports: [{ name: "other", port: 8081, target_port: 8080 }],
  });
  const ports = get<object[]>(stack.resource.kubernetes_service_v1?.app_workload_proxy_service_service, "spec.port");
  expect(ports).toMatchObject([
    { name: "http", app_protocol: "kubernetes.io/h2c" },
    { name: "other", app_protocol: "kubernetes.io/h2c" },
  ]);
  const others = Object.entries(stack.resource.kubernetes_service_v1 ?? {}).filter(
    ([id]) => !id.includes("proxy_service"),
  );
  expect(JSON.stringify(others)).not.toContain("app_protocol");
  const nginx = (given: Given) => {
    const proxy = componentsOf(given).find(({ name }) => name === "proxy");
    return proxy ? (filesIn(proxy)["/etc/nginx/nginx.conf"] ?? "") : "";
  };
  expect(nginx({ container_protocol: "h2c" })).toContain("http2 on;");
  expect(nginx({})).not.toContain("http2");
  // A request takes one connection in place of two, with the memory of both.
  const connections = (text: string) => Number(/worker_connections (\d+)/.exec(text)?.[1]);
  expect(connections(nginx({ container_protocol: "h2c" }))).toBe(Math.ceil(connections(nginx({})) / 2));
});

test("names of a namespace and of containers stay inside Kubernetes' limits with the longest names", () => {
  const { application: long } = synthesize({ application_name: "a".repeat(20), tenant_id: "t".repeat(20) });
  for (const [type, limit] of [
    ["kubernetes_job_v1", 63],
    ["kubernetes_service_v1", 63],
    ["kubernetes_namespace_v1", 63],
  ] as const) {
    for (const block of Object.values(long.resource[type] ?? {})) {
      expect(get<string>(block, "metadata.name").length).toBeLessThanOrEqual(limit);
    }
  }
  const account = Object.values(long.resource.google_service_account ?? {})[0];
  expect(get<string>(account, "account_id")).toMatch(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/);
  for (const bucket of Object.values(long.resource.google_storage_bucket ?? {})) {
    expect(get<string>(bucket, "name").length).toBeLessThanOrEqual(63);
  }
});

test.each([
  [
    { cpu: "2000m", memory: "4Gi" },
    { cpu: "2000m", memory: "4Gi" },
  ],
  [
    { cpu: "2000m", memory: "1Gi" },
    { cpu: "2000m", memory: "2048Mi" },
  ],
  [
    { cpu: "250m", memory: "4Gi" },
    { cpu: "650m", memory: "4Gi" },
  ],
  [
    { cpu: "10m", memory: "16Mi" },
    { cpu: "50m", memory: "52Mi" },
  ],
])("%j becomes what Autopilot leaves alone: %j", (given, expected) => {
  expect(fitted(given)).toEqual(expected);
});
