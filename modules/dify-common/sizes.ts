import type { Resources, Scaling } from "../app-gke/application-config";
import { sized } from "./component-settings";
import type { DifySettings } from "./settings";
import { uploadLimits } from "./uploads";

/** How large a component is, and how many pods it has. */
export interface Size {
  readonly resources: Resources;
  readonly scaling: Scaling;
}

/** Dify's components by their names in Kubernetes. */
type SizedComponent =
  | "api"
  | "worker"
  | "beat"
  | "api-websocket"
  | "web"
  | "sandbox"
  | "plugin-daemon"
  | "agent-backend"
  | "local-sandbox"
  | "ssrf-proxy"
  | "proxy";

export type Sizes = Readonly<Record<SizedComponent, Size>>;

/** @returns the number of pods where their size follows the load: the smallest that would be there otherwise */
function withoutNumbers(scaling: Scaling): Scaling {
  return scaling.type === "automatic" ? { type: "fixed", replicas: scaling.minimum } : scaling;
}

const ONE: Scaling = { type: "fixed", replicas: 1 };

/**
 * The chosen size of every component, including those that a release does not have: everything in `capacity` is derived
 * from it. There are as many workers in the API's pods as there are such pods.
 */
export function sizes(settings: DifySettings): Sizes {
  const { components, worker } = settings;
  const chosen = Object.fromEntries(
    Object.entries(ownSizes(settings)).map(([name, size]) => {
      const own = sized(size, components[name]);
      return [name, settings.vertical ? { ...own, scaling: withoutNumbers(own.scaling) } : own];
    }),
  ) as Sizes;
  if (worker.placement !== "api_pod") return chosen;
  return { ...chosen, worker: { ...chosen.worker, scaling: chosen.api.scaling } };
}

function ownSizes(settings: DifySettings): Sizes {
  const { api, worker } = settings;
  const scratch = scratchOf(settings);
  const application = { cpu: api.cpu, memory: api.memory, ephemeralStorage: scratch.ephemeralStorage };
  const withApi: Scaling = { type: "automatic", minimum: api.minimum, maximum: api.maximum };
  return {
    api: { resources: application, scaling: withApi },
    worker: {
      resources: application,
      scaling: { type: "automatic", minimum: worker.minimum, maximum: worker.maximum },
    },
    // Two schedulers would start every periodic task twice.
    beat: { resources: { cpu: "250m", memory: "1Gi" }, scaling: ONE },
    // A session lives in one process.
    "api-websocket": { resources: { cpu: "500m", memory: "2Gi" }, scaling: ONE },
    web: { resources: { cpu: "250m", memory: "1Gi" }, scaling: withApi },
    sandbox: {
      resources: {
        cpu: "500m",
        memory: "1Gi",
        ...(settings.pythonRequirements && { ephemeralStorage: WITH_PACKAGES }),
      },
      scaling: withApi,
    },
    // Plugins run as child processes of the daemon that installed them on its own disk.
    "plugin-daemon": { resources: { cpu: "1000m", memory: "4Gi", ephemeralStorage: "8Gi" }, scaling: ONE },
    "agent-backend": { resources: { cpu: "500m", memory: "1Gi" }, scaling: ONE },
    // A shell's files are on the disk of the pod that has it.
    "local-sandbox": {
      resources: {
        cpu: "500m",
        memory: "1Gi",
        ephemeralStorage: settings.keyGeneration === undefined ? "10Gi" : WITH_DOOR,
      },
      scaling: ONE,
    },
    "ssrf-proxy": { resources: { cpu: "250m", memory: "512Mi" }, scaling: withApi },
    proxy: { resources: { cpu: "250m", memory: "256Mi" }, scaling: withApi },
  };
}

/** All that Autopilot gives a pod, less what the door of its key has. */
const WITH_DOOR = "10176Mi";

/**
 * The sandbox's disk with Python packages of your own: pip downloads, unpacks and installs there. pandas with numpy takes
 * 0.4 GiB.
 */
const WITH_PACKAGES = "5Gi";
/** MiB that an upload takes on disk in addition to its file. */
const FORM = 1;
/** Large files that are on the disk of a process at the same time, while they are received, unpacked or read. */
const FILES_AT_ONCE = 4;

/**
 * `/tmp` of the API's processes, where uploads are spooled and documents unpacked. Pods that need more are evicted with
 * all their requests; Autopilot gives a pod 10 GiB, which an API and a worker in one pod share.
 */
export function scratchOf(settings: DifySettings): {
  readonly tmp: string;
  readonly ephemeralStorage: string;
} {
  const gibibytes = Math.min(
    3,
    Math.max(1, Math.ceil((FILES_AT_ONCE * (uploadLimits(settings).largest + FORM)) / 1024)),
  );
  return { tmp: `${gibibytes}Gi`, ephemeralStorage: `${gibibytes + 1}Gi` };
}
