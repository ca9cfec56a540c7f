import type { Addon, Chart, OperatorDefinition } from "./operator";

/** The tag v1.0.2. @see https://github.com/apecloud/kubeblocks/tree/v1.0.2/deploy/helm/crds */
const COMMIT = "30c8209a0ff2c7b8b90eaf0625c29265bffd2cfe";
const VERSION = "1.0.2";

const KINDS: Readonly<Record<string, readonly string[]>> = {
  "apps.kubeblocks.io": [
    ...["clusterdefinitions", "clusters", "componentdefinitions", "components", "componentversions"],
    ...["configconstraints", "configurations", "servicedescriptors", "shardingdefinitions", "sidecardefinitions"],
  ],
  "dataprotection.kubeblocks.io": [
    ...["actionsets", "backuppolicies", "backuppolicytemplates", "backuprepos", "backups", "backupschedules"],
    ...["restores", "storageproviders"],
  ],
  "experimental.kubeblocks.io": ["nodecountscalers"],
  "extensions.kubeblocks.io": ["addons"],
  "operations.kubeblocks.io": ["opsdefinitions", "opsrequests"],
  "parameters.kubeblocks.io": ["componentparameters", "paramconfigrenderers", "parameters", "parametersdefinitions"],
  "trace.kubeblocks.io": ["reconciliationtraces"],
  "workloads.kubeblocks.io": ["instancesets"],
};

/** Databases that it can run. @see https://github.com/apecloud/kubeblocks-addons/tree/v1.0.2/addons */
export type KubeBlocksAddon = "postgresql" | "qdrant" | "redis";

/** @param backups whether it copies databases */
export const kubeBlocks = (backups: boolean): OperatorDefinition => ({
  title: "KubeBlocks",
  repository: "https://apecloud.github.io/helm-charts",
  // The operator's own containers are "restricted", except for those that fetch its tools.
  podSecurity: "baseline",
  groups: ["apps.kubeblocks.io", ...Object.keys(KINDS).slice(1)],
  remedy:
    "Take kubeblocks out of install_operators, and set kubeblocks_namespace to where it runs: this environment uses the existing one from version 1.0 on.",
  /**
   * The chart leaves them out, because Helm keeps a chart in a Secret of at most 1 MiB, and these have 1.3 MiB compressed.
   * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/deploy/helm/.helmignore
   */
  kinds: {
    version: VERSION,
    from: `https://raw.githubusercontent.com/apecloud/kubeblocks/${COMMIT}/deploy/helm/crds`,
    sha256: "f3969946398ec4ea98c1776fceb4f162c9d1f815380dd7fb8c5be8c456a68120",
    files: Object.entries(KINDS).flatMap(([group, plurals]) => plurals.map((plural) => `${group}_${plural}`)),
  },
  charts: [
    {
      release: "kubeblocks",
      chart: "kubeblocks",
      version: VERSION,
      /**
       * Databases keep running without the operator, so one pod each is enough. It installs no addons: those that are needed are charts
       * here, with a fixed version.
       * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/deploy/helm/values.yaml
       */
      values: {
        image: { registry: "docker.io" },
        replicaCount: 1,
        resources: { cpu: "500m", memory: "1Gi" },
        podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        autoInstalledAddons: [],
        // It would install charts with jobs of its own, which have rights in the whole cluster and do not check certificates.
        addonController: { enabled: false },
        // Its backups contain the databases' passwords, encrypted with a key that is in the public chart: only on if asked for.
        dataProtection: { enabled: backups },
        storageClass: { create: false },
        // Otherwise it replaces pods without end on Autopilot: docs/kubeblocks.md.
        featureGates: { ignorePodVerticalScaling: { enabled: true } },
      },
    },
    addon("qdrant"),
  ],
  addons: { postgresql: neededBy("postgresql"), redis: neededBy("redis") },
});

function addon(name: KubeBlocksAddon): Chart {
  return { release: `kb-addon-${name}`, chart: name, version: VERSION, values: {} };
}

function neededBy(name: KubeBlocksAddon): Addon {
  return {
    chart: addon(name),
    needed: { path: "/apis/apps.kubeblocks.io/v1/clusters", field: "clusterDef", value: name },
  };
}
