import type { Component } from "../../app-gke/application-config";
import type { GoogleApi } from "../../app-gke/google/google-api";
import { literal } from "../../app-gke/terraform/literal";
import { patient } from "../probes";
import { whereRead } from "../reads";
import type { DifySettings } from "../settings";

/**
 * Traces of Dify's requests in Cloud Trace. Google accepts traces only with a Google login, which Dify does not have, so
 * Google's collector passes them on: https://cloud.google.com/stackdriver/docs/instrumentation/google-built-otel. It also
 * takes out what people wrote, which Dify puts into spans.
 */
const COLLECTOR = "otel-collector";
/** https://github.com/GoogleCloudPlatform/opentelemetry-operations-collector/releases */
const IMAGE =
  "us-docker.pkg.dev/cloud-ops-agents-artifacts/google-cloud-opentelemetry-collector/otelcol-google:0.156.0";
/** OTLP over HTTP, and the collector's own health: the ports that both have by default. */
const ports = { otlp: 4318, health: 13133 } as const;
const CONFIGURATION = "/etc/otelcol/config.yaml";

/** What the collector calls: https://cloud.google.com/stackdriver/docs/reference/telemetry/overview. */
export const TRACE_APIS: readonly GoogleApi[] = ["cloudtrace.googleapis.com", "telemetry.googleapis.com"];

/**
 * What stays of a span: where its time went, and whose it was. Everything else is left out, also what a later release adds:
 * texts of runs (api/extensions/otel/parser), addresses with their query strings, statements and headers.
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/
 */
const KEPT = {
  resource: ["gcp.project_id", "host.name", "process.pid", "service.name", "service.version"],
  span: [
    ...["http.method", "http.request.method", "http.response.status_code", "http.route", "http.status_code"],
    ...["net.peer.name", "net.peer.port", "server.address", "server.port", "error.type", "exception.type"],
    ...["db.name", "db.namespace", "db.operation", "db.operation.name", "db.system", "db.system.name"],
    ...["celery.action", "celery.state", "celery.task_name", "messaging.destination", "messaging.message.id"],
    ...["dify.app_id", "dify.streaming", "dify.tenant_id", "dify.user_type", "dify.workflow_id"],
    ...["gen_ai.framework", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.finish_reason"],
    ...["gen_ai.span.kind", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.total_tokens"],
    ...["node.execution_id", "node.id", "node.type"],
  ],
  event: ["exception.type", "log.file.line", "log.level", "log.logger"],
} as const;

/** @returns the collector, if there are traces */
export function tracingComponents(settings: DifySettings): Component[] {
  if (!settings.tracing) return [];
  const health = { type: "http", path: "/", port: ports.health } as const;
  return [
    {
      name: COLLECTOR,
      image: IMAGE,
      args: [`--config=${CONFIGURATION}`],
      ports: [{ name: "otlp", containerPort: ports.otlp }],
      // Its memory is freed before the limit is reached: https://pkg.go.dev/runtime#hdr-Environment_Variables
      environment: () => ({ GOMEMLIMIT: "200MiB" }),
      files: [
        {
          mountPath: CONFIGURATION,
          content: ({ projectId }) => literal(JSON.stringify(configuration(projectId), null, 2)),
        },
      ],
      probes: { readiness: { check: health }, liveness: { check: health, ...patient } },
      resources: { cpu: "100m", memory: "256Mi", ephemeralStorage: "64Mi" },
      // The image's own.
      security: { runAsUser: 10_001, readOnlyRootFilesystem: true },
      needs: { googleRoles: ["roles/telemetry.tracesWriter", "roles/serviceusage.serviceUsageConsumer"] },
    },
  ];
}

/** @see https://opentelemetry.io/docs/collector/configuration/ */
function configuration(projectId: string): object {
  const keep = (context: keyof typeof KEPT, field: string) =>
    `keep_keys(${field}.attributes, [${KEPT[context].map((key) => `"${key}"`).join(", ")}])`;
  return {
    extensions: { googleclientauth: {}, health_check: { endpoint: `0.0.0.0:${ports.health}` } },
    receivers: { otlp: { protocols: { http: { endpoint: `0.0.0.0:${ports.otlp}` } } } },
    processors: {
      memory_limiter: { check_interval: "1s", limit_mib: 200, spike_limit_mib: 50 },
      // A batch that cannot be cleaned is dropped.
      transform: {
        error_mode: "propagate",
        trace_statements: [
          { context: "resource", statements: [keep("resource", "resource")] },
          { context: "span", statements: [keep("span", "span"), 'set(span.status.message, "")'] },
          { context: "spanevent", statements: [keep("event", "spanevent")] },
        ],
      },
      // Which project they belong to: https://cloud.google.com/stackdriver/docs/reference/telemetry/overview
      resource: { attributes: [{ key: "gcp.project_id", value: projectId, action: "upsert" }] },
      batch: { timeout: "5s", send_batch_size: 200, send_batch_max_size: 200 },
    },
    exporters: {
      otlp_http: { endpoint: "https://telemetry.googleapis.com", auth: { authenticator: "googleclientauth" } },
      nop: {},
    },
    service: {
      extensions: ["googleclientauth", "health_check"],
      telemetry: { logs: { level: "warn", encoding: "json" }, metrics: { level: "none" } },
      pipelines: {
        traces: {
          receivers: ["otlp"],
          processors: ["memory_limiter", "transform", "resource", "batch"],
          exporters: ["otlp_http"],
        },
        // Dify sends metrics wherever it sends traces, and would log an error each minute if nobody took them.
        metrics: { receivers: ["otlp"], exporters: ["nop"] },
      },
    },
  };
}

/** Who makes traces. */
type Traced = "api" | "plugin_daemon";

/** @returns what tells a component to send traces to the collector, if there is one and the component can */
export function tracingEnvironment(
  settings: DifySettings,
  component: Traced,
  host: (component: string) => string,
): Readonly<Record<string, string>> {
  const { tracing } = settings;
  if (!tracing) return {};
  return whereRead(settings, component, {
    ENABLE_OTEL: "true",
    OTEL_EXPORTER_TYPE: "otlp",
    OTEL_EXPORTER_OTLP_PROTOCOL: component === "api" ? "http" : "http/protobuf",
    OTLP_BASE_ENDPOINT: `http://${host(COLLECTOR)}:${ports.otlp}`,
    OTEL_SAMPLING_RATE: String(tracing.samplingRate),
  });
}

/** @returns the collector, for those that send traces to it */
export function tracingTarget(settings: DifySettings): readonly string[] {
  return settings.tracing ? [COLLECTOR] : [];
}
