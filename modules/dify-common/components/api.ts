import type { Component, EnvironmentVariables, Probe, Scaling } from "../../app-gke/application-config";
import { capacity, type Pool, type ServerCapacity } from "../capacity";
import { apiEnvironment, apiSecrets, ports } from "../environment";
import { DRAIN_SECONDS, END_SECONDS } from "../pod-end";
import { acceptedKeys } from "../key-generations";
import { apiLiveness, patient } from "../probes";
import { secretNames } from "../secrets";
import type { DifySettings } from "../settings";
import { toSentinels } from "../sentinels";
import { scratchOf, sizes } from "../sizes";
import { tracingTarget } from "./tracing";
import { storesInCluster } from "../vector-stores";
import { imageOf, securityOf, shareException } from "./image";
import { PODS, script } from "./pod-scripts";

/**
 * What its user may write to in every release: images before 1.10.1 run as root, and later ones have no home directory.
 */
const SCRATCH = "/tmp";

type ApiImage = "api" | "api_websocket" | "worker" | "beat";

/** What all processes of the API's image have in common, components and jobs. */
export function apiProcess(settings: DifySettings, image: ApiImage, mode: Record<string, string>) {
  const scratch = [{ name: "tmp", mountPath: SCRATCH, sizeLimit: scratchOf(settings).tmp }];
  return {
    image: imageOf(settings, image),
    environment: withMode(apiEnvironment(settings), mode),
    secrets: apiSecrets(settings),
    security: {
      ...securityOf(settings, image, scratch),
      exception: shareException(settings),
    },
    scratch,
    needs: { database: true, googleApis: true, sharedFiles: settings.sharedFiles },
    talksTo: [...apiTalksTo(settings), ...(image === "api" || image === "worker" ? storesInCluster(settings) : [])],
    terminationGracePeriodSeconds: settings.api.terminationGracePeriodSeconds,
  } satisfies Partial<Component>;
}

/** @returns what the processes of the API's image open connections to */
export function apiTalksTo(settings: DifySettings): NonNullable<Component["talksTo"]> {
  return [
    "sandbox",
    "ssrf-proxy",
    "plugin-daemon",
    ...(settings.release.release.images.agent_backend ? ["agent-backend"] : []),
    // Dify fetches files from its own internal address.
    "api",
    ...settings.links.map((link) => link.component),
    ...tracingTarget(settings),
    "redis",
    ...toSentinels(settings),
    "internet",
  ];
}

/**
 * How long open streams may go on after SIGTERM: by default gunicorn cuts them off after 30 seconds
 * (https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout), whatever the pod's grace period is. The user's
 * own arguments follow, so they win.
 */
function gunicornArguments({ api, environment }: DifySettings, ...others: readonly string[]): Record<string, string> {
  const seconds = Math.max(1, api.terminationGracePeriodSeconds - DRAIN_SECONDS - END_SECONDS);
  const own = environment.GUNICORN_CMD_ARGS;
  return { GUNICORN_CMD_ARGS: [`--graceful-timeout=${seconds}`, ...others, ...(own ? [own] : [])].join(" ") };
}

/** The processes of the API's image: api, worker, beat and, if the release has it, the Socket.IO process. */
export function apiComponents(settings: DifySettings): Component[] {
  const { api, worker, release } = settings;
  const components = release.release.images;
  const process = (image: ApiImage, mode: Record<string, string>) => apiProcess(settings, image, mode);
  // What answers requests and what does tasks: the documented modules run both in one container.
  const withBuckets = (of: ReturnType<typeof process>) => ({
    ...of,
    needs: { ...of.needs, ...(settings.bucketMounts && { buckets: settings.bucketMounts }) },
  });
  // Indexing a large document takes minutes. In the API's pod, the API's grace period counts.
  const workerGrace =
    worker.placement === "api_pod"
      ? api.terminationGracePeriodSeconds
      : Math.max(api.terminationGracePeriodSeconds, 300);
  const size = sizes(settings);
  const model = capacity(settings);
  // The second one reads the first.
  const configurations = [
    "gunicorn.conf.py",
    ...(settings.keyGeneration === undefined ? [] : ["gunicorn-keys.conf.py"]),
  ];
  const configuration = configurations.at(-1) ?? "";
  const takesKeys = settings.keyGeneration === undefined ? {} : acceptedKeys(secretNames.innerApiKey, "INNER_API_KEY");
  const health: Probe = { check: { type: "http", path: "/health", port: api.port }, timeoutSeconds: 5 };

  const result: Component[] = [
    {
      ...withBuckets(
        process("api", {
          MODE: "api",
          // A job migrates before it starts.
          MIGRATION_ENABLED: "false",
          ...server(model.api, api.port),
          // As many requests at the same time as there are database connections: the file says why.
          ...gunicornArguments(settings, `--config=${PODS}/${configuration}`),
        }),
      ),
      name: "api",
      files: configurations.map(script),
      secrets: { ...apiSecrets(settings), ...takesKeys },
      ports: [{ name: "http", containerPort: api.port }],
      probes: {
        startup: api.startupProbe,
        readiness: { ...health, periodSeconds: 10, failureThreshold: 3 },
        liveness: api.livenessProbe && apiLiveness(api.livenessProbe, api.timeoutSeconds),
      },
      resources: size.api.resources,
      scaling: addingAt(model.cpuUtilization.api, size.api.scaling),
      ...(api.statefulSet && { statefulSet: api.statefulSet }),
      ...(api.takesOver && { takesOver: true }),
      // Endpoints are updated before the process gets the signal.
      drainSeconds: DRAIN_SECONDS,
    },
    {
      ...withBuckets(
        process("worker", {
          MODE: "worker",
          MIGRATION_ENABLED: "false",
          CELERY_WORKER_AMOUNT: String(model.worker.tasks),
          CELERY_MAX_WORKERS: String(model.worker.autoscaled),
          ...pool(model.worker.pool),
        }),
      ),
      name: "worker",
      probes: { startup: workerStarted, liveness: workerAnswers(workerGrace - END_SECONDS) },
      files: ["worker-answers.py", "drain-worker.py", "worker_broker.py"].map(script),
      preStop: { command: ["python", `${PODS}/drain-worker.py`, String(workerGrace - END_SECONDS)] },
      terminationGracePeriodSeconds: workerGrace,
      resources: size.worker.resources,
      ...(worker.placement === "api_pod"
        ? { inPodOf: "api" }
        : {
            scaling: addingFor(worker.byWaitingTasks ? model.worker.tasks : undefined, {
              ...addingAt(model.cpuUtilization.worker, size.worker.scaling),
            }),
          }),
    },
    {
      ...process("beat", pool(model.beat.pool)),
      name: "beat",
      command: beatCommand(settings.components.beat?.environment?.LOG_LEVEL ?? settings.environment.LOG_LEVEL),
      // No probe: the scheduler has no port; when it fails, its process ends.
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
        // Its connections last as long as pages are open, so a full process could not answer for hours. gunicorn
        // replaces it if it hangs; this probe only notices that nothing listens any more.
        liveness: { check: { type: "tcp", port: ports.apiWebsocket }, ...patient },
      },
      ...size["api-websocket"],
      drainSeconds: DRAIN_SECONDS,
    });
  }
  return result.map((component) =>
    component.name === "api" && api.fsGroup !== undefined
      ? { ...component, security: { ...component.security, fsGroup: api.fsGroup } }
      : component,
  );
}

/**
 * What the image's entry point (api/docker/entrypoint.sh) does with `MODE=beat`, except for the file in which beat
 * remembers its last runs: by default it is in the working directory, and beat exits if it cannot write there.
 */
function beatCommand(logLevel = "INFO"): readonly string[] {
  const schedule = `${SCRATCH}/celerybeat-schedule`;
  return ["celery", "-A", "app.celery", "beat", "--loglevel", logLevel, "--schedule", schedule];
}

function forPort(probe: Probe, port: number): Probe {
  return probe.check.type === "http" ? { ...probe, check: { ...probe.check, port } } : probe;
}

/**
 * Asks this worker through the broker whether it still takes commands: a hanging process does not answer, while one
 * with as many tasks as it takes does. Ten minutes, because a document may keep its event loop busy for minutes.
 * @param grace how long a restart waits for tasks that run, in seconds
 */
function workerAnswers(grace: number): Probe {
  return {
    check: { type: "exec", command: ["python", `${PODS}/worker-answers.py`, "15", `--grace=${grace}`] },
    initialDelaySeconds: 120,
    periodSeconds: 60,
    timeoutSeconds: 45,
    failureThreshold: 10,
  };
}

/** Loading Dify takes most of a minute. Until it answers, a rollout leaves the worker before it on its queues. */
const workerStarted: Probe = {
  check: { type: "exec", command: ["python", `${PODS}/worker-answers.py`, "5"] },
  periodSeconds: 10,
  timeoutSeconds: 30,
  failureThreshold: 60,
};

/** What the image's entry point passes to gunicorn. */
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

/** @param tasks that one pod does at the same time. @default - what waits does not count */
function addingFor(tasks: number | undefined, scaling: Scaling): Scaling {
  if (tasks === undefined || scaling.type !== "automatic") return scaling;
  return { ...scaling, waiting: { metric: "celery_queue_length", each: tasks } };
}

function withMode(environment: EnvironmentVariables, mode: Record<string, string>): EnvironmentVariables {
  return (bindings) => ({ HOME: SCRATCH, ...environment(bindings), ...mode });
}
