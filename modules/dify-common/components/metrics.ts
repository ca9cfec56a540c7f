import type { Component } from "../../app-gke/application-config";
import { brokerSecrets } from "../environment";
import { patient } from "../probes";
import { redisExporterEnvironment, redisTlsEnvironment, redisUserFrom } from "../redis";
import { ownEnvironment } from "../routing";
import { secretNames } from "../secrets";
import { sentinelEnvironment, toSentinels } from "../sentinels";
import type { DifySettings } from "../settings";
import { imageOf, securityOf } from "./image";
import { PODS, script } from "./pod-scripts";

/**
 * Exporters that tell the state of Redis and the tasks that wait in Celery's queues. They run in pods of their own that
 * reach Redis and nothing else, so that restarting one stops nothing. Why these two: docs/monitoring.md#what-is-collected.
 */

/** https://github.com/oliver006/redis_exporter: the project's own image, which has this one program only. */
const REDIS_EXPORTER = "oliver006/redis_exporter:v1.88.0";

/** Names of the two exporters. */
const NAMES = { celery: "celery-exporter", redis: "redis-exporter" } as const;

/** The default ports of the two exporters. */
const metricsPorts = { celery: 9808, redis: 9121 } as const;

/** Each series is billed: only what alerts and the dashboard read. */
const collected = {
  celery: "broker_up workers queue_length queue_oldest_seconds tasks_total",
  redis:
    "up memory_used_bytes memory_max_bytes memory_used_rss_bytes total_system_memory_bytes connected_clients evicted_keys_total rejected_connections_total errors_total",
} as const;

/** @returns the two exporters, if what they tell is collected */
export function metricsComponents(settings: DifySettings): Component[] {
  if (!settings.metrics) return [];
  const celery = celeryExporter(settings);
  const redis = redisExporter(settings);
  return redis ? [celery, { ...redis, inPodOf: celery.name }] : [celery];
}

/**
 * A script in the API's image, which has the same Celery that fills the queues. It connects as a worker does, so the user's
 * own settings of TLS, key prefix and Sentinel apply to it, too.
 */
function celeryExporter(settings: DifySettings): Component {
  const port = metricsPorts.celery;
  const own = Object.entries(ownEnvironment(settings, "worker")).filter(([name]) =>
    /^(REDIS_KEY_PREFIX|REDIS_(USE_)?SSL\w*|CELERY_\w*SENTINEL\w*)$/.test(name),
  );
  return {
    name: NAMES.celery,
    image: imageOf(settings, "worker"),
    command: ["python", `${PODS}/celery-exporter.py`, String(port)],
    environment: (bindings) => ({
      ...redisTlsEnvironment(settings, "worker"),
      ...sentinelEnvironment(settings, bindings),
      ...Object.fromEntries(own),
    }),
    secrets: brokerSecrets(settings),
    files: ["celery-exporter.py", "worker_broker.py"].map(script),
    probes: { liveness: { check: { type: "tcp", port }, ...patient } },
    metrics: { port, names: names("celery", collected.celery) },
    // Measured: 43 MiB.
    resources: { cpu: "50m", memory: "128Mi", ephemeralStorage: "64Mi" },
    // It writes nothing, whatever else the image does.
    security: { runAsUser: securityOf(settings, "worker", []).runAsUser, readOnlyRootFilesystem: true },
    talksTo: ["redis", ...toSentinels(settings)],
  };
}

/** @returns nothing where a certificate for Redis is a file of the user's own image, which this one does not have */
function redisExporter(settings: DifySettings): Component | undefined {
  const port = metricsPorts.redis;
  const environment = redisExporterEnvironment(settings);
  if (!environment) return undefined;
  return {
    name: NAMES.redis,
    image: REDIS_EXPORTER,
    environment: (bindings) => ({
      ...environment(bindings),
      REDIS_EXPORTER_WEB_LISTEN_ADDRESS: `:${port}`,
      REDIS_EXPORTER_LOG_FORMAT: "json",
      REDIS_EXPORTER_REDIS_ONLY_METRICS: "true",
      // The file server's Redis refuses CONFIG, and Memorystore does not have it; the limit of memory is in INFO as well.
      REDIS_EXPORTER_CONFIG_COMMAND: "-",
      // The memory of the machine that Redis is on.
      REDIS_EXPORTER_INCL_SYSTEM_METRICS: "true",
      REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS: "true",
      // Otherwise every client could have it connect to any server, with this password.
      REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT: "true",
    }),
    secrets: { REDIS_PASSWORD: secretNames.redisPassword, ...redisUserFrom(settings, "REDIS_USER") },
    probes: { liveness: { check: { type: "tcp", port }, ...patient } },
    metrics: { port, names: names("redis", collected.redis) },
    // Measured: 17 MiB.
    resources: { cpu: "50m", memory: "52Mi", ephemeralStorage: "10Mi" },
    talksTo: ["redis"],
  };
}

function names(namespace: string, list: string): readonly string[] {
  return list.split(" ").map((name) => `${namespace}_${name}`);
}
