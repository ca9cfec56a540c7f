import type { Component, ConfigurationFile, Environment, Probe, Scaling } from "../../app-gke/application-config";
import { literal } from "../../app-gke/terraform/literal";
import { projectFile } from "../../app-gke/terraform/project-file";
import { capacity, type Pool, type ServerCapacity } from "../capacity";
import { apiEnvironment, apiSecrets, ports } from "../environment";
import { apiLiveness, patient } from "../probes";
import type { DifySettings } from "../settings";
import { scratchOf, sizes } from "../sizes";
import { imageOf, securityOf, shareException } from "./image";

/** What its user may write to in every release: images before 1.10.1 are root's, and the later ones have no home for it. */
const SCRATCH = "/tmp";

type ApiImage = "api" | "api_websocket" | "worker" | "beat";

/** What every process of the API image has in common: a component, or a job. */
export function apiProcess(settings: DifySettings, image: ApiImage, mode: Record<string, string>) {
  const scratch = [{ name: "tmp", mountPath: SCRATCH, sizeLimit: scratchOf(settings).tmp }];
  return {
    image: imageOf(settings, image),
    environment: withMode(apiEnvironment(settings), mode),
    secrets: apiSecrets(settings),
    security: { ...securityOf(settings, image, scratch), exception: shareException(settings) },
    scratch,
    needs: { database: true, googleApis: true, sharedFiles: settings.sharedFiles },
    talksTo: apiTalksTo(settings),
    terminationGracePeriodSeconds: settings.api.terminationGracePeriodSeconds,
  } satisfies Partial<Component>;
}

/** @returns whom the processes of the API image open connections to */
export function apiTalksTo(settings: DifySettings): NonNullable<Component["talksTo"]> {
  return [
    "sandbox",
    "ssrf-proxy",
    "plugin-daemon",
    ...(settings.release.release.images.agent_backend ? ["agent-backend"] : []),
    // Dify fetches files through its own internal address.
    "api",
    ...settings.links.map((link) => link.component),
    "redis",
    "internet",
  ];
}

/** How long the Service goes on sending requests to a pod that ends. */
const DRAIN_SECONDS = 10;
/** What is left of the grace period when everything should be over. */
const END_SECONDS = 5;
/** Where a container has what it runs in addition to its own process. */
const PODS = "/opt/pods";

function script(name: string): ConfigurationFile {
  const text = projectFile(`scripts/pods/${name}`);
  return { mountPath: `${PODS}/${name}`, content: () => literal(text) };
}

/**
 * How long open streams may go on after SIGTERM: by default gunicorn cuts them off after 30 seconds
 * (https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout), whatever the pod's grace period. The user's own
 * arguments follow, so they win.
 */
function gunicornArguments({ api, environment }: DifySettings, ...others: readonly string[]): Record<string, string> {
  const seconds = Math.max(1, api.terminationGracePeriodSeconds - DRAIN_SECONDS - END_SECONDS);
  const own = environment.GUNICORN_CMD_ARGS;
  return { GUNICORN_CMD_ARGS: [`--graceful-timeout=${seconds}`, ...others, ...(own ? [own] : [])].join(" ") };
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
  const size = sizes(settings);
  const model = capacity(settings);
  const health: Probe = { check: { type: "http", path: "/health", port: api.port }, timeoutSeconds: 5 };

  const result: Component[] = [
    {
      ...process("api", {
        MODE: "api",
        // The job before it migrates.
        MIGRATION_ENABLED: "false",
        ...server(model.api, api.port),
        // As many requests at a time as there are database connections for: the file says why.
        ...gunicornArguments(settings, `--config=${PODS}/gunicorn.conf.py`),
      }),
      name: "api",
      files: [script("gunicorn.conf.py")],
      ports: [{ name: "http", containerPort: api.port }],
      probes: {
        startup: api.startupProbe,
        readiness: { ...health, periodSeconds: 10, failureThreshold: 3 },
        liveness: api.livenessProbe && apiLiveness(api.livenessProbe, api.timeoutSeconds),
      },
      resources: size.api.resources,
      scaling: addingAt(model.cpuUtilization.api, size.api.scaling),
      // Endpoints are updated before the process hears of it.
      drainSeconds: DRAIN_SECONDS,
      sessionAffinity: api.sessionAffinity,
    },
    {
      ...process("worker", {
        MODE: "worker",
        MIGRATION_ENABLED: "false",
        CELERY_WORKER_AMOUNT: String(model.worker.tasks),
        CELERY_MAX_WORKERS: String(model.worker.autoscaled),
        ...pool(model.worker.pool),
      }),
      name: "worker",
      probes: { liveness: workerAnswers },
      files: ["worker-answers.py", "drain-worker.py", "worker_broker.py"].map(script),
      preStop: { command: ["python", `${PODS}/drain-worker.py`, String(workerGrace - END_SECONDS)] },
      terminationGracePeriodSeconds: workerGrace,
      resources: size.worker.resources,
      ...(worker.placement === "api_pod"
        ? { inPodOf: "api" }
        : {
            scaling: addingAt(model.cpuUtilization.worker, size.worker.scaling),
          }),
    },
    {
      ...process("beat", pool(model.beat.pool)),
      name: "beat",
      command: beatCommand(settings.components.beat?.environment?.LOG_LEVEL ?? settings.environment.LOG_LEVEL),
      // No probe: the scheduler has no port and answers nobody; where it fails, it ends.
      ...size.beat,
      rollout: "recreate",
    },
  ];
  if (components.api_websocket) {
    result.push({
      ...process("api_websocket", {
        MODE: "api",
        MIGRATION_ENABLED: "false",
        ...server(model.websocket, ports.apiWebsocket),
        ...gunicornArguments(settings),
      }),
      name: "api-websocket",
      ports: [{ name: "http", containerPort: ports.apiWebsocket }],
      probes: {
        startup: { ...forPort(health, ports.apiWebsocket), periodSeconds: 10, failureThreshold: 60 },
        readiness: forPort(health, ports.apiWebsocket),
        // Its connections last as long as pages are open: full, it could not answer for hours. Whether it hangs is gunicorn's
        // to see; what is left is that nobody listens any more.
        liveness: { check: { type: "tcp", port: ports.apiWebsocket }, ...patient },
      },
      ...size["api-websocket"],
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
 * Asks this worker through the broker whether it still takes commands: a process that hangs answers nobody, and one that has
 * as many tasks as it takes does. Ten minutes, since a document may keep its event loop busy for minutes.
 */
const workerAnswers: Probe = {
  check: { type: "exec", command: ["python", `${PODS}/worker-answers.py`, "15"] },
  initialDelaySeconds: 120,
  periodSeconds: 60,
  timeoutSeconds: 45,
  failureThreshold: 10,
};

/** What the image's entry point starts gunicorn with. */
function server(of: ServerCapacity, port: number): Record<string, string> {
  return {
    DIFY_BIND_ADDRESS: "0.0.0.0",
    DIFY_PORT: String(port),
    SERVER_WORKER_AMOUNT: String(of.processes),
    SERVER_WORKER_CLASS: of.workerClass,
    SERVER_WORKER_CONNECTIONS: String(of.connections),
    GUNICORN_TIMEOUT: String(of.timeoutSeconds),
    ...pool(of.pool),
  };
}

function pool({ size, overflow }: Pool): Record<string, string> {
  return { SQLALCHEMY_POOL_SIZE: String(size), SQLALCHEMY_MAX_OVERFLOW: String(overflow) };
}

function addingAt(cpuUtilization: number, scaling: Scaling): Scaling {
  return scaling.type === "automatic" ? { cpuUtilization, ...scaling } : scaling;
}

function withMode(environment: Environment, mode: Record<string, string>): Environment {
  return (bindings) => ({ HOME: SCRATCH, ...environment(bindings), ...mode });
}
