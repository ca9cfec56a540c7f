import type { Scaling } from "../app-gke/application-config";
import { bytes, cores } from "../app-gke/workload/quantities";
import { CONNECTION_KIB } from "./nginx-limits";
import { hasFeature } from "./releases";
import { countIn, type Own, ownOf } from "./routing";
import type { DifySettings } from "./settings";
import { type Size, type Sizes, sizes } from "./sizes";

/**
 * The model of how much Dify does at the same time. Processes, connections, tasks and pools follow from the size of
 * each component, the number of its pods, and what the database takes. What the user's own environment says wins, and
 * is counted.
 *
 * The numbers here were measured with the real Dify 1.16.1, started from source with this environment.
 */

/** How the servers in the API's image are started. */
export interface ServerCapacity {
  readonly processes: number;
  readonly workerClass: string;
  /** Connections that a process has open at the same time, including waiting ones and idle streams. */
  readonly connections: number;
  /** Seconds without a heartbeat after which gunicorn replaces a process. */
  readonly timeoutSeconds: number;
  readonly pool: Pool;
}

/** Database connections of one process. */
export interface Pool {
  /** Connections that stay open. */
  readonly size: number;
  /** Connections that are opened in addition when all are in use, and closed again. */
  readonly overflow: number;
}

/** The most database connections of one component. */
interface Demand {
  readonly component: string;
  /** Processes, in as many pods as there may be, including one more during an update. */
  readonly processes: number;
  /** Connections of each. */
  readonly each: number;
}

export interface Capacity {
  readonly api: ServerCapacity;
  readonly websocket: ServerCapacity;
  /**
   * `autoscaled`: the most tasks with `CELERY_AUTO_SCALE`; by default Celery takes one for each processor of the node.
   */
  readonly worker: { readonly tasks: number; readonly autoscaled: number; readonly pool: Pool };
  readonly beat: { readonly pool: Pool };
  readonly pluginDaemon: { readonly connections: number; readonly idle: number };
  /** Pieces of code that run in a pod at the same time, and those that run or wait; it refuses any more. */
  readonly sandbox: { readonly workers: number; readonly requests: number };
  /** CPU usage at which pods are added, in percent of the request: a pod may be unable to use all that it has. */
  readonly cpuUtilization: { readonly api: number; readonly worker: number };
  /** nginx: connections of a pod, to clients and to components, and the processes that share them. */
  readonly proxy: {
    readonly processes: number;
    readonly connections: number;
    /** Requests that one client may have open. @default - as many as it likes */
    readonly requestsOfClient?: number;
  };
  /** squid: open files, of which a request takes two. */
  readonly ssrfProxy: { readonly files: number };
  readonly demand: readonly Demand[];
  /** The sum: connections that one installation may open at the same time. */
  readonly databaseConnections: number;
}

const MIB = 2 ** 20;
/** MiB for a process of the API's image that has loaded everything. Measured: 460 to 515. */
const PROCESS = 512;
/** MiB for each process, including room for what it does. */
const ROOM_FOR_PROCESS = 1024;
/** MiB for each connection of a process. Measured: 0.2 for an open stream; the rest is for what is sent over it. */
const CONNECTION = 1;
/** The same if a workflow runs in the process that has its stream. */
const CONNECTION_WITH_RUN = 10;
/**
 * As many as Dify's own compose file gives its Socket.IO process (docker/docker-compose.yaml,
 * `API_WEBSOCKET_WORKER_CONNECTIONS`).
 */
const MOST_CONNECTIONS = 1000;
const LEAST_CONNECTIONS = 50;
/**
 * Seconds: the image's own default. A process with gevent sends its heartbeat from its event loop, so this does not end
 * any request, however long; it limits how long a hanging process stays. It has to cover the import of the application,
 * which takes 20 seconds, or 110 on a busy machine. (Dify's own compose file: 360.)
 */
const HEARTBEAT = 200;

/**
 * Tasks that one event loop, and so one CPU, can serve: each takes half a second of CPU for a workflow of three nodes.
 */
const MOST_TASKS = 10;
/** MiB for each task. */
const TASK = 256;
/**
 * Connections that a request or a task holds at the same time: one for the session that the framework opens, one for
 * the code's own. With fewer connections than all of them need, each could have one and wait for its second.
 */
export const CONNECTIONS_EACH = 2;

/**
 * Size of pools: with fewer connections, too little is done at the same time to use a CPU; with more, a database waits
 * for itself.
 */
const LEAST_POOL = 6;
const MOST_POOL = { api: 40, worker: workerPool(MOST_TASKS, Infinity), websocket: 10, pluginDaemon: 20 } as const;
/** beat only asks the database what extensions ask when they load. */
const BEAT_POOL: Pool = { size: 1, overflow: 1 };
/** pgvector has a pool for each search, in addition to SQLAlchemy's: searches of an API process at the same time. */
const SEARCHES = 2;

/** MiB of the sandbox for each running piece of code: an interpreter, with what it loads. */
const CODE = 96;
/** The project's own number (conf/config.yaml of dify-sandbox 0.2.15). */
const LEAST_CODE = 4;
/**
 * Dify's own number is 50, above which runs fail: 34 of 100 that started at once in 1.8.1, where runs are in the API's
 * processes. Waiting costs next to nothing, and the caller gives up after a minute.
 */
const MOST_CODE_WAITING = 1000;

/** KiB of squid for each request. */
const SQUID_REQUEST = 128;
/** MiB of either of them, or of the sandbox, when idle. */
const PROXY = 32;

/** Variables of the user's own environment for which the model has a value if they are not set; all are counts. */
export const capacityVariables = [
  "SERVER_WORKER_AMOUNT",
  "SERVER_WORKER_CONNECTIONS",
  "GUNICORN_TIMEOUT",
  "CELERY_WORKER_AMOUNT",
  "CELERY_WORKER_CONCURRENCY",
  "CELERY_MAX_WORKERS",
  "SQLALCHEMY_POOL_SIZE",
  "SQLALCHEMY_MAX_OVERFLOW",
  "DB_MAX_OPEN_CONNS",
  "MAX_WORKERS",
  "MAX_REQUESTS",
] as const;

export type CapacityVariable = (typeof capacityVariables)[number];

type Owner = "api" | "worker" | "beat" | "websocket" | "pluginDaemon" | "sandbox";

const clamp = (least: number, value: number, most: number): number => Math.max(least, Math.min(most, value));
const mebibytes = ({ resources }: Size): number => bytes(resources.memory) / MIB;

const known = new WeakMap<DifySettings, Capacity>();

/** @returns the numbers for every component, with pools as large as the database allows */
export function capacity(settings: DifySettings): Capacity {
  const found = known.get(settings) ?? withLargestPools(settings);
  known.set(settings, found);
  return found;
}

function withLargestPools(settings: DifySettings): Capacity {
  const size = sizes(settings);
  const own = {
    api: ownOf(settings, "api"),
    worker: ownOf(settings, "worker"),
    beat: ownOf(settings, "beat"),
    websocket: ownOf(settings, "api-websocket"),
    pluginDaemon: ownOf(settings, "plugin-daemon"),
    sandbox: ownOf(settings, "sandbox"),
  };
  const most = Math.max(...Object.values(MOST_POOL));
  for (let pool = most; pool > LEAST_POOL; pool--) {
    const result = withPools(settings, size, own, pool);
    if (result.databaseConnections <= settings.database.connections) return result;
  }
  return withPools(settings, size, own, LEAST_POOL);
}

function withPools(settings: DifySettings, size: Sizes, own: Readonly<Record<Owner, Own>>, most: number): Capacity {
  const api = apiServer(settings, size.api, own.api, poolOf(own.api, Math.min(most, MOST_POOL.api)));
  const websocket = websocketServer(
    size["api-websocket"],
    settings.components["api-websocket"]?.environment ?? {},
    poolOf(own.websocket, Math.min(most, MOST_POOL.websocket)),
  );
  const tasks = tasksOf(own.worker, size.worker, Math.min(most, MOST_POOL.worker));
  const workers = workerProcesses(own.worker, tasks);
  const tasksEach = Math.ceil(tasks / workers);
  const worker = {
    tasks,
    autoscaled: countIn(own.worker, "CELERY_MAX_WORKERS") ?? tasks,
    pool: poolOf(own.worker, workerPool(tasksEach, most)),
  };
  const beat = { pool: poolOf(own.beat, BEAT_POOL.size + BEAT_POOL.overflow) };
  const plugins = countIn(own.pluginDaemon, "DB_MAX_OPEN_CONNS") ?? Math.min(most, MOST_POOL.pluginDaemon);
  const vectors = usesPgvector(settings) ? 1 : 0;
  const { images } = settings.release.release;
  const demand: Demand[] = [
    {
      component: "api",
      processes: podsOf(size.api.scaling) * api.processes,
      each: sum(api.pool) + vectors * SEARCHES,
    },
    {
      component: "worker",
      processes: podsOf(size.worker.scaling) * workers,
      each: sum(worker.pool) + vectors * tasksEach,
    },
    ...(images.api_websocket
      ? [{ component: "api-websocket", processes: podsOf(size["api-websocket"].scaling), each: sum(websocket.pool) }]
      : []),
    // Never two at a time.
    { component: "beat", processes: 1, each: sum(beat.pool) },
    { component: "plugin-daemon", processes: podsOf(size["plugin-daemon"].scaling), each: plugins },
  ];
  return {
    api,
    websocket,
    worker,
    beat,
    pluginDaemon: { connections: plugins, idle: Math.ceil(plugins / 2) },
    sandbox: {
      workers:
        countIn(own.sandbox, "MAX_WORKERS") ??
        Math.max(LEAST_CODE, Math.floor((mebibytes(size.sandbox) - PROXY) / CODE)),
      requests: countIn(own.sandbox, "MAX_REQUESTS") ?? MOST_CODE_WAITING,
    },
    cpuUtilization: utilization(settings, size, api.processes, workers),
    proxy: entryPoint(settings, size.proxy),
    ssrfProxy: { files: Math.floor(((mebibytes(size["ssrf-proxy"]) - PROXY) * 1024) / SQUID_REQUEST) * 2 },
    demand,
    databaseConnections: demand.reduce((total, { processes, each }) => total + processes * each, 0),
  };
}

/**
 * A request takes two connections, and one client may have at most a quarter of all. Requests by HTTP/2 share the client's
 * connection, so each takes one, with the memory of two.
 */
function entryPoint({ requestsOfClient, containerProtocol }: DifySettings, size: Size): Capacity["proxy"] {
  const ofRequest = containerProtocol === "h2c" ? 1 : 2;
  const requests = ((mebibytes(size) - PROXY) * 1024) / (2 * CONNECTION_KIB);
  const connections = Math.floor(requests * ofRequest);
  const most = requestsOfClient ?? Math.floor(requests / 4);
  return { processes: 2, connections, requestsOfClient: most === 0 ? undefined : most };
}

function apiServer(settings: DifySettings, size: Size, own: Own, pool: Pool): ServerCapacity {
  const most = Math.min(Math.floor(cores(size.resources.cpu)), Math.floor(mebibytes(size) / ROOM_FOR_PROCESS));
  const processes = countIn(own, "SERVER_WORKER_AMOUNT") ?? Math.max(1, most);
  const workerClass = own.SERVER_WORKER_CLASS ?? "gevent";
  const each = hasFeature("streamsRunInWorker", settings.release.version, settings.imageTags)
    ? CONNECTION
    : CONNECTION_WITH_RUN;
  return {
    processes,
    workerClass,
    connections: countIn(own, "SERVER_WORKER_CONNECTIONS") ?? connectionsIn(mebibytes(size) / processes, each),
    // A synchronous process sends no heartbeat before its request is done.
    timeoutSeconds:
      countIn(own, "GUNICORN_TIMEOUT") ??
      (workerClass === "sync" ? Math.max(HEARTBEAT, settings.api.timeoutSeconds) : HEARTBEAT),
    pool,
  };
}

/**
 * Its sessions need a single process that supports WebSocket. In `environment_variables`, `SERVER_WORKER_*` are the
 * API's, as in Dify's own compose file; its own are in the settings of its component.
 */
function websocketServer(size: Size, own: Own, pool: Pool): ServerCapacity {
  return {
    processes: 1,
    workerClass: "geventwebsocket.gunicorn.workers.GeventWebSocketWorker",
    connections: countIn(own, "SERVER_WORKER_CONNECTIONS") ?? connectionsIn(mebibytes(size), CONNECTION),
    timeoutSeconds: countIn(own, "GUNICORN_TIMEOUT") ?? HEARTBEAT,
    pool,
  };
}

function connectionsIn(memory: number, each: number): number {
  return clamp(LEAST_CONNECTIONS, Math.floor((memory - PROCESS) / each), MOST_CONNECTIONS);
}

/** The image's entry point (api/docker/entrypoint.sh) takes the first of these that is set. */
function tasksOf(own: Own, size: Size, pool: number): number {
  const inMemory = Math.floor((mebibytes(size) - PROCESS) / TASK);
  const fitting = clamp(1, Math.min(inMemory, Math.floor(pool / CONNECTIONS_EACH) - 1), MOST_TASKS);
  if (own.CELERY_AUTO_SCALE?.toLowerCase() === "true") return countIn(own, "CELERY_MAX_WORKERS") ?? fitting;
  return countIn(own, "CELERY_WORKER_CONCURRENCY") ?? countIn(own, "CELERY_WORKER_AMOUNT") ?? fitting;
}

/** With gevent, all tasks of a worker share one process; a pool of processes is the user's own choice. */
function workerProcesses(own: Own, tasks: number): number {
  const pool = own.CELERY_WORKER_POOL ?? own.CELERY_WORKER_CLASS;
  return pool === "prefork" || pool === "processes" ? tasks : 1;
}

/** What the tasks of a process need, and a few more if there is room, so that they wait less for each other. */
function workerPool(tasks: number, most: number): number {
  return Math.max(CONNECTIONS_EACH * (tasks + 1), Math.min(most, CONNECTIONS_EACH * (tasks + 2)));
}

function poolOf(own: Own, connections: number): Pool {
  const size = countIn(own, "SQLALCHEMY_POOL_SIZE") ?? Math.ceil(connections / 2);
  return { size, overflow: countIn(own, "SQLALCHEMY_MAX_OVERFLOW") ?? Math.max(0, connections - size) };
}

function sum({ size, overflow }: Pool): number {
  return size + overflow;
}

/** @returns the most pods at the same time: during an update, a new one is ready before an old one ends */
function podsOf(scaling: Scaling): number {
  return (scaling.type === "fixed" ? scaling.replicas : scaling.maximum) + 1;
}

/** Percent of what a pod can use: an autoscaler that waits for more would never add a pod. */
const BUSY = 70;

function utilization(
  settings: DifySettings,
  size: Readonly<Record<"api" | "worker", Size>>,
  apiProcesses: number,
  workers: number,
): Capacity["cpuUtilization"] {
  // An event loop uses only one CPU.
  const parts = {
    api: { has: cores(size.api.resources.cpu), uses: apiProcesses },
    worker: { has: cores(size.worker.resources.cpu), uses: workers },
  };
  const percent = (of: readonly { readonly has: number; readonly uses: number }[]): number => {
    const has = of.reduce((total, part) => total + part.has, 0);
    return Math.round((BUSY * of.reduce((total, part) => total + Math.min(part.has, part.uses), 0)) / has);
  };
  return {
    api: percent(settings.worker.placement === "api_pod" ? [parts.api, parts.worker] : [parts.api]),
    worker: percent([parts.worker]),
  };
}

/** Also while vectors move: what has not moved yet is searched there. */
function usesPgvector({ environment, vectors }: DifySettings): boolean {
  return [environment.VECTOR_STORE ?? vectors?.store ?? "pgvector", vectors?.movesFrom].includes("pgvector");
}
