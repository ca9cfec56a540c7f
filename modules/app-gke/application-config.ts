/**
 * What an application is, as plain data and typed functions: the contract between `dify-common` (or any other
 * application) and `app-gke`. Nothing here creates a resource.
 */

/**
 * What only apply knows, handed to an application's functions. Every string may be a Terraform expression (a CDKTF
 * token): put it into other strings, never take it apart.
 */
export interface Bindings {
  readonly projectId: string;
  readonly region: string;
  /** Where a browser reaches the application, without a trailing slash: `https://dify.example.com`. */
  readonly publicUrl: string;
  /** Every address under which a browser may reach it, `publicUrl` first. */
  readonly publicUrls: readonly string[];
  /** Ranges whose forwarded headers count: the load balancer's own. Empty where the peer is the client. */
  readonly trustedProxies: readonly string[];
  /** The in-cluster host name of a component's Service, fully qualified. Throws for an unknown component. */
  readonly host: (component: string) => string;
  /** The cluster address of a component's Service, for who may not ask the name service. */
  readonly address: (component: string) => string;
  /** The application's database, through the Auth Proxy in the same pod. @default - the application has none */
  readonly database?: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
  };
  /** @default - the application does not use Redis */
  readonly redis?: { readonly host: string; readonly port: string };
  /** The name of the bucket with this suffix. Throws for an unknown suffix. */
  readonly bucket: (nameSuffix: string) => string;
  /** Where the shared files are mounted in a pod. @default - there are none */
  readonly sharedFilesPath?: string;
}

/** Environment variables by name; evaluated once the bindings are known. */
export type Environment = (bindings: Bindings) => Readonly<Record<string, string>>;

/** A port of a container, and of its Service: https://kubernetes.io/docs/concepts/services-networking/service/. */
export interface Port {
  /** At most 15 characters: `http`. */
  readonly name: string;
  readonly containerPort: number;
  /** @default - the container's port */
  readonly servicePort?: number;
  /**
   * Components that network policies open it to; an empty list is nobody.
   * @default - all that talk to this component
   */
  readonly openTo?: readonly string[];
}

/**
 * One probe; numbers in seconds, as in the Kubernetes API, whose defaults these are:
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/.
 */
export interface Probe {
  /** `http` asks `path`, `tcp` only connects, `exec` runs a command that must end with 0. */
  readonly check:
    | { readonly type: "http"; readonly path: string; readonly port: number }
    | { readonly type: "tcp"; readonly port: number }
    | { readonly type: "exec"; readonly command: readonly string[] };
  /** @default 0 */
  readonly initialDelaySeconds?: number;
  /** @default 10 */
  readonly periodSeconds?: number;
  /** @default 1 */
  readonly timeoutSeconds?: number;
  /** @default 3 */
  readonly failureThreshold?: number;
}

export interface Probes {
  /** The other two wait for it. @default - none */
  readonly startup?: Probe;
  /** Requests come while it succeeds. @default - a container that runs is ready */
  readonly readiness?: Probe;
  /** The container is started again where it fails. @default - only where its process ends */
  readonly liveness?: Probe;
}

/**
 * Kubernetes quantities, requests and limits at once
 * (https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/).
 * What does not fit Autopilot's ratios is raised (https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests).
 */
export interface Resources {
  /** `500m`. */
  readonly cpu: string;
  /** `1Gi`. */
  readonly memory: string;
  /** @default 1Gi */
  readonly ephemeralStorage?: string;
}

/** How many pods: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/. */
export type Scaling =
  | { readonly type: "fixed"; readonly replicas: number }
  | {
      readonly type: "automatic";
      readonly minimum: number;
      readonly maximum: number;
      /** Average CPU, percent of the request. @default 70 */
      readonly cpuUtilization?: number;
    };

/**
 * How a container may run (https://kubernetes.io/docs/tasks/configure-pod-container/security-context/).
 * The default is the pod security standard "restricted" (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
 */
export interface SecurityContext {
  /** @default 65534 (nobody) */
  readonly runAsUser?: number;
  /** @default - `runAsUser` */
  readonly runAsGroup?: number;
  /** @default - `runAsUser` */
  readonly fsGroup?: number;
  /** @default true */
  readonly readOnlyRootFilesystem?: boolean;
  /** Linux capabilities added after dropping all of them. @default [] */
  readonly addCapabilities?: readonly string[];
  /** @default false */
  readonly allowPrivilegeEscalation?: boolean;
  /** Why this is less than "restricted": required wherever it is. @default - it is not less */
  readonly exception?: string;
}

/**
 * A taint of nodes that pods may be on in spite of it:
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/.
 */
export interface Toleration {
  readonly key: string;
  /** `Exists` takes any value. */
  readonly operator: "Equal" | "Exists";
  /** Of `Equal`. @default - any, with `Exists` */
  readonly value?: string;
  /** @default - every effect of the taint */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** A directory of its own in the pod: https://kubernetes.io/docs/concepts/storage/volumes/#emptydir. */
export interface ScratchDirectory {
  /** DNS label, unique in the component. */
  readonly name: string;
  readonly mountPath: string;
  /** @default 256Mi */
  readonly sizeLimit?: string;
}

/**
 * A configuration file in the container, from a ConfigMap:
 * https://kubernetes.io/docs/concepts/configuration/configmap/.
 */
export interface ConfigurationFile {
  readonly mountPath: string;
  readonly content: (bindings: Bindings) => string;
}

/**
 * Destinations that are not components. `internet` is every public address and no private one, `internal` the rest. They
 * become network policies: https://kubernetes.io/docs/concepts/services-networking/network-policies/.
 */
export type Destination = "database" | "redis" | "google-apis" | "internet" | "internal";

/**
 * One part of an application: a Deployment with its Service, sidecars, autoscaler and network policy all follow from
 * this value.
 */
export interface Component {
  /** DNS label, unique in the application, stable: renaming it replaces its Deployment. */
  readonly name: string;
  /** The image as its publisher names it, with a fixed tag: `langgenius/dify-api:1.16.1`. */
  readonly image: string;
  /** @default - the image's */
  readonly command?: readonly string[];
  /** @default - the image's */
  readonly args?: readonly string[];
  /** @default [] - no Service */
  readonly ports?: readonly Port[];
  /** @default - none */
  readonly environment?: Environment;
  /** Environment variable to name of a secret of the application (`ApplicationConfig.secrets`). @default {} */
  readonly secrets?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly files?: readonly ConfigurationFile[];
  /** @default [] - nothing but the files of others can be written */
  readonly scratch?: readonly ScratchDirectory[];
  /** @default - a container that runs is ready */
  readonly probes?: Probes;
  readonly resources: Resources;
  /** @default { type: "fixed", replicas: 1 } */
  readonly scaling?: Scaling;
  /** `recreate` where two at a time would be wrong. @default rolling */
  readonly rollout?: "rolling" | "recreate";
  /** @default - as "restricted" as can be */
  readonly security?: SecurityContext;
  /**
   * Seconds between SIGTERM and SIGKILL:
   * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination.
   * @default 60
   */
  readonly terminationGracePeriodSeconds?: number;
  /** Seconds to wait before SIGTERM, so that endpoints are gone before the process is. @default 0 */
  readonly drainSeconds?: number;
  /**
   * Runs before SIGTERM, in place of the wait, and is given up with the grace period:
   * https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/.
   * @default - the wait
   */
  readonly preStop?: { readonly command: readonly string[] };
  /** @default {} */
  readonly needs?: {
    /** Auth Proxy sidecar on 127.0.0.1. @default false */
    readonly database?: boolean;
    /** The NFS share: mounted at `Bindings.sharedFilesPath`, or somewhere else. @default false */
    readonly sharedFiles?: boolean | { readonly mountPath: string; readonly readOnly: boolean };
    /** Google APIs as the installation's service account (Workload Identity). @default false */
    readonly googleApis?: boolean;
  };
  /** Components and destinations this one opens connections to; network policies follow from it. @default [] */
  readonly talksTo?: readonly (Destination | (string & {}))[];
  /**
   * Runs untrusted code: kept in by network policies even without network segmentation.
   * @default false
   */
  readonly untrusted?: boolean;
  /** Another component whose pod this one is a second container of. @default - a Deployment of its own */
  readonly inPodOf?: string;
  /** Of its Service: https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity. @default None */
  readonly sessionAffinity?: "ClientIP" | "None";
  /**
   * Labels of the nodes that its pods may be on; of the pod's own component, where others share the pod:
   * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector.
   * @default {} - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Beside the one for the nodes' architecture; of the pod's own component. @default [] */
  readonly tolerations?: readonly Toleration[];
  /**
   * Of its pods, so that a new value starts new ones; of the pod's own component:
   * https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/.
   * @default {}
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What a generated secret looks like, and what its reader asks of it. Letters and digits only: they mean the same in a URL,
 * in a shell and in every encoding.
 */
export interface SecretFormat {
  /** Characters, out of 62. */
  readonly length: number;
  /** Why this length: the rule that the reader applies. */
  readonly why: string;
  /** Where the rule stands. */
  readonly source: string;
  /**
   * Raised when the format changes in a way that makes earlier values useless: environments that have one get a new value.
   * @default 1
   */
  readonly edition?: number;
}

/** A secret with one purpose. Its value is made or passed in at apply time and never enters the state. */
export interface SecretDefinition {
  /** Suffix of the Secret Manager name and key in the Kubernetes Secret: `secret-key`. */
  readonly name: string;
  readonly source:
    | {
        readonly type: "generated";
        readonly format: SecretFormat;
        /** Raised to have a new value made. @default 1 */
        readonly revision?: number;
      }
    | {
        /** A sensitive variable, given at apply as `TF_VAR_<variable>`; may be empty. */
        readonly type: "variable";
        readonly variable: string;
        /** Key in it, where the variable is a map. @default - the variable is a string */
        readonly key?: string;
        /** Raised to announce a new value. @default 1 */
        readonly revision?: number;
      }
    | {
        /** A Secret Manager secret that exists already, of that name; the newest version counts. */
        readonly type: "existing";
        readonly secretId: string;
      };
  /**
   * Changing the value destroys data or sessions: no rotation reminder.
   * @default true
   */
  readonly rotates?: boolean;
}

/** A value put together from secrets and bindings, for the Kubernetes Secret only: a Redis URL with its password. */
export interface ComposedSecret {
  /** Key in the Kubernetes Secret; components name it in `Component.secrets`. */
  readonly name: string;
  /** The secrets it is made of. */
  readonly from: readonly string[];
  /** `secret` gives a Terraform expression of a secret named in `from`. */
  readonly value: (bindings: Bindings, secret: (name: string) => string) => string;
}

export interface DatabaseDefinition {
  /**
   * Cloud SQL's name, such as `POSTGRES_15`:
   * https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/SqlDatabaseVersion.
   */
  readonly version: string;
  readonly name: string;
  readonly user: string;
  /** Name of the password in `ApplicationConfig.secrets`. */
  readonly passwordSecret: string;
  /** Databases in addition to `name` that belong to the same user. @default [] */
  readonly additionalDatabases?: readonly string[];
  /** Connections that its components may open at once. @default - not known, so nobody compares it with what the instance takes */
  readonly connections?: number;
}

export interface BucketDefinition {
  /** `<resource prefix>-<suffix>` is the bucket's name. */
  readonly nameSuffix: string;
  /** https://cloud.google.com/storage/docs/locations. @default - the installation's region */
  readonly location?: string;
  /** https://cloud.google.com/storage/docs/storage-classes. @default STANDARD */
  readonly storageClass?: string;
  /** https://cloud.google.com/storage/docs/object-versioning. @default true */
  readonly versioning?: boolean;
  /** https://cloud.google.com/storage/docs/public-access-prevention. @default enforced */
  readonly publicAccessPrevention?: "enforced" | "inherited";
  /** Deletes the objects with the bucket. @default true */
  readonly forceDestroy?: boolean;
  /** Rules in addition to the ones that every bucket has. @default [] */
  readonly lifecycleRules?: readonly LifecycleRule[];
  /** @default [] */
  readonly cors?: readonly CorsRule[];
}

/** What happens to objects after a time: https://cloud.google.com/storage/docs/lifecycle. */
export interface LifecycleRule {
  readonly action: {
    /** `Delete`, `SetStorageClass` or `AbortIncompleteMultipartUpload`. */
    readonly type: string;
    /** Of `SetStorageClass`. @default - another action */
    readonly storageClass?: string;
  };
  /** All that are given have to be met. */
  readonly condition: {
    /** Days. @default - any age */
    readonly age?: number;
    /** `2026-01-31`. @default - any day */
    readonly createdBefore?: string;
    /** `LIVE`, `ARCHIVED` or `ANY`. @default - any */
    readonly withState?: string;
    /** @default - any */
    readonly matchesStorageClass?: readonly string[];
    /** @default - any number */
    readonly numNewerVersions?: number;
    /** Days. @default - any time */
    readonly daysSinceNoncurrentTime?: number;
  };
}

/** Which web pages may read the bucket from a browser: https://cloud.google.com/storage/docs/cross-origin. */
export interface CorsRule {
  readonly origin: readonly string[];
  readonly method: readonly string[];
  readonly responseHeader: readonly string[];
  readonly maxAgeSeconds: number;
}

/**
 * A task that runs to its end: a Kubernetes Job (https://kubernetes.io/docs/concepts/workloads/controllers/job/),
 * or with a schedule a CronJob (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/).
 */
export interface Job {
  /** DNS label; a Job's full name ends with a hash of what it runs. */
  readonly name: string;
  /** What it does, in a sentence. @default - nothing is said */
  readonly description?: string;
  readonly image: string;
  /** @default - the image's */
  readonly command?: readonly string[];
  /** @default - the image's */
  readonly args?: readonly string[];
  /** @default - none */
  readonly environment?: Environment;
  /** Environment variable to name of a secret of the application. @default {} */
  readonly secrets?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly files?: readonly ConfigurationFile[];
  /** @default [] */
  readonly scratch?: readonly ScratchDirectory[];
  readonly resources: Resources;
  /** @default - as "restricted" as can be */
  readonly security?: SecurityContext;
  /** @default {} */
  readonly needs?: Component["needs"];
  /** @default [] */
  readonly talksTo?: Component["talksTo"];
  /** Names of jobs that must have completed before. @default [] */
  readonly after?: readonly string[];
  /**
   * Components wait until it has completed: those that use the database for a job that does, all for any other.
   * @default true
   */
  readonly beforeComponents?: boolean;
  /**
   * Has to run before every new version, also one that a pipeline brings. It runs again when its image or one of its files
   * changes, not when its environment does.
   * @default false
   */
  readonly beforeReleases?: boolean;
  /** @default - as long as a rollout may take: the first pod may have to wait for a node */
  readonly timeoutSeconds?: number;
  /** @default 3 */
  readonly retries?: number;
  /** Cron expression of five fields: makes it a CronJob. @default - a Job, which runs once */
  readonly schedule?: string;
  /** @default Forbid */
  readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
  /** @default false */
  readonly suspend?: boolean;
}

/** A whole application: what `AppGke` needs to run it. */
export interface ApplicationConfig {
  /** DNS label; prefix of the Kubernetes objects. */
  readonly name: string;
  readonly displayName: string;
  /** What it is for, in a sentence. @default - nothing is said */
  readonly description?: string;
  readonly version: string;
  readonly components: readonly Component[];
  /** The component behind the public address. */
  readonly entryPoint: string;
  /** @default [] */
  readonly secrets?: readonly SecretDefinition[];
  /** @default [] */
  readonly composedSecrets?: readonly ComposedSecret[];
  /** @default - it has none */
  readonly database?: DatabaseDefinition;
  /** Uses Redis (the file server's, or `redis_host`). @default false */
  readonly redis?: boolean;
  /** @default [] */
  readonly buckets?: readonly BucketDefinition[];
  /** @default [] */
  readonly jobs?: readonly Job[];
  /**
   * What a release is checked with once it runs: the first port of a component answers this path with 2xx.
   * @default - nothing
   */
  readonly health?: { readonly component: string; readonly path: string };
}
