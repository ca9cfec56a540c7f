/**
 * Describes an application as plain data and typed functions: the contract between `dify-common` (or any other
 * application) and `app-gke`. Nothing here creates a resource.
 */

/**
 * What is known only at apply time, handed to an application's functions. Every string may be a Terraform expression (a
 * CDKTF token): put it into other strings, never take it apart.
 */
export interface Bindings {
  readonly projectId: string;
  readonly region: string;
  /** Where a browser reaches the application, without a trailing slash: `https://dify.example.com`. */
  readonly publicUrl: string;
  /** Every address under which a browser may reach it, `publicUrl` first. */
  readonly publicUrls: readonly string[];
  readonly entrance: Entrance;
  /** The in-cluster host name of a component's Service, fully qualified. Throws for an unknown component. */
  readonly host: (component: string) => string;
  /** The cluster IP of a component's Service, for components that may not use DNS. */
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
  /**
   * Public addresses that cluster and network use privately. `lines` has a line for each of them that only a plan knows,
   * which ends with it, maybe as an expression: what goes by their number cannot.
   */
  readonly privatelyUsed: { readonly known: readonly string[]; readonly lines: (beginning: string) => string };
  /** The name of the bucket with this suffix. Throws for an unknown suffix. */
  readonly bucket: (nameSuffix: string) => string;
  /** Where the shared files are mounted in a pod. @default - there are none */
  readonly sharedFilesPath?: string;
}

/** How requests come to the entry point. Ranges are CIDRs. */
export interface Entrance {
  /**
   * Whose forwarded headers say who the client is and by which scheme it came: a load balancer's, or those of proxies of the
   * user's own. Empty where the peer is the client.
   */
  readonly trustedProxies: readonly string[];
  /** Those of them whose headers also say which host was asked for: the user's own proxies. */
  readonly ownProxies: readonly string[];
  /** `publicUrls` are chosen, and all there are: a request for another host belongs to the first of them. */
  readonly fixedUrls: boolean;
  /** Something stands between clients and the Service that keeps its connections and sends many clients' requests by them. */
  readonly proxied: boolean;
  /** The address that the entry point sees, or is told by `trustedProxies`, is the client's own, not that of a node or a proxy. */
  readonly clientsKnown: boolean;
}

/** Where nothing is in front. */
export const DIRECT: Entrance = {
  trustedProxies: [],
  ownProxies: [],
  fixedUrls: false,
  proxied: false,
  clientsKnown: false,
};

/** Environment variables by name; evaluated once the bindings are known. */
export type Environment = (bindings: Bindings) => Readonly<Record<string, string>>;

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
   * Components that network policies open it to; with an empty list, to none.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-range-of-ports
   * @default - all components that talk to this one
   */
  readonly openTo?: readonly string[];
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
    };

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
  /** Why this is less strict than "restricted"; required wherever it is. @default - it is not less strict */
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
 * Files that a container of their own writes before a task starts. It gets the task's configuration files and its user.
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
  /** Names of files in the directory, by the path at which the task gets them. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Destinations that are not components. `internet` is every public address, `internal` every private one. They become
 * network policies: https://kubernetes.io/docs/concepts/services-networking/network-policies/.
 */
export type Destination = "database" | "redis" | "google-apis" | "internet" | "internal";

/** A server that is no component and no `Destination`: network policies open this address and port. */
export interface Server {
  /**
   * An IPv4 address, or a name. The name of a Service of the cluster (`qdrant.vectors.svc.cluster.local`, or `name` in the
   * own namespace) stands for the pods behind it; any other one for every public address, as policies hold no names.
   */
  readonly host: string;
  /** As a client gives it: a Service's own. TCP. @default - every port of the Service's pods, or of the address */
  readonly port?: number;
  /** What names it, for messages: an environment variable. */
  readonly namedBy: string;
}

/**
 * One part of an application: a Deployment with its Service, sidecars, autoscaler and network policy all follow from
 * this value.
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
  readonly environment?: Environment;
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
  readonly resources: Resources;
  /** @default { type: "fixed", replicas: 1 } */
  readonly scaling?: Scaling;
  /**
   * `recreate` for components of which two pods must never run at the same time.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
   * @default rolling
   */
  readonly rollout?: "rolling" | "recreate";
  /** @default - the pod security standard "restricted" */
  readonly security?: SecurityContext;
  /**
   * Seconds between SIGTERM and SIGKILL.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
   * @default 60
   */
  readonly terminationGracePeriodSeconds?: number;
  /**
   * Seconds to wait before SIGTERM, so that no endpoint leads to a process that is gone.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
   * @default 0
   */
  readonly drainSeconds?: number;
  /**
   * Runs before SIGTERM instead of the wait, for at most the grace period.
   * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
   * @default - the wait
   */
  readonly preStop?: { readonly command: readonly string[] };
  /** @default {} */
  readonly needs?: {
    /**
     * Auth Proxy sidecar on 127.0.0.1.
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
     * Google APIs as the installation's service account.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
     * @default false
     */
    readonly googleApis?: boolean;
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
  /** Another component, in whose pod this one is a second container. @default - a Deployment of its own */
  readonly inPodOf?: string;
  /**
   * For its Service.
   * @see https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity
   * @default None
   */
  readonly sessionAffinity?: "ClientIP" | "None";
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

/**
 * What a generated secret looks like, and what its reader requires of it. It has letters and digits only, which mean the
 * same in a URL, in a shell and in every encoding.
 */
export interface SecretFormat {
  /** Characters, out of 62. */
  readonly length: number;
  /** Why this length: the rule that the reader applies. */
  readonly why: string;
  /** Where to read that rule. @see docs/security.md */
  readonly source: string;
  /**
   * Raise it when the format changes so that earlier values cannot be used: environments that have one get a new value.
   * @see docs/security.md
   * @default 1
   */
  readonly edition?: number;
}

/** A secret with one purpose. Its value is generated or passed in at apply time and never enters the state. */
export interface SecretDefinition {
  /**
   * Suffix of the name in Secret Manager, and key in the Kubernetes Secret: `secret-key`.
   * @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets
   */
  readonly name: string;
  readonly source:
    | {
        readonly type: "generated";
        readonly format: SecretFormat;
        /** Raise it to have a new value generated. @see docs/security.md @default 1 */
        readonly revision?: number;
      }
    | {
        /** A sensitive variable, given at apply as `TF_VAR_<variable>`; may be empty. */
        readonly type: "variable";
        readonly variable: string;
        /** Key in the variable, if it is a map. @default - the variable is a string */
        readonly key?: string;
        /** Raise it to announce a new value. @see docs/security.md @default 1 */
        readonly revision?: number;
      }
    | {
        /** A secret of this name that exists in Secret Manager; its newest version is used. */
        readonly type: "existing";
        /** @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets */
        readonly secretId: string;
      };
  /**
   * `false`: a new value would destroy data or sessions, so there is no rotation reminder.
   * @see https://cloud.google.com/secret-manager/docs/secret-rotation
   * @default true
   */
  readonly rotates?: boolean;
}

/** A value composed of secrets and bindings, for the Kubernetes Secret only: a Redis URL with its password. */
export interface ComposedSecret {
  /** Key in the Kubernetes Secret; components name it in `Component.secrets`. */
  readonly name: string;
  /** Names of the secrets that it is composed of. @see docs/security.md */
  readonly from: readonly string[];
  /** `secret` gives a Terraform expression of a secret named in `from`. */
  readonly value: (bindings: Bindings, secret: (name: string) => string) => string;
}

export interface DatabaseDefinition {
  /** `POSTGRES_15`. @see https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/SqlDatabaseVersion */
  readonly version: string;
  /** @see https://cloud.google.com/sql/docs/postgres/create-manage-databases */
  readonly name: string;
  /** @see https://cloud.google.com/sql/docs/postgres/create-manage-users */
  readonly user: string;
  /** Name of the password in `ApplicationConfig.secrets`. */
  readonly passwordSecret: string;
  /**
   * Databases in addition to `name` that belong to the same user.
   * @see https://cloud.google.com/sql/docs/postgres/create-manage-databases
   * @default []
   */
  readonly additionalDatabases?: readonly string[];
  /**
   * How many connections its components may open at once. A plan compares it with what the instance takes.
   * @see https://cloud.google.com/sql/docs/postgres/flags#postgres-m
   * @default - not known, so nothing is compared
   */
  readonly connections?: number;
}

export interface BucketDefinition {
  /** `<resource prefix>-<suffix>` is the bucket's name. @see https://cloud.google.com/storage/docs/buckets#naming */
  readonly nameSuffix: string;
  /** @see https://cloud.google.com/storage/docs/locations @default - the installation's region */
  readonly location?: string;
  /** @see https://cloud.google.com/storage/docs/storage-classes @default STANDARD */
  readonly storageClass?: string;
  /** @see https://cloud.google.com/storage/docs/object-versioning @default true */
  readonly versioning?: boolean;
  /** @see https://cloud.google.com/storage/docs/public-access-prevention @default enforced */
  readonly publicAccessPrevention?: "enforced" | "inherited";
  /**
   * Deletes the objects together with the bucket.
   * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/storage_bucket#force_destroy
   * @default true
   */
  readonly forceDestroy?: boolean;
  /** In addition to the rules that every bucket has. @default [] */
  readonly lifecycleRules?: readonly LifecycleRule[];
  /** @default [] */
  readonly cors?: readonly CorsRule[];
}

/** What happens to objects after some time. */
export interface LifecycleRule {
  readonly action: {
    /**
     * `Delete`, `SetStorageClass` or `AbortIncompleteMultipartUpload`.
     * @see https://cloud.google.com/storage/docs/lifecycle#actions
     */
    readonly type: string;
    /** For `SetStorageClass`. @see https://cloud.google.com/storage/docs/storage-classes @default - another action */
    readonly storageClass?: string;
  };
  /** All conditions that are given have to be met. */
  readonly condition: {
    /** Days. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any age */
    readonly age?: number;
    /** `2026-01-31`. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any day */
    readonly createdBefore?: string;
    /** `LIVE`, `ARCHIVED` or `ANY`. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any */
    readonly withState?: string;
    /** @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any */
    readonly matchesStorageClass?: readonly string[];
    /** @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any number */
    readonly numNewerVersions?: number;
    /** Days. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any time */
    readonly daysSinceNoncurrentTime?: number;
  };
}

/** Which web pages may read the bucket from a browser. */
export interface CorsRule {
  /** @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly origin: readonly string[];
  /** @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly method: readonly string[];
  /** @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly responseHeader: readonly string[];
  /** @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly maxAgeSeconds: number;
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
  readonly environment?: Environment;
  /** Names of the application's secrets by environment variable. @default {} */
  readonly secrets?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly files?: readonly ConfigurationFile[];
  /** @default - nothing runs before it */
  readonly prepared?: PreparedFiles;
  /** @default [] */
  readonly scratch?: readonly ScratchDirectory[];
  readonly resources: Resources;
  /** @default - the pod security standard "restricted" */
  readonly security?: SecurityContext;
  /** @default {} */
  readonly needs?: Component["needs"];
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
   * @default 3
   */
  readonly retries?: number;
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
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-suspension
   * @default false
   */
  readonly suspend?: boolean;
}

/** A whole application: what `AppGke` needs to run it. */
export interface ApplicationConfig {
  /**
   * DNS label; prefix of the Kubernetes objects.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
   */
  readonly name: string;
  /** @see https://cloud.google.com/iam/docs/service-accounts-create */
  readonly displayName: string;
  /** What it is for, in a sentence. @default - no description */
  readonly description?: string;
  /** The application's own version: a label of its objects. @see docs/releases.md */
  readonly version: string;
  readonly components: readonly Component[];
  /**
   * Digests (`sha256:…`) of images whose tags move, by image with its tag: pods name the digest. With Binary
   * Authorization they are let through by name, as images with a tag are.
   * @see https://kubernetes.io/docs/concepts/containers/images/#image-names
   * @default {}
   */
  readonly imageDigests?: Readonly<Record<string, string>>;
  /** The component behind the public address. */
  readonly entryPoint: string;
  /** @default [] */
  readonly secrets?: readonly SecretDefinition[];
  /** @default [] */
  readonly composedSecrets?: readonly ComposedSecret[];
  /** @default - it has none */
  readonly database?: DatabaseDefinition;
  /** Whether it uses Redis. @default false */
  readonly redis?: boolean;
  /** @default [] */
  readonly buckets?: readonly BucketDefinition[];
  /** @default [] */
  readonly jobs?: readonly Job[];
  /**
   * How a new release is checked: the first port of a component has to answer this path with 2xx.
   * @see https://cloud.google.com/deploy/docs/verify-deployment
   * @default - it is not checked
   */
  readonly health?: { readonly component: string; readonly path: string };
}
