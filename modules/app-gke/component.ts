import type { Bindings, EnvironmentVariables } from "./bindings";
import type { DataAccount } from "./data-account";
import type { StatefulSetSettings } from "./stateful-set";

export type { OwnVolume, StatefulSetSettings } from "./stateful-set";

/** A port of a container, and of its Service. */
export interface Port {
  /** At most 15 characters: `http`. @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports */
  readonly name: string;
  /** @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports */
  readonly containerPort: number;
  /**
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
   * @default - the container's port
   */
  readonly servicePort?: number;
  /**
   * Where earlier pods listened. While pods are replaced, both ports are reached: the Service leads to the port's name
   * in each pod, and policies open both.
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
   * @default - on the same one
   */
  readonly earlierContainerPort?: number;
  /**
   * Protocol on this port, for proxies that read it, such as `kubernetes.io/h2c`.
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
   * @default - not said
   */
  readonly appProtocol?: string;
  /**
   * Components that network policies open it to; with an empty list, to none.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-range-of-ports
   * @default - all components that talk to this one
   */
  readonly openTo?: readonly string[];
  /**
   * Network policies open it for UDP as well.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
   * @default false
   */
  readonly udp?: boolean;
}

/** Where a component or a job serves its metrics, in Prometheus' text format. */
export interface Metrics {
  /**
   * Port of the container, which the Service does not have.
   * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#gmp-pod-monitoring
   */
  readonly port: number;
  /**
   * Names of the metrics that are collected; `redis_.*` is a pattern (RE2). Each series costs money.
   * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/cost-controls
   */
  readonly names: readonly string[];
}

/** One probe, with the fields and defaults of the Kubernetes API. */
export interface Probe {
  /**
   * `http` requests `path`, `tcp` only connects, `exec` runs a command that must exit with 0.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#probe-check-methods
   */
  readonly check:
    | { readonly type: "http"; readonly path: string; readonly port: number }
    | { readonly type: "tcp"; readonly port: number }
    | { readonly type: "exec"; readonly command: readonly string[] };
  /**
   * Seconds.
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes
   * @default 0
   */
  readonly initialDelaySeconds?: number;
  /**
   * Seconds.
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes
   * @default 10
   */
  readonly periodSeconds?: number;
  /**
   * Seconds.
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes
   * @default 1
   */
  readonly timeoutSeconds?: number;
  /**
   * How often it has to fail in a row.
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes
   * @default 3
   */
  readonly failureThreshold?: number;
}

export interface Probes {
  /**
   * The other two probes start after it has succeeded.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#types-of-probe
   * @default - none
   */
  readonly startup?: Probe;
  /**
   * The pod gets requests while it succeeds.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#types-of-probe
   * @default - a container is ready as soon as it runs
   */
  readonly readiness?: Probe;
  /**
   * The container is restarted when it fails.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#types-of-probe
   * @default - a container is restarted only when its process ends
   */
  readonly liveness?: Probe;
}

/** Kubernetes quantities, for both requests and limits. Autopilot raises what does not fit its ratios. */
export interface Resources {
  /** `500m`. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-cpu */
  readonly cpu: string;
  /** `1Gi`. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory */
  readonly memory: string;
  /**
   * `2Gi`.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
   * @default 1Gi
   */
  readonly ephemeralStorage?: string;
}

/** How many pods run. */
export type Scaling =
  | {
      readonly type: "fixed";
      /** @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas */
      readonly replicas: number;
    }
  | {
      readonly type: "automatic";
      /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
      readonly minimum: number;
      /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
      readonly maximum: number;
      /**
       * Average CPU usage to aim for, in percent of the request.
       * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
       * @default 70
       */
      readonly cpuUtilization?: number;
      /** Pods are also added for what waits for them. @default - by CPU usage alone */
      readonly waiting?: Waiting;
    };

/** How small and how large containers may become, as multiples of what they ask for. */
export interface VerticalRange {
  /** @see https://cloud.google.com/kubernetes-engine/docs/concepts/verticalpodautoscaler */
  readonly least: number;
  /** @see https://cloud.google.com/kubernetes-engine/docs/concepts/verticalpodautoscaler */
  readonly most: number;
}

/**
 * What waits for the pods of a component, as another component measures it. The cluster needs an adapter that answers
 * the autoscaler with metrics of Managed Service for Prometheus.
 * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/hpa
 */
export interface Waiting {
  /**
   * Name of a gauge that is collected; its series are summed up.
   * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/hpa
   */
  readonly metric: string;
  /**
   * How much of it one pod handles.
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
   */
  readonly each: number;
}

/**
 * How a container may run. The default is the pod security standard "restricted":
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted.
 */
export interface SecurityContext {
  /**
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-the-security-context-for-a-pod
   * @default 65534 (nobody)
   */
  readonly runAsUser?: number;
  /**
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-the-security-context-for-a-pod
   * @default - `runAsUser`
   */
  readonly runAsGroup?: number;
  /**
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-the-security-context-for-a-pod
   * @default - `runAsUser`
   */
  readonly fsGroup?: number;
  /**
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
   * @default true
   */
  readonly readOnlyRootFilesystem?: boolean;
  /**
   * Linux capabilities to add after all of them were dropped.
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-capabilities-for-a-container
   * @default []
   */
  readonly addCapabilities?: readonly string[];
  /**
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
   * @default false
   */
  readonly allowPrivilegeEscalation?: boolean;
  /** Why this is less strict than "restricted"; required if it is. @default - it is not less strict */
  readonly exception?: string;
}

/** Lets pods run on nodes that have this taint. */
export interface Toleration {
  /** @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
  readonly key: string;
  /** `Exists` matches any value. @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
  readonly operator: "Equal" | "Exists";
  /**
   * For `Equal`.
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
   * @default - any value, with `Exists`
   */
  readonly value?: string;
  /**
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#concepts
   * @default - every effect
   */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What Autopilot runs pods on, other than its general-purpose nodes. */
export type ComputeClass = "Balanced" | "Scale-Out" | "Performance" | "Accelerator";

/** On what kind of node pods run. Node labels and tolerations follow from it. */
export interface Place {
  /**
   * On capacity that Google takes back at any time, with 25 seconds for the pod to end.
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-spot-pods
   * @default false
   */
  readonly spot?: boolean;
  /** @see https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-compute-classes @default - general purpose */
  readonly computeClass?: ComputeClass;
  /** @see https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-arm-workloads @default amd64 */
  readonly architecture?: "amd64" | "arm64";
  /**
   * GPUs of each of its own containers.
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-gpus
   * @default - none
   */
  readonly gpu?: {
    /** `nvidia-l4`. @see https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-gpus */
    readonly type: string;
    /** @see https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-gpus */
    readonly count: number;
  };
  /**
   * Name of a PriorityClass that exists in the cluster.
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
   * @default - the cluster's own
   */
  readonly priorityClass?: string;
}

/** A directory that a pod has for itself and loses with it. */
export interface ScratchDirectory {
  /** DNS label, unique in the component. @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir */
  readonly name: string;
  /** @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir */
  readonly mountPath: string;
  /** @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir @default 256Mi */
  readonly sizeLimit?: string;
}

/** A configuration file in the container, from a ConfigMap. */
export interface ConfigurationFile {
  /** Path of the file. @see https://kubernetes.io/docs/concepts/storage/volumes/#configmap */
  readonly mountPath: string;
  readonly content: (bindings: Bindings) => string;
}

/**
 * Files that an init container writes before a component or a job starts. It has the same configuration files, and runs as the
 * same user.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
 */
export interface PreparedFiles {
  /**
   * As its publisher names it, with a fixed tag.
   * @see https://kubernetes.io/docs/concepts/containers/images/
   */
  readonly image: string;
  /** @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/ */
  readonly command: readonly string[];
  /**
   * Where the container may write: empty in a new pod, kept when it runs again.
   * @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
   */
  readonly directory: string;
  /** Names of files in the directory, by the path at which the component or job finds them. */
  readonly files: Readonly<Record<string, string>>;
  /** @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir @default 10Mi */
  readonly sizeLimit?: string;
}

/**
 * Destinations that are not components. `internet` is every public address, `internal` every private one. They become
 * network policies: https://kubernetes.io/docs/concepts/services-networking/network-policies/.
 */
export type Destination = "database" | "redis" | "earlier-redis" | "google-apis" | "internet" | "internal";

/** A server that is no component and no `Destination`: network policies open this address and port. */
export interface Server {
  /**
   * An IPv4 address, or a name. The name of a Service of the cluster (`qdrant.vectors.svc.cluster.local`, or `name` in
   * the same namespace) stands for the pods behind it. Any other name stands for every public address, because policies
   * cannot contain names.
   */
  readonly host: string;
  /** As a client gives it: a Service's own. TCP. @default - every port of the Service's pods, or of the address */
  readonly port?: number;
  /** What names it, for messages: an environment variable. */
  readonly namedBy: string;
}

/**
 * A bucket that a pod sees as a directory, through Cloud Storage FUSE. Renaming a file copies it, several writers of one file
 * overwrite each other, and nothing can be locked.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/cloud-storage-fuse-csi-driver
 */
export interface BucketMount {
  /** DNS label, unique in the pod; components that share a pod share the volume. @see https://kubernetes.io/docs/concepts/storage/volumes/ */
  readonly name: string;
  /** Suffix of one of the application's buckets, or the full name of one that exists. @see https://cloud.google.com/storage/docs/buckets#naming */
  readonly bucket: string;
  /** @see https://kubernetes.io/docs/concepts/storage/volumes/ */
  readonly mountPath: string;
  /** Mounts it read-only. If no pod writes to the bucket, their identity may only read it, too. @see https://cloud.google.com/storage/docs/access-control/iam-roles @default false */
  readonly readOnly?: boolean;
  /**
   * @see https://cloud.google.com/kubernetes-engine/docs/reference/cloud-storage-fuse-csi-driver/mount-options
   * @default []
   */
  readonly options?: readonly string[];
}

/**
 * One part of an application: a Deployment or StatefulSet with its Service, sidecars, autoscaler and network policy all follow
 * from this value.
 */
export interface Component {
  /**
   * DNS label, unique in the application and stable: renaming a component replaces its Deployment.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
   */
  readonly name: string;
  /**
   * The image as its publisher names it, with a fixed tag: `langgenius/dify-api:1.16.1`.
   * @see https://kubernetes.io/docs/concepts/containers/images/#image-names
   */
  readonly image: string;
  /**
   * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
   * @default - the image's
   */
  readonly command?: readonly string[];
  /**
   * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
   * @default - the image's
   */
  readonly args?: readonly string[];
  /** @default [] - no Service */
  readonly ports?: readonly Port[];
  /** @default - none */
  readonly environment?: EnvironmentVariables;
  /** Names of the application's secrets (`ApplicationConfig.secrets`) by environment variable. @default {} */
  readonly secrets?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly files?: readonly ConfigurationFile[];
  /** @default - nothing runs before it */
  readonly prepared?: PreparedFiles;
  /** @default [] - only shared files can be written */
  readonly scratch?: readonly ScratchDirectory[];
  /** @default - a container is ready as soon as it runs */
  readonly probes?: Probes;
  /** Collected with `WorkloadSettings.collectMetrics`, and open to nobody else. @default - it has none */
  readonly metrics?: Metrics;
  readonly resources: Resources;
  /** @default { type: "fixed", replicas: 1 } */
  readonly scaling?: Scaling;
  /**
   * Sizes that follow the pods' use, instead of their number: `scaling` has to be fixed. Only the pod's own component
   * counts.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/verticalpodautoscaler
   * @default - sizes stay as they are
   */
  readonly vertical?: VerticalRange;
  /**
   * `recreate` for components of which two pods must never run at the same time.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
   * @default rolling
   */
  readonly rollout?: "rolling" | "recreate";
  /**
   * Its pods have names and volumes of their own. It decides how they are replaced, in place of `rollout`. Where components
   * share a pod, the pod's own component decides.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
   * @default - a Deployment, whose pods are all alike
   */
  readonly statefulSet?: StatefulSetSettings;
  /**
   * An earlier apply may have made its pods as the other kind (Deployment or StatefulSet): those pods stay until the
   * new ones are ready, and are then deleted. Claims stay.
   * @see docs/stateful-sets.md
   * @default false - pods of the other kind end when the first new ones are made
   */
  readonly takesOver?: boolean;
  /** @default - the pod security standard "restricted" */
  readonly security?: SecurityContext;
  /**
   * Seconds from the moment at which a pod has to end until SIGKILL: `drainSeconds` and `preStop` are part of them. Where
   * components share a pod, the longest period counts.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
   * @default 60
   */
  readonly terminationGracePeriodSeconds?: number;
  /**
   * Seconds to wait before SIGTERM, so that no endpoint leads to a process that is gone. The image has to have `sleep`.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
   * @default 0
   */
  readonly drainSeconds?: number;
  /**
   * Runs before SIGTERM instead of the wait of `drainSeconds`, for at most the grace period.
   * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
   * @default - the wait of `drainSeconds`
   */
  readonly preStop?: { readonly command: readonly string[] };
  /** @default {} */
  readonly needs?: {
    /**
     * Auth Proxy sidecar on 127.0.0.1, unless `DatabaseDefinition.inCluster` says where the database is.
     * @see https://cloud.google.com/sql/docs/postgres/sql-proxy
     * @default false
     */
    readonly database?: boolean;
    /**
     * The NFS share: mounted at `Bindings.sharedFilesPath`, or somewhere else.
     * @see https://kubernetes.io/docs/concepts/storage/volumes/#nfs
     * @default false
     */
    readonly sharedFiles?: boolean | { readonly mountPath: string; readonly readOnly: boolean };
    /**
     * Buckets as directories. A pod without another Google identity gets one for these buckets alone.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/cloud-storage-fuse-csi-driver
     * @default []
     */
    readonly buckets?: readonly BucketMount[];
    /**
     * Google APIs as the installation's service account.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
     * @default false
     */
    readonly googleApis?: boolean;
    /**
     * Google APIs as a service account of its own: roles in the project that no other component has. It has a pod of its own.
     * @see https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#authenticating_to
     * @default []
     */
    readonly googleRoles?: readonly string[];
  };
  /**
   * Components and destinations that this one opens connections to.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
   * @default []
   */
  readonly talksTo?: readonly (Destination | (string & {}))[];
  /** Servers that it opens connections to in addition. @default [] */
  readonly connectsTo?: readonly Server[];
  /**
   * Runs untrusted code: network policies confine it even without network segmentation.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
   * @default false
   */
  readonly untrusted?: boolean;
  /**
   * Network policies only let in components that talk to it, even without network segmentation.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
   * @default false
   */
  readonly guarded?: boolean;
  /**
   * Whether its pods have the mesh's proxy, if the application is in a service mesh. Never with `untrusted`: its code could use
   * the proxy's connections.
   * @see https://cloud.google.com/service-mesh/docs/overview
   * @default true
   */
  readonly mesh?: boolean;
  /** Another component, in whose pod this one is a second container. @default - a Deployment of its own */
  readonly inPodOf?: string;
  /** Where components share a pod, the pod's own component decides. @default {} - general-purpose nodes */
  readonly place?: Place;
  /**
   * Labels of the nodes that its pods may run on. Where components share a pod, the pod's own component decides.
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector
   * @default {} - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * In addition to the one for the nodes' architecture. Where components share a pod, the pod's own component decides.
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
   * @default []
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * For its pods: a new value starts new ones. Where components share a pod, the pod's own component decides.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
   * @default {}
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Files that somebody else keeps in a bucket. */
export interface BucketFiles {
  /** A bucket that exists. @see https://cloud.google.com/storage/docs/buckets */
  readonly bucket: string;
  /**
   * What all their names begin with: `sql/`. Empty for any.
   * @see https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob
   */
  readonly prefix: string;
  /**
   * Which of those with the prefix: `*.sql`. A `*` does not match a slash.
   * @see https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob
   */
  readonly glob: string;
  /** Path at which the job finds the list of them, as JSON: name and link of each, in the generation that a plan has seen. */
  readonly listPath: string;
  /** What names them, for messages: `custom_sql_scripts_path`. */
  readonly namedBy: string;
}

/** What a job may do with objects of a bucket. */
export interface ObjectAccess {
  /** Tells the grants of a job apart: `backup`. It is part of their Terraform addresses. */
  readonly id: string;
  /** A bucket that exists. @see https://cloud.google.com/storage/docs/buckets */
  readonly bucket: string;
  /** `roles/storage.objectViewer`. @see https://cloud.google.com/storage/docs/access-control/iam-roles */
  readonly role: string;
  /**
   * The only object. The bucket has to have uniform access, which a plan checks.
   * @see https://cloud.google.com/storage/docs/uniform-bucket-level-access
   */
  readonly object: string;
}

/** What a job may do that nothing else may: it has a service account of its own. */
export interface JobRights {
  /** Files that it reads; it runs again when a plan sees others. @default - none */
  readonly files?: BucketFiles;
  /** Objects that it opens while it runs. @default [] */
  readonly objects?: readonly ObjectAccess[];
  /** Whether it creates objects in the bucket of backups, `Bindings.bucket("backups")`. @default false */
  readonly writesBackups?: boolean;
  /** Whether it reads what is in the bucket of backups, `Bindings.bucket("backups")`. @default false */
  readonly readsBackups?: boolean;
  /**
   * Whether it writes its result into a ConfigMap of its own, which `OUTCOME` names. With an `error`, the apply stops
   * with that text, and the next one tries again if `attempt` has another value. Terraform does not wait for this job
   * but for the one with `outcomeOf`.
   * @default false
   */
  readonly outcome?: boolean;
  /**
   * Name of a job with `outcome` that this one waits for: it reads the job that `RUN` names, and that one's ConfigMap.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
   * @default - none
   */
  readonly outcomeOf?: string;
  /**
   * A database user with rights on the whole instance, made for the statements in `files`. The job finds its name in
   * `DB_ADMINISTRATOR`, and has to give the rights back.
   * @see https://cloud.google.com/sql/docs/postgres/users
   * @default - none
   */
  readonly administrator?: {
    /** Name of its password in `ApplicationConfig.secrets`. */
    readonly passwordSecret: string;
  };
  /**
   * What it may do with the login in `DatabaseDefinition.rotation`: read all its versions, or change it, in Secret
   * Manager and for all pods.
   * @see docs/database.md
   * @default - nothing
   */
  readonly login?: "read" | "rotate";
  /**
   * Whether it restarts pods whose values in the application's Secret have changed without an apply. `SECRET_NAME`, `SALT_KEY` and
   * `WORKLOADS` tell it where to look.
   * @see docs/external-secrets.md
   * @default false
   */
  readonly restarts?: boolean;
}

/** A task that runs to its end: a Kubernetes Job, or with a schedule a CronJob. */
export interface Job {
  /**
   * DNS label; a Job's full name ends with a hash of what it runs.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
   */
  readonly name: string;
  /** What it does, in a sentence. @default - no description */
  readonly description?: string;
  /** @see https://kubernetes.io/docs/concepts/containers/images/#image-names */
  readonly image: string;
  /**
   * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
   * @default - the image's
   */
  readonly command?: readonly string[];
  /**
   * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
   * @default - the image's
   */
  readonly args?: readonly string[];
  /** @default - none */
  readonly environment?: EnvironmentVariables;
  /** Names of the application's secrets by environment variable. @default {} */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Logins that KubeBlocks makes, by environment variable: nobody else sees them. @see docs/kubeblocks.md @default {} */
  readonly accounts?: Readonly<Record<string, DataAccount>>;
  /** Names of the application's secrets: a new version of one makes the job run again. @default [] */
  readonly againFor?: readonly string[];
  /** @default [] */
  readonly files?: readonly ConfigurationFile[];
  /** @default - nothing runs before it */
  readonly prepared?: PreparedFiles;
  /** @default [] */
  readonly scratch?: readonly ScratchDirectory[];
  readonly resources: Resources;
  /** @default - the pod security standard "restricted" */
  readonly security?: SecurityContext;
  /** @default {} - general-purpose nodes */
  readonly place?: Place;
  /** @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector @default {} - any node */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ @default [] */
  readonly tolerations?: readonly Toleration[];
  /** @default {} */
  readonly needs?: Component["needs"];
  /** @default - the service account that its `needs` ask for */
  readonly rights?: JobRights;
  /**
   * For a job that logs in to the database with a password of its own: `only` with that, or also as the application
   * does. If the application's login is a service account, whose Auth Proxy takes no password, the job connects to the
   * instance itself as well.
   * @see https://cloud.google.com/sql/docs/postgres/iam-logins
   * @default - it logs in as the application does
   */
  readonly ownLogin?: "only" | "too";
  /**
   * A value that only apply knows, for its environment (`RUN`): the job runs again when it changes.
   * @see docs/architecture.md
   * @default - none
   */
  readonly run?: string;
  /** @default [] */
  readonly talksTo?: Component["talksTo"];
  /** @default [] */
  readonly connectsTo?: Component["connectsTo"];
  /** Names of jobs that must have completed before. @default [] */
  readonly after?: readonly string[];
  /**
   * Components wait until the job has completed: if it uses the database, those that use it too; otherwise all.
   * @default true
   */
  readonly beforeComponents?: boolean;
  /**
   * It runs after all components have been updated: by default jobs run before them.
   * @default false
   */
  readonly afterComponents?: boolean;
  /**
   * Whole shares that it mounts, with the directories of all installations, to make or copy a directory: `files` is the
   * one in use, `earlier` the one that files are copied from. Without a share, nothing is mounted.
   * @see https://kubernetes.io/docs/concepts/storage/volumes/#nfs
   * @default []
   */
  readonly shares?: readonly { readonly of: "files" | "earlier"; readonly mountPath: string }[];
  /**
   * Has to run before every new version, including those that a pipeline brings. It runs again when its image or one of
   * its files changes, but not when its environment does.
   * @default false
   */
  readonly beforeReleases?: boolean;
  /**
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
   * @default - as long as a rollout may take, since the first pod may have to wait for a node
   */
  readonly timeoutSeconds?: number;
  /**
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
   * @default 3 - 0 in a release of a pipeline
   */
  readonly retries?: number;
  /**
   * Exit codes after which the job has failed, however many retries are left.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
   * @default []
   */
  readonly finalExitCodes?: readonly number[];
  /**
   * Pods that run at the same time, all of which have to complete. Each has its number in `JOB_COMPLETION_INDEX`, from 0 on.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
   * @default 1 - without a number
   */
  readonly tasks?: number;
  /**
   * `OnFailure` starts a container again in its pod, `Never` in a new one, whose logs stay apart.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures
   * @default Never
   */
  readonly restartPolicy?: "Never" | "OnFailure";
  /**
   * Cron expression of five fields, which makes it a CronJob.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
   * @default - a Job, which runs once
   */
  readonly schedule?: string;
  /**
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy
   * @default Forbid
   */
  readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
  /**
   * How many completed and failed runs of a schedule are kept.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits
   * @default - 3 and 1
   */
  readonly history?: { readonly successful: number; readonly failed: number };
  /**
   * Seconds that a missed run of a schedule may start late.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline
   * @default - any time
   */
  readonly startingDeadlineSeconds?: number;
  /**
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-suspension
   * @default false
   */
  readonly suspend?: boolean;
}
