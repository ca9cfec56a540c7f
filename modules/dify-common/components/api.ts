import type { Component, Environment, Probe } from "../../app-gke/application-config";
import { literal } from "../../app-gke/terraform/literal";
import { projectFile } from "../../app-gke/terraform/project-file";
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

/** How long the Service goes on sending requests to a pod that ends. */
const DRAIN_SECONDS = 10;
/** What is left of the grace period when everything should be over. */
const END_SECONDS = 5;
const DRAIN_PATH = "/opt/pods/drain-worker.py";

/**
 * How long open streams may go on after SIGTERM: by default gunicorn cuts them off after 30 seconds
 * (https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout), whatever the pod's grace period. The user's own
 * arguments follow, so they win.
 */
function gracefulTimeout({ api, environment }: DifySettings): Record<string, string> {
  const seconds = Math.max(1, api.terminationGracePeriodSeconds - DRAIN_SECONDS - END_SECONDS);
  const own = environment.GUNICORN_CMD_ARGS;
  return { GUNICORN_CMD_ARGS: [`--graceful-timeout=${seconds}`, ...(own ? [own] : [])].join(" ") };
}

/** The processes of the API image: api, worker, beat and, where the release has it, the Socket.IO process. */
export function apiComponents(settings: DifySettings): Component[] {
  const { api, worker, release } = settings;
  const components = release.release.images;
  const process = (image: ApiImage, mode: Record<string, string>) => apiProcess(settings, image, mode);
  // Indexing a large document takes minutes. In the API's pod, its own grace counts.
  const workerGrace =
    worker.placement === "api_pod"
      ? api.terminationGracePeriodSeconds
      : Math.max(api.terminationGracePeriodSeconds, 300);
  const server = {
    DIFY_BIND_ADDRESS: "0.0.0.0",
    DIFY_PORT: String(api.port),
    GUNICORN_TIMEOUT: String(api.timeoutSeconds),
    ...gracefulTimeout(settings),
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
      drainSeconds: DRAIN_SECONDS,
      sessionAffinity: api.sessionAffinity,
    },
    {
      ...process("worker", { MODE: "worker", MIGRATION_ENABLED: "false" }),
      name: "worker",
      probes: { liveness: celeryPing() },
      files: [{ mountPath: DRAIN_PATH, content: () => literal(projectFile("scripts/pods/drain-worker.py")) }],
      preStop: { command: ["python", DRAIN_PATH, String(workerGrace - END_SECONDS)] },
      terminationGracePeriodSeconds: workerGrace,
      resources: { cpu: api.cpu, memory: api.memory, ephemeralStorage: "2Gi" },
      ...(worker.placement === "api_pod"
        ? { inPodOf: "api" }
        : {
            scaling: { type: "automatic", minimum: worker.minimum, maximum: worker.maximum },
          }),
    },
    {
      ...process("beat", {}),
      name: "beat",
      command: beatCommand(settings.components.beat?.environment?.LOG_LEVEL ?? settings.environment.LOG_LEVEL),
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
      drainSeconds: DRAIN_SECONDS,
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
