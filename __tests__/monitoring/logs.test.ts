import { Testing, TerraformStack } from "cdktf";
import { RequestLog } from "../../modules/app-gke/front-door/request-log";
import type { GatewaySettings } from "../../modules/app-gke/front-door/settings";
import type { Installation } from "../../modules/app-gke/installation";
import { serviceLogs } from "../../modules/app-gke/monitoring/log-sources";
import { passedHealthChecks } from "../../modules/app-gke/monitoring/log-filters";
import { componentsOf, variablesIn } from "../dify/components";
import { synth, type Given } from "../terraform/synth";
import { type LogEntry, logFilter } from "./log-filter";

const KEPT: Given = { log_retention_days: 90, log_viewers: ["group:ai@example.com"] };

const DELIVERED: Given = {
  ...KEPT,
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
  enable_cloud_deploy: true,
  cloud_deploy_stages: [{ name: "dev" }],
  enable_custom_domain: true,
  application_domains: ["a.example.com"],
  gateway_log: "all",
};

/** Of a filter with hosts that Terraform makes patterns of. */
const withHost = (filter: string) => filter.replaceAll(/https\?:\/\/\(\$\{.*?\}\)/g, "https?://(a[.]example)");

const all = (type: string, given: Given) => Object.entries(synth(given).application.resource[type] ?? {});

function entry(namespace_name: string, container_name: string, more: object = {}): LogEntry {
  const cluster_name = String(
    Object.values(synth().foundation?.resource["google_container_cluster"] ?? {})[0]?.["name"],
  );
  return {
    severity: "INFO",
    resource: {
      type: "k8s_container",
      labels: { cluster_name, location: "us-central1", namespace_name, container_name },
    },
    ...more,
  };
}
const namespace = String(
  Object.values(synth().application.resource["kubernetes_namespace_v1"] ?? {}).map(
    ({ metadata }) => (metadata as { name: string }).name,
  )[0],
);

describe("a log bucket of the environment's own", () => {
  const [[, sink] = ["", {}]] = all("google_logging_project_sink", KEPT);
  const [[, exclusion] = ["", {}]] = all("google_logging_project_exclusion", KEPT);

  test("gets what its pods log, and nobody else's", () => {
    const filter = logFilter(String(sink["filter"]));
    expect(filter(entry(namespace, "api"))).toBe(true);
    expect(filter(entry("other", "api"))).toBe(false);
    expect(filter({ ...entry(namespace, "api"), resource: { type: "gce_instance", labels: {} } })).toBe(false);
  });

  test("gets what Google's services log of it, without audit logs, which are the project's", () => {
    const [[, wide] = ["", {}]] = all("google_logging_project_sink", DELIVERED);
    const [[, view] = ["", {}]] = all("google_logging_log_view", DELIVERED);
    const text = String(wide["filter"]);
    const filter = logFilter(withHost(text));
    const id = (label: string) => new RegExp(`resource\\.labels\\.${label}="([^"]+)"`).exec(text)?.[1];
    const of = (type: string, labels: object, more: object = {}) => filter({ resource: { type, labels }, ...more });
    expect(id("build_trigger_id")).toBe("${google_cloudbuild_trigger.app_delivery_trigger.trigger_id}");
    expect(of("build", { build_trigger_id: id("build_trigger_id") })).toBe(true);
    expect(of("build", { build_trigger_id: "" })).toBe(false);
    const pipeline = "clouddeploy.googleapis.com/DeliveryPipeline";
    expect(of(pipeline, { pipeline_id: id("pipeline_id"), location: "us-central1" })).toBe(true);
    expect(of(pipeline, { pipeline_id: "other", location: "us-central1" })).toBe(false);
    const database = { database_id: id("database_id") };
    expect(of("cloudsql_database", database)).toBe(true);
    expect(of("cloudsql_database", { database_id: "demo-project:other" })).toBe(false);
    const logName = "projects/demo-project/logs/cloudaudit.googleapis.com%2Fdata_access";
    expect(of("cloudsql_database", database, { logName })).toBe(false);
    expect(filter(entry(namespace, "api"))).toBe(true);
    expect(text).toContain('OR (resource.type="http_load_balancer" AND httpRequest.requestUrl=~');
    expect(view["filter"]).toBe('resource.type != "http_load_balancer"');
  });

  test("leaves to others what it does not have", () => {
    expect(serviceLogs({})).toEqual([]);
    const [[, named] = ["", {}]] = all("google_logging_project_sink", {
      ...KEPT,
      sql_instance_name: "shared",
      network_name: "shared",
    });
    expect(named["filter"]).not.toContain("cloudsql_database");
    const [[, view] = ["", {}]] = all("google_logging_log_view", KEPT);
    expect(view).not.toHaveProperty("filter");
  });

  test.each([
    ["all", "ALLOW", true],
    ["refused", "ALLOW", false],
    ["refused", "DENY", true],
  ] as const)("of requests at the gateway (%s) that have the outcome %s: %s", (requests, outcome, kept) => {
    const stack = new TerraformStack(Testing.app(), "stack");
    const installation = { projectId: "p", resourcePrefix: "dify-demo", region: "r" } as Installation;
    const settings = { firewall: {}, log: { requests } } as GatewaySettings;
    const log = new RequestLog(stack, "log", { installation, settings, hosts: ["a"], dependsOn: [] });
    const filter = logFilter(withHost(String(log.kept)));
    const request = (requestUrl: string) => ({
      resource: { type: "http_load_balancer" },
      httpRequest: { requestUrl },
      jsonPayload: { previewSecurityPolicy: { outcome } },
    });
    expect(filter(request("https://a.example/signin?token=1"))).toBe(kept);
    expect(filter(request("https://b.example/signin?token=1"))).toBe(false);
  });

  test("has what the project's bucket leaves out from then on, no more and no less", () => {
    expect(exclusion["filter"]).toBe(sink["filter"]);
    expect(exclusion["depends_on"]).toContain("google_logging_project_sink.app_monitoring_logs_bucket_sink");
  });

  test("is kept as long as the file says, in the environment's region, under a name that is free", () => {
    const [[, bucket] = ["", {}]] = all("google_logging_project_bucket_config", KEPT);
    // By the id alone, or the provider asks for projects/projects/…; an import reads it in the other form.
    expect(bucket).toMatchObject({
      project: "demo-project",
      lifecycle: { ignore_changes: ["project", "cmek_settings"] },
    });
    expect(bucket).toMatchObject({ location: "us-central1", retention_days: 90 });
    expect(bucket["bucket_id"]).toMatch(/^dify-demo-[0-9a-f]{8}-\$\{random_id\..*\.hex\}$/);
    expect(sink["destination"]).toMatch(/^logging\.googleapis\.com\/\$\{google_logging_project_bucket_config\./);
  });

  test("is read through its view by those that are named", () => {
    const [[, member] = ["", {}]] = all("google_logging_log_view_iam_member", KEPT);
    expect(member).toMatchObject({ member: "group:ai@example.com", role: "roles/logging.viewAccessor" });
    expect(member["name"]).toMatch(/^\$\{google_logging_log_view\./);
  });

  test("is not there by default, and the project's own bucket and sink never are", () => {
    for (const given of [{}, KEPT]) {
      const names = ["google_logging_project_bucket_config", "google_logging_project_sink"].flatMap((type) =>
        all(type, given).map(([, { bucket_id, name }]) => String(bucket_id ?? name)),
      );
      expect(names.filter((name) => name.startsWith("_"))).toEqual([]);
      expect(names).toHaveLength(given === KEPT ? 2 : 0);
    }
    expect(all("google_logging_project_exclusion", {})).toEqual([]);
  });
});

describe("health checks that a container passed", () => {
  const GIN = '[GIN] 2026/11/26 - 10:34:55 | 200 |      42.1µs |      10.0.0.7 | GET      "/health"';
  const UVICORN = 'INFO:     10.0.0.7:41234 - "GET /healthz HTTP/1.1" 200 OK';
  const check = (path: string) => ({ liveness: { check: { type: "http", path, port: 80 } } }) as const;
  const filter = logFilter(
    passedHealthChecks([
      { name: "sandbox", probes: check("/health") },
      { name: "agent-backend", probes: check("/healthz") },
      { name: "beat" },
    ]) ?? "",
  );

  test.each([
    ["a passed one", "sandbox", GIN, true],
    ["one of another framework", "agent-backend", UVICORN, true],
    ["a failed one", "sandbox", GIN.replace("200", "503"), false],
    ["another path", "sandbox", GIN.replace("/health", "/health-report"), false],
    ["a path of another container", "agent-backend", GIN, false],
    ["a time of 200 milliseconds", "sandbox", GIN.replace("200", "500").replace("42.1µs", "0.200ms"), false],
  ] as const)("%s", (_, container, textPayload, left) => {
    expect(filter(entry(namespace, container, { textPayload }))).toBe(left);
  });

  test("are left out of the project's bucket or of the environment's own, where the file says so", () => {
    const [[, exclusion] = ["", {}]] = all("google_logging_project_exclusion", { log_health_checks: false });
    const left = logFilter(String(exclusion["filter"]));
    expect(left(entry(namespace, "sandbox", { textPayload: GIN }))).toBe(true);
    expect(left(entry("other", "sandbox", { textPayload: GIN }))).toBe(false);
    const [[, sink] = ["", {}]] = all("google_logging_project_sink", { ...KEPT, log_health_checks: false });
    expect(sink["exclusions"]).toEqual([
      { name: "health-checks", filter: expect.stringContaining("sandbox") as string },
    ]);
  });
});

describe("log_format", () => {
  const formatOf = (given: Given, name: string) => {
    const component = componentsOf(given).find((each) => each.name === name);
    return component && variablesIn(component)["LOG_OUTPUT_FORMAT"];
  };

  test.each([
    ["api", "1.11.2"],
    ["worker", "1.11.2"],
    ["plugin-daemon", "1.8.1"],
  ])("is that of %s, from the release on that has it", (name, before) => {
    expect(formatOf({ log_format: "json" }, name)).toBe("json");
    expect(formatOf({}, name)).toBeUndefined();
    expect(formatOf({ log_format: "json", application_version: before }, name)).toBeUndefined();
  });
});
