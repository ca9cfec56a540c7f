import type {
  BackupBucketDefinition,
  BucketDefinition,
  BucketMount,
  Place,
  Probe,
  SecretDefinition,
  StoredElsewhere,
  Toleration,
  VerticalRange,
  StatefulSetSettings,
} from "../app-gke/application-config";
import type { ResolvedRelease, VectorStore } from "./releases";

/** Pods of a database that KubeBlocks runs. */
export interface KubeBlocksSettings {
  /** One that the addon knows. @see docs/kubeblocks.md */
  readonly version: string;
  /** Pods. @see docs/kubeblocks.md */
  readonly replicas: number;
  /** Another number has them made again, one by one. @see docs/kubeblocks.md @default 0 */
  readonly restarts?: number;
  /** Which of the restored Clusters it is. @see docs/kubeblocks-operations.md @default 0 - the first one, which was not restored */
  readonly restored?: number;
  /** Cores of each. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */
  readonly cpu: string;
  /** Memory of each: `2Gi`. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */
  readonly memory: string;
  /** Disk of each. @see https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes */
  readonly storageGb: number;
}

/** Redis and the sentinels that watch it, which KubeBlocks runs. */
export interface RedisClusterSettings {
  readonly redis: KubeBlocksSettings;
  /** Celery asks the sentinels for the primary, in place of going to its Service. @see docs/kubeblocks.md */
  readonly brokerBySentinel: boolean;
  /** They are of the same version. */
  readonly sentinel: Omit<KubeBlocksSettings, "restored" | "version">;
}

/** Where the password of a Redis comes from. KubeBlocks makes the password of its Redis, and Terraform never sees it. */
export type RedisPassword = SecretDefinition["source"] | { readonly type: "kubeblocks" };

/** Where the vectors of knowledge are. */
export interface VectorStoreSettings {
  /** Where new ones go: `pgvector` is Dify's own database. */
  readonly store: "pgvector" | VectorStore;
  /** The one that they are moved away from. @default - they stay where they are */
  readonly movesFrom?: "pgvector" | VectorStore;
  /** Pods of one in the cluster. @see docs/vectors.md */
  readonly replicas: number;
  /** Disk of each of them. @see https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes */
  readonly diskGb: number;
  /** What sets that, for messages. @default - component and volume are named */
  readonly diskNamed?: string;
  /** Qdrant is KubeBlocks'. @see docs/kubeblocks.md @default - its pods are made here */
  readonly kubeblocks?: KubeBlocksSettings;
  /** Copies to the bucket. */
  readonly backups: {
    /** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
    readonly schedule: string;
    /** After how many days one is deleted. @see docs/vectors.md */
    readonly keepDays: number;
  };
}

/** Settings of one component. What is not given keeps its default. */
export interface ComponentSettings {
  /**
   * Kubernetes quantity.
   * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-cpu
   * @default - the component's own
   */
  readonly cpu?: string;
  /**
   * Kubernetes quantity.
   * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory
   * @default - the component's own
   */
  readonly memory?: string;
  /**
   * Kubernetes quantity.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
   * @default - the component's own, plus what `scratch` adds
   */
  readonly ephemeralStorage?: string;
  /**
   * Kubernetes quantities by name of a scratch directory.
   * @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
   * @default {}
   */
  readonly scratch?: Readonly<Record<string, string>>;
  /**
   * A fixed number of pods.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas
   * @default - between the bounds
   */
  readonly replicas?: number;
  /**
   * Least number of pods.
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
   * @default - the component's own
   */
  readonly minimum?: number;
  /**
   * Largest number of pods.
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
   * @default - the component's own, or `minimum` if that is more
   */
  readonly maximum?: number;
  /** Wins over everything that the component has. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ids of secrets in Secret Manager by environment variable. @default {} */
  readonly secretEnvironment?: Readonly<Record<string, string>>;
  /** On what kind of node its pods run. @default {} - general-purpose nodes */
  readonly place?: Place;
  /** @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector @default {} */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ @default [] */
  readonly tolerations?: readonly Toleration[];
  /** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How a Redis is connected to. */
interface RedisSettings {
  /** Connections use TLS, and the server's certificate is checked. */
  readonly tls: boolean;
  /**
   * Reads the certificates, as PEM, that the server's is checked against; `bindings` are what the bindings have.
   * @default - the containers' public ones
   */
  readonly ca?: "bindings" | (() => string);
}

/** Backups that any PostgreSQL can read. */
export interface PortableBackups {
  /** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
  readonly schedule: string;
  /** Whether it is a daily one, so that a day without a backup is a mistake. @see docs/backups.md */
  readonly daily: boolean;
  /** The newest is tried now and then. @see docs/backups.md @default - never */
  readonly rehearsal?: {
    /** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
    readonly schedule: string;
    /** Whether a month without one is a mistake. @see docs/backups.md */
    readonly monthly: boolean;
  };
}

/** A backup of another Dify. */
export interface BackupImport {
  readonly from:
    | {
        readonly type: "gcs";
        /** @see https://cloud.google.com/storage/docs/buckets#naming */
        readonly bucket: string;
        /** @see https://cloud.google.com/storage/docs/objects#naming */
        readonly object: string;
      }
    | {
        readonly type: "gdrive";
        /** @see docs/moving.md */
        readonly fileId: string;
      };
  /** As `backup_format`. @see docs/moving.md */
  readonly format: string;
  /** SHA-256 of a backup that takes the place of all data. @see docs/moving.md @default - data is never overwritten */
  readonly replaces?: string;
}

/** Settings of a Dify installation. */
export interface DifySettings {
  /** DNS label: prefix of the Kubernetes objects. */
  readonly name: string;
  /** @see https://cloud.google.com/iam/docs/service-accounts-create */
  readonly displayName: string;
  /** What it is for, in a sentence. @default - no description */
  readonly description?: string;
  readonly release: ResolvedRelease;
  /** Tags that replace the release's own, by component name in Dify's spelling. */
  readonly imageTags: Readonly<Record<string, string>>;
  /** Full reference that replaces the stock API image, for api, worker and beat. @default - the stock image */
  readonly apiImage?: string;
  /** Full reference instead of the stock sandbox image; its tag is in `imageTags` too. @default - the stock image */
  readonly sandboxImage?: string;
  readonly api: {
    /** @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-cpu */
    readonly cpu: string;
    /** @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory */
    readonly memory: string;
    /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
    readonly minimum: number;
    /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
    readonly maximum: number;
    readonly port: number;
    /** Seconds that a request may take. @see docs/variables.md */
    readonly timeoutSeconds: number;
    /** @default - none */
    readonly startupProbe?: Probe;
    /** Times that it leaves open follow from `timeoutSeconds`. @default - none */
    readonly livenessProbe?: Probe;
    /** @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
    readonly terminationGracePeriodSeconds: number;
    /** @default - its pods are a Deployment's */
    readonly statefulSet?: StatefulSetSettings;
    /**
     * Group that owns files on volumes.
     * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-the-security-context-for-a-pod
     * @default - that of the image's user
     */
    readonly fsGroup?: number;
    /** Whether the API's pods may have been of the other kind until now (Deployment or StatefulSet). @see docs/stateful-sets.md @default false */
    readonly takesOver?: boolean;
  };
  readonly worker: {
    /** `api_pod`: the worker is a second container of the API's pods, as documented. `deployment`: it has its own pods. */
    readonly placement: "api_pod" | "deployment";
    /** Pods of its own are also added for tasks in Celery's queues, which needs `metrics`. @default false */
    readonly byWaitingTasks?: boolean;
    /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
    readonly minimum: number;
    /** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
    readonly maximum: number;
  };
  /** Environment variables of the API that hold the URL of another component. */
  readonly links: readonly { readonly variable: string; readonly component: string; readonly port: number }[];
  /** The user's own environment for api, worker and beat; wins over what is set here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets for the environment of the same components. */
  readonly secretEnvironment: readonly { readonly variable: string; readonly secret: SecretDefinition }[];
  readonly database: {
    /** @see https://cloud.google.com/sql/docs/postgres/create-manage-databases */
    readonly name: string;
    /** @see https://cloud.google.com/sql/docs/postgres/create-manage-users */
    readonly user: string;
    readonly passwordLength: number;
    /** Connections that this installation may open at once: pools are as large as they allow. */
    readonly connections: number;
    /**
     * Of the main database, in addition to those that Dify needs.
     * @see https://cloud.google.com/sql/docs/postgres/extensions
     * @default []
     */
    readonly extensions?: readonly string[];
    /**
     * A pooler stands between pods and the server.
     * @see https://cloud.google.com/sql/docs/postgres/managed-connection-pooling
     * @default false
     */
    readonly pooled?: boolean;
    /** Pods of the database, which KubeBlocks runs. @see docs/kubeblocks.md @default - it is on Cloud SQL */
    readonly kubeblocks?: KubeBlocksSettings;
    /**
     * Which logins there are: `used` is the one of pods and jobs, and the other may keep working for earlier pods.
     * @see https://cloud.google.com/sql/docs/postgres/iam-authentication
     */
    readonly logins: {
      readonly used: DatabaseLogin;
      /** The previous login, if pods may still use it. @see docs/database.md @default - the other login is closed */
      readonly earlier?: DatabaseLogin;
    };
    /** The user's password is in a store, and so may its name be: the user is made by others. @default - it is made here */
    readonly userOfOthers?: { readonly nameInStore: boolean };
    /** How its login is changed from within the cluster. @default - it is not */
    readonly rotation?: {
      /** Between two of them. @see https://cloud.google.com/secret-manager/docs/secret-rotation */
      readonly periodSeconds: number;
      /** Between a new password and the first pod that uses it. */
      readonly delaySeconds: number;
    };
    /** Further environment variables with the same values, for what reads others than Dify. @default {} */
    readonly secondNames?: Readonly<Partial<Record<"host" | "port" | "name" | "user" | "password", string>>>;
  };
  /** @default - Dify's own database has the vectors */
  readonly vectors?: VectorStoreSettings;
  /** SQL files of the user's, for the main database. @default - there are none */
  readonly customSql?: {
    /** A bucket that exists. @see https://cloud.google.com/storage/docs/buckets */
    readonly bucket: string;
    /** The folder in which the scripts are: `sql/`, or empty. */
    readonly folder: string;
    /** Whether they run with Cloud SQL's rights on the instance. @see https://cloud.google.com/sql/docs/postgres/users */
    readonly administrator: boolean;
  };
  /** Secret Manager secrets that components and additions name, by id: `existingSecrets` of all of them. */
  readonly existingSecrets: ReadonlyMap<string, SecretDefinition>;
  /** Revisions of generated secrets, by name; see `SecretDefinition`. */
  readonly secretRevisions: Readonly<Record<string, number>>;
  /**
   * Generation of the keys between components; each takes that before and that after it as well.
   * @see docs/operations.md
   * @default - one key each, and no other is taken
   */
  readonly keyGeneration?: number;
  /** Where secrets of Dify's own are taken from, by name, instead of being generated. @default {} */
  readonly secretsElsewhere?: Readonly<Record<string, StoredElsewhere>>;
  /** Values reach the cluster without an apply, and pods have to be restarted for them. @default false */
  readonly restartsForSecrets?: boolean;
  readonly redisPassword: RedisPassword;
  readonly redis: RedisSettings;
  /** KubeBlocks' Redis, in use or moved away from. @see docs/kubeblocks.md @default - there is none */
  readonly redisCluster?: RedisClusterSettings;
  /** The Redis that the queue is moved away from. @default - it stays where it is */
  readonly earlierRedis?: RedisSettings & {
    /** @see docs/redis.md */
    readonly password: RedisPassword;
    /** First of the three databases that were used. */
    readonly firstDatabase: number;
  };
  /** Reads certificates, as PEM, of authorities that everything trusts in addition to the public ones. @default - there are none */
  readonly authorities?: () => string;
  /** First of the three Redis databases that are used. @default 0 */
  readonly firstRedisDatabase?: number;
  readonly buckets: readonly BucketDefinition[];
  /** Buckets that api and worker see as directories. @default [] */
  readonly bucketMounts?: readonly BucketMount[];
  /** A share that is new here, and whether files are copied to it. @default - there is none */
  readonly newShare?: { readonly copied: boolean };
  /** Whether an NFS share is mounted. */
  readonly sharedFiles: boolean;
  readonly uploadLimitMb: number;
  /** What the entry point speaks: HTTP/1.1, or HTTP/2 without TLS as well. @default http1 */
  readonly containerProtocol?: "http1" | "h2c";
  /** Requests that one client may have open at a time in a pod of nginx; 0 is no limit. @default - a quarter of what it holds */
  readonly requestsOfClient?: number;
  readonly marketplace: boolean;
  /** Sizes follow what pods use, in place of their numbers, which stay at the smallest. @default - numbers do */
  readonly vertical?: VerticalRange;
  /** Settings of components, by their names in Kubernetes. */
  readonly components: Readonly<Record<string, ComponentSettings>>;
  /** Reads the Python packages of code nodes, as a requirements file of pip's. @default - those of the sandbox's image */
  readonly pythonRequirements?: () => string;
  /** What components log. @default {} - text, and each health check of the plugin daemon's */
  readonly logs?: {
    /** Whether components that can write a line of JSON for each entry, with its severity. @default false */
    readonly json?: boolean;
    /** Whether the plugin daemon logs health checks. @see docs/logging.md @default true */
    readonly healthChecks?: boolean;
  };
  /** Traces of requests in Cloud Trace. @default - there are none */
  readonly tracing?: {
    /** Share of the requests that are traced, from 0 to 1. */
    readonly samplingRate: number;
  };
  /** A company's proxy, through which everything goes out. @default - requests leave directly */
  readonly outboundProxy?: {
    /** Name or IPv4 address. */
    readonly host: string;
    readonly port: number;
    /** @see docs/ways-out.md @default - it asks for none */
    readonly user?: string;
    /** Id of the secret in Secret Manager with the user's password. @default - it asks for none */
    readonly passwordSecret?: string;
    /** What is reached without it: names, `.suffixes`, IPv4 addresses and ranges. */
    readonly direct: readonly string[];
  };
  /** What Dify deletes. @see docs/database.md @default - Dify's own settings say it */
  readonly retention?: {
    /** Days after which runs of workflows go. @see docs/database.md @default - Dify's own settings say it */
    readonly workflowRunDays?: number;
    /** The same of messages. @see docs/database.md @default - Dify's own settings say it */
    readonly messageDays?: number;
  };
  /** A backup that the databases are filled with before anything starts, once. @default - they begin empty */
  readonly backupImport?: BackupImport;
  /** @default - PostgreSQL's autovacuum alone */
  readonly databaseMaintenance?: DatabaseMaintenance;
  /** Backups in a bucket of their own. @default - none are written */
  readonly portableBackups?: PortableBackups;
  /** The bucket that backups are written to. @see docs/backups.md @default - there is none */
  readonly backupBucket?: BackupBucketDefinition;
  /** Whether what components measure is collected, and so measured. @default false */
  readonly metrics?: boolean;
  /** Hosts and ranges that the SSRF proxy lets through, with a port on this one alone. */
  readonly ssrfProxyAllowedHosts: readonly string[];
}

/** What is done for the databases on a schedule. @see docs/database.md */
export interface DatabaseMaintenance {
  /** Cron expression, UTC. @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
  readonly schedule: string;
  readonly tasks: readonly ("report" | "vacuum" | "reindex")[];
  /** How long a run may take. @see docs/database.md */
  readonly minutes: number;
}

/** How one logs in to the database: with the user's password, or as a service account without any. */
export type DatabaseLogin = "password" | "iam";
