import { synth, type Given } from "../terraform/synth";
import { componentsOf, filesIn, variablesIn } from "./components";

const ON: Given = { enable_tracing: true, trace_sampling_rate: 0.25 };
const named = (given: Given, name: string) => componentsOf(given).find((component) => component.name === name);
const variables = (given: Given, name: string) => {
  const component = named(given, name);
  return component ? variablesIn(component) : {};
};

interface Configuration {
  readonly processors: {
    readonly transform: { readonly trace_statements: { context: string; statements: string[] }[] };
  };
  readonly service: { readonly pipelines: Readonly<Record<string, { processors?: string[]; exporters: string[] }>> };
}

describe("enable_tracing", () => {
  test.each(["api", "worker", "beat", "api-websocket"])("tells %s where the collector is", (name) => {
    expect(variables(ON, name)).toMatchObject({
      ENABLE_OTEL: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http",
      OTLP_BASE_ENDPOINT: "http://otel-collector.test:4318",
      OTEL_SAMPLING_RATE: "0.25",
    });
    expect(named(ON, name)?.talksTo).toContain("otel-collector");
  });

  test("tells the plugin daemon in its own spelling, where the release's daemon makes traces", () => {
    expect(variables(ON, "plugin-daemon")).toMatchObject({
      ENABLE_OTEL: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    });
    expect(variables({ ...ON, application_version: "1.8.1" }, "plugin-daemon")).not.toHaveProperty("ENABLE_OTEL");
    expect(variables({ ...ON, application_version: "1.8.1" }, "api")).toHaveProperty("ENABLE_OTEL");
  });

  test("is off by default, and then nothing of it is there", () => {
    expect(named({}, "otel-collector")).toBeUndefined();
    expect(JSON.stringify(componentsOf({}).map(variablesIn))).not.toMatch(/OTEL|OTLP/);
    expect(JSON.stringify(synth())).not.toContain("telemetry.googleapis.com");
  });
});

describe("the collector", () => {
  const collector = named(ON, "otel-collector");
  const [text = "{}"] = Object.values(collector ? filesIn(collector) : {});
  const configuration = JSON.parse(text) as Configuration;
  const kept = configuration.processors.transform.trace_statements.map(({ statements }) => statements.join("\n"));

  test("cleans every batch before it leaves, and leaves out what it cannot clean", () => {
    expect(configuration.service.pipelines["traces"]).toEqual({
      receivers: ["otlp"],
      processors: ["memory_limiter", "transform", "resource", "batch"],
      exporters: ["otlp_http"],
    });
    expect(text).toContain('"error_mode": "propagate"');
    expect(kept).toHaveLength(3);
    expect(kept.every((statements) => statements.startsWith("keep_keys("))).toBe(true);
  });

  // Dify 1.16.1, api/extensions/otel/semconv/gen_ai.py and the instrumentations that it turns on.
  test.each(
    `input.value output.value retrieval.query retrieval.document gen_ai.prompt gen_ai.completion gen_ai.input.messages
    gen_ai.output.messages gen_ai.tool.call.arguments gen_ai.tool.call.result gen_ai.tool.description gen_ai.user.id
    http.target http.url url.full url.path url.query db.statement db.query.text exception.message exception.stacktrace
    log.message http.user_agent net.peer.ip client.address`.split(/\s+/),
  )("keeps no %s", (attribute) => {
    expect(kept.join("\n")).not.toContain(`"${attribute}"`);
  });

  test("has a service account of its own, with the right to write traces and no other", () => {
    const { application } = synth(ON);
    const members = Object.values(application.resource["google_project_iam_member"] ?? {}).filter(({ member }) =>
      String(member).includes("/sa/dify-otel-collector"),
    );
    expect(members.map(({ role }) => role).sort()).toEqual([
      "roles/serviceusage.serviceUsageConsumer",
      "roles/telemetry.tracesWriter",
    ]);
    expect(members[0]?.["member"]).toMatch(
      /^principal:\/\/iam\.googleapis\.com\/projects\/\$\{data\.google_project\..*\}\/locations\/global\/workloadIdentityPools\/.*\/subject\/ns\/dify-demo-\w+\/sa\/dify-otel-collector$/,
    );
    const using = Object.entries(application.resource["kubernetes_deployment_v1"] ?? {}).filter(([, deployment]) =>
      JSON.stringify(deployment).includes("kubernetes_service_account_v1.app_workload_namespace_otel_collector."),
    );
    expect(using.map(([address]) => address)).toEqual(["app_workload_otel_collector_deployment"]);
  });

  test("is reached by those that trace, and reaches Google alone", () => {
    const { application } = synth({ ...ON, enable_network_segmentation: true });
    const [policy] = Object.values(application.resource["kubernetes_network_policy_v1"] ?? {}).filter(({ metadata }) =>
      (metadata as { name: string }).name.endsWith("otel-collector"),
    );
    const { ingress = [], egress = [] } = policy?.["spec"] as { ingress?: object[]; egress?: object[] };
    const from = [...JSON.stringify(ingress).matchAll(/"app\.kubernetes\.io\/component":"([\w-]+)"/g)].map(
      ([, name]) => name,
    );
    expect(from.sort()).toEqual(["api", "api-websocket", "beat", "plugin-daemon"]);
    expect(JSON.stringify(egress)).not.toContain("app.kubernetes.io/component");
    expect(JSON.stringify(egress)).toContain('"port":"443"');
  });

  test("its APIs are enabled", () => {
    const services = Object.values(synth(ON).application.resource["google_project_service"] ?? {}).map(
      ({ service }) => service,
    );
    expect(services).toEqual(expect.arrayContaining(["telemetry.googleapis.com", "cloudtrace.googleapis.com"]));
  });
});
