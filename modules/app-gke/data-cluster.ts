import type { Metrics, Port } from "./component";

/**
 * A database that KubeBlocks runs in the cluster. Its pods, Services, account Secrets and claims are the operator's; what is described
 * here becomes its `Cluster`.
 * @see docs/kubeblocks.md
 */
export interface DataCluster {
  /** DNS label, unique in the application and stable: the Cluster is `<application>-<name>`. */
  readonly name: string;
  /** KubeBlocks' ClusterDefinition. @see docs/kubeblocks.md */
  readonly definition: string;
  /** One of its topologies. @see docs/kubeblocks.md */
  readonly topology: string;
  readonly parts: readonly DataClusterPart[];
  /** The Cluster was restored from a backup of another one. @see docs/kubeblocks-operations.md @default - it is the first one */
  readonly restored?: RestoredCluster;
  /** Method of the addon's BackupPolicyTemplate, where KubeBlocks' own backups are on. @see docs/kubeblocks-operations.md @default - it is not backed up */
  readonly backupMethod?: string;
}

/** A Cluster that was restored from a backup. */
export interface RestoredCluster {
  /** From 1 on: with 1, the Cluster is `<application>-<name>-r1`. @see docs/kubeblocks-operations.md */
  readonly number: number;
  /** What sets it, for messages: `kubeblocks_clusters.qdrant.restored`. @see docs/kubeblocks-operations.md */
  readonly named: string;
}

/** The highest `RestoredCluster.number`. */
export const RESTORED_MOST = 9;

/** What pods of a data cluster measure. */
export interface DataMetrics extends Metrics {
  /** Name of the port in its ComponentDefinition: `http-metrics`. @see docs/kubeblocks.md */
  readonly portName: string;
}

/** One kind of pods of a data cluster: KubeBlocks' component. */
export interface DataClusterPart {
  /**
   * As the topology names it. Components name it in `talksTo`, and `Bindings.host` gives its Service's address; the ComponentVersion
   * that knows its versions has the same name.
   * @see docs/kubeblocks.md
   */
  readonly name: string;
  /** Name of its Service in the ComponentDefinition. @see docs/kubeblocks.md */
  readonly service: string;
  /** `1.15.4`. @see docs/kubeblocks.md */
  readonly version: string;
  /** Pods. @see docs/kubeblocks.md */
  readonly replicas: number;
  /** Cores, as request and limit: `500m`. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */
  readonly cpu: string;
  /** Memory, as request and limit: `2Gi`. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */
  readonly memory: string;
  /** Disk of each pod in GiB, `data` in the ComponentDefinition. It can grow, and not shrink. @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
  readonly storageGb: number;
  /** Another number replaces the pods, one by one. @see docs/kubeblocks.md @default 0 */
  readonly restarts?: number;
  /** An account of the ComponentDefinition whose password pods read. @default - nobody here needs one */
  readonly login?: DataLogin;
  /** `false`: without the addon's own container for metrics, which knows the password. @see docs/kubeblocks.md @default true */
  readonly exporter?: boolean;
  /** Ports that network policies open: to all components that talk to it, or to those in the port's `openTo`. */
  readonly ports: readonly Port[];
  /**
   * Collected with `WorkloadSettings.collectMetrics`: a policy opens the port to collectors in addition.
   * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#gmp-pod-monitoring
   * @default - it has none
   */
  readonly metrics?: DataMetrics;
  /** What sets its numbers, for messages: `kubeblocks_clusters.qdrant.replicas`. @see docs/kubeblocks.md */
  readonly named: { readonly replicas: string; readonly storage: string; readonly version: string };
  /** Why the operator may not take pods away, in a sentence. @default - it may */
  readonly keepsPods?: string;
  /** Why it may not add pods either. @see docs/kubeblocks.md @default - it may */
  readonly addsNoPods?: string;
  /** Why the first number of its version may not change, in a sentence. @default - it may */
  readonly keepsMajor?: string;
}

/** An account that the operator makes, with a password that nobody else makes or sees: pods read it where the operator has put it. */
export interface DataLogin {
  /** As the ComponentDefinition names it. @see docs/kubeblocks.md */
  readonly account: string;
  /** As components name the password in `secrets`, in place of one of the application's. */
  readonly passwordSecret: string;
}

/** A part that an application has its Redis in: a primary with a Service of its own. */
export interface DataRedis {
  /** Name of the part; its first port is Redis'. @see docs/kubeblocks.md */
  readonly part: string;
  /** The part of its sentinels, where clients ask them for the primary. @see docs/kubeblocks.md @default - they go to its Service alone */
  readonly sentinels?: string;
}
