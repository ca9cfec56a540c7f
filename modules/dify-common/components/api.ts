import type { Component, Environment, Probe } from "../../app-gke/application-config";
import { apiEnvironment, apiSecrets, ports } from "../environment";
import type { DifySettings } from "../settings";
import { imageOf, securityOf, shareException } from "./image";

/** What its user may write to in every release: images before 1.10.1 are root's, and the later ones have no home for it. */
const SCRATCH = "/tmp";

type ApiImage = "api" | "api_websocket" | "worker" | "beat";

/** What every process of the API image has in common: a component, or a job. */
export function apiProcess(settings: DifySettings, image: ApiImage, mode: Record<string, string>) {
  const scratch = [{ name: "tmp", mountPath: SCRATCH, sizeLimit: "1Gi" }];
  return {
    image: imageOf(settings, image),
    environment: withMode(apiEnvironment(settings), { HOME: SCRATCH, ...mode }),
    secrets: apiSecrets(settings),
    security: { ...securityOf(settings, image, scratch), exception: shareException(settings) },
    scratch,
    needs: { database: true, googleApis: true, sharedFiles: settings.sharedFiles },
    talksTo: [
      "sandbox",
      "ssrf-proxy",
      "plugin-daemon",
      ...(settings.release.release.images.agent_backend ? ["agent-backend"] : []),
      // Dify fetches files through its own internal address.
      "api",
      ...settings.links.map((link) => link.component),
      "redis",
      "internet",
    ],
    terminationGracePeriodSeconds: settings.api.terminationGracePeriodSeconds,
  } satisfies Partial<Component>;
}

/** The processes of the API image: api, worker, beat and, where the release has it, the Socket.IO process. */
export function apiComponents(settings: DifySettings): Component[] {
  const { api, worker, release } = settings;
  const components = release.release.images;
  const process = (image: ApiImage, mode: Record<string, string>) => apiProcess(settings, image, mode);
  const server = {
    DIFY_BIND_ADDRESS: "0.0.0.0",
    DIFY_PORT: String(api.port),
    GUNICORN_TIMEOUT: String(api.timeoutSeconds),
  };
  const health: Probe = { check: { type: "http", path: "/health", port: api.port }, timeoutSeconds: 5 };

  const result: Component[] = [
    {
      ...process("api", {
        MODE: "api",
        // The job before it migrates.
        MIGRATION_ENABLED: "false",
        SERVER_WORKER_AMOUNT: "2",
        SERVER_WORKER_CLASS: "gevent",
        ...server,
      }),
      name: "api",
      ports: [{ name: "http", containerPort: api.port }],
      probes: {
        startup: api.startupProbe,
        readiness: { ...health, periodSeconds: 10, failureThreshold: 3 },
        liveness: api.livenessProbe,
      },
      resources: { cpu: api.cpu, memory: api.memory, ephemeralStorage: "2Gi" },
      scaling: { type: "automatic", minimum: api.minimum, maximum: api.maximum },
      // Endpoints are updated before the process hears of it.
      drainSeconds: 10,
      sessionAffinity: api.sessionAffinity,
    },
    {
      ...process("worker", { MODE: "worker", MIGRATION_ENABLED: "false" }),
      name: "worker",
      probes: { liveness: celeryPing() },
      resources: { cpu: api.cpu, memory: api.memory, ephemeralStorage: "2Gi" },
      ...(worker.placement === "api_pod"
        ? { inPodOf: "api" }
        : {
            scaling: { type: "automatic", minimum: worker.minimum, maximum: worker.maximum },
            // Celery stops taking tasks at SIGTERM and finishes those it has: indexing a large document takes minutes.
            terminationGracePeriodSeconds: Math.max(api.terminationGracePeriodSeconds, 300),
          }),
    },
    {
      ...process("beat", {}),
      name: "beat",
      command: beatCommand(settings.environment.LOG_LEVEL),
      // No probe: the scheduler has no port and answers nobody; where it fails, it ends.
      resources: { cpu: "250m", memory: "1Gi" },
      // Two schedulers would start every periodic task twice.
      scaling: { type: "fixed", replicas: 1 },
      rollout: "recreate",
    },
  ];
  if (components.api_websocket) {
    result.push({
      ...process("api_websocket", {
        MODE: "api",
        MIGRATION_ENABLED: "false",
        SERVER_WORKER_AMOUNT: "1",
        SERVER_WORKER_CLASS: "geventwebsocket.gunicorn.workers.GeventWebSocketWorker",
        ...server,
        DIFY_PORT: String(ports.apiWebsocket),
      }),
      name: "api-websocket",
      ports: [{ name: "http", containerPort: ports.apiWebsocket }],
      probes: {
        startup: { ...forPort(health, ports.apiWebsocket), periodSeconds: 10, failureThreshold: 60 },
        readiness: forPort(health, ports.apiWebsocket),
        liveness: { ...forPort(health, ports.apiWebsocket), periodSeconds: 20, failureThreshold: 3 },
      },
      resources: { cpu: "500m", memory: "2Gi" },
      // A session lives in one process.
      scaling: { type: "fixed", replicas: 1 },
      drainSeconds: 10,
    });
  }
  return result;
}

/**
 * What the image's entry point (api/docker/entrypoint.sh) does with `MODE=beat`, but for the file in which beat keeps when it
 * did what: by default that is in the working directory, where beat ends at once if it cannot write.
 */
function beatCommand(logLevel = "INFO"): readonly string[] {
  const schedule = `${SCRATCH}/celerybeat-schedule`;
  return ["celery", "-A", "app.celery", "beat", "--loglevel", logLevel, "--schedule", schedule];
}

function forPort(probe: Probe, port: number): Probe {
  return probe.check.type === "http" ? { ...probe, check: { ...probe.check, port } } : probe;
}

/**
 * Asks this worker through the broker whether it still takes commands: a process that hangs answers nobody. It only fails
 * after ten minutes, since a broker that is away for a moment is not the worker's fault.
 */
function celeryPing(): Probe {
  return {
    check: {
      type: "exec",
      command: [
        "sh",
        "-c",
        'celery --broker "$CELERY_BROKER_URL" inspect ping --destination "celery@$(hostname)" --timeout 10',
      ],
    },
    initialDelaySeconds: 120,
    periodSeconds: 60,
    timeoutSeconds: 30,
    failureThreshold: 10,
  };
}

function withMode(environment: Environment, mode: Record<string, string>): Environment {
  return (bindings) => ({ ...environment(bindings), ...mode });
}
