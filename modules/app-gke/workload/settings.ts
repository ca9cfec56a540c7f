import type { ITerraformDependable } from "cdktf";
import type { IConstruct } from "constructs";
import type { ApplicationConfig, Entrance, RedisBinding, Resources } from "../application-config";
import { withDefaults } from "./defaults";
import type { PrivatelyUsed } from "../google/privately-used";
import type { Installation } from "../installation";
import type { Database } from "../platform/database";
import type { LoginSecret } from "../platform/login-secret";
import type { JobInputs } from "../platform/job-rights";
import type { Secrets } from "../platform/secrets";
import { BUCKET_SIDECAR } from "./bucket-volumes";
import type { ClusterAccess } from "../terraform/cluster-script";
import type { ServiceExposure } from "./component-service";
import type { BuiltImage } from "./image";
import type { ResourceQuota } from "./namespace";
import type { MeshSettings } from "./service-mesh";

/** How pods run. */
export interface WorkloadSettings {
  /** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ @default - the resource prefix */
  readonly namespace?: string;
  /**
   * The namespace exists, and is used as it is: it is neither changed nor deleted.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
   * @default false
   */
  readonly existingNamespace?: boolean;
  /**
   * Seconds after which a rollout counts as failed.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds
   * @default 600
   */
  readonly deploymentTimeoutSeconds?: number;
  /**
   * Number or percentage (`50%`) of pods that stay up while nodes are drained.
   * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
   * @default - no budget
   */
  readonly minAvailable?: string;
  /**
   * Spreads pods over zones; with `strict`, a pod that would break the spread stays pending.
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
   * @default - the scheduler's own choice
   */
  readonly topologySpread?: "preferred" | "strict";
  /**
   * Pods reach only what their components name in `talksTo`. `false`: only pods with untrusted code are confined.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
   * @default true
   */
  readonly networkSegmentation?: boolean;
  /**
   * Managed Service for Prometheus collects metrics of components and Auth Proxies. The cluster has to have it.
   * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed
   * @default false
   */
  readonly collectMetrics?: boolean;
  /**
   * The External Secrets Operator writes the values into the application's Secret, and new versions reach the pods without an
   * apply. The cluster has to have it.
   * @see https://external-secrets.io/latest/
   * @default - Terraform writes them
   */
  readonly externalSecrets?: ExternalSecretsSettings;
  /**
   * Where KubeBlocks runs, for applications with `dataClusters`.
   * @see docs/kubeblocks.md
   * @default kb-system
   */
  readonly kubeBlocksNamespace?: string;
  /**
   * The stack that installs KubeBlocks, which has to be applied first.
   * @see docs/kubeblocks.md
   * @default - it is there
   */
  readonly kubeBlocksInstalledBy?: string;
  /**
   * KubeBlocks copies its databases to the application's bucket of backups.
   * @see docs/kubeblocks-operations.md
   * @default - it makes no copies
   */
  readonly dataBackups?: DataBackupSettings;
  /** Connections in addition to those that components name. They only matter with `networkSegmentation`. @default [] */
  readonly additionalEgress?: readonly AdditionalEgress[];
  /**
   * Makes the entry point's Service known to the other clusters of the project's fleet.
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-services
   * @default - it is known only in its own cluster
   */
  readonly multiCluster?: MultiClusterSettings;
  /**
   * Components are in Cloud Service Mesh: connections between their pods are encrypted, and both sides know who the other is.
   * @see https://cloud.google.com/service-mesh/docs/overview
   * @default - there is none
   */
  readonly serviceMesh?: MeshSettings;
  /** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/ @default - no quota */
  readonly quota?: ResourceQuota;
  /**
   * Full image reference of the Cloud SQL Auth Proxy.
   * @see https://cloud.google.com/sql/docs/postgres/sql-proxy
   * @default - `AUTH_PROXY_IMAGE`
   */
  readonly authProxyImage?: string;
  /**
   * Digests (`sha256:…`) by image as its publisher names it: these images are pulled by digest, and with Binary
   * Authorization they need an attestation.
   * @see https://kubernetes.io/docs/concepts/containers/images/#image-names
   * @default - the digests that the application names
   */
  readonly imageDigests?: Readonly<Record<string, string>>;
  /**
   * What the sidecar that mounts buckets may use, in each pod that mounts some.
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-sidecar
   * @default - `BUCKET_SIDECAR`
   */
  readonly bucketSidecar?: Resources;
  /** Where the share is mounted in pods that need it. @default - nowhere */
  readonly sharedFiles?: {
    /** @see https://kubernetes.io/docs/concepts/storage/volumes/#nfs */
    readonly volumeName: string;
    /** @see https://kubernetes.io/docs/concepts/storage/volumes/#nfs */
    readonly mountPath: string;
  };
}

/** A Service that other clusters know. */
export interface MultiClusterSettings {
  /**
   * Ranges of the pods in other clusters that may connect, if the entry point is not open to everybody.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
   * @default []
   */
  readonly clientRanges?: readonly string[];
  /**
   * E-mail address of the service account to act as.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

/** How the External Secrets Operator of the cluster fills the application's Secret. */
export interface ExternalSecretsSettings {
  /**
   * How often it looks for new versions: `1h0m0s`.
   * @see https://external-secrets.io/latest/api/externalsecret/
   */
  readonly refreshInterval: string;
  /**
   * A ClusterSecretStore that exists, for the secrets in Secret Manager: its owner decides what it may read.
   * @see https://external-secrets.io/latest/api/clustersecretstore/
   * @default - a store of the application's own, which may read its secrets and nothing else
   */
  readonly clusterStore?: string;
  /** Where the operator runs. @see docs/external-secrets.md @default external-secrets */
  readonly operatorNamespace?: string;
  /** Name of the stack that installs the operator. @see docs/external-secrets.md @default - the cluster has one */
  readonly installedBy?: string;
}

/** When KubeBlocks copies its databases, and for how long it keeps the copies. */
export interface DataBackupSettings {
  /** Cron expression of five fields, in UTC. @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
  readonly schedule: string;
  /** Days after which a copy is deleted. @see docs/kubeblocks-operations.md */
  readonly keepDays: number;
  /**
   * E-mail address of the service account to act as.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

/** Who may connect to whom, and on which ports. */
export interface AdditionalEgress {
  /** Names of components and jobs. Components that share a pod share these connections. */
  readonly components: readonly string[];
  /**
   * A range never matches pods or nodes, whatever addresses it contains. Pods are selected by namespace and labels; without labels,
   * every pod there. A component is one of the application's own.
   */
  readonly to:
    | {
        readonly type: "range";
        /** @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors */
        readonly cidr: string;
      }
    | { readonly type: "pods"; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
    | { readonly type: "component"; readonly name: string };
  /**
   * Ports of the pods, not of their Service. For a component, its own ports count instead.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
   */
  readonly ports: readonly number[];
  /** @default TCP */
  readonly protocol?: "TCP" | "UDP";
}

/** The Cloud SQL Auth Proxy, in the version that was tested. */
export const AUTH_PROXY_IMAGE = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.2-alpine";

const DEFAULTS = {
  collectMetrics: false,
  deploymentTimeoutSeconds: 600,
  kubeBlocksNamespace: "kb-system",
  networkSegmentation: true,
  authProxyImage: AUTH_PROXY_IMAGE,
  bucketSidecar: BUCKET_SIDECAR,
} as const satisfies WorkloadSettings;

/** How pods run, with the defaults. */
export type ResolvedWorkload = WorkloadSettings & Required<Pick<WorkloadSettings, keyof typeof DEFAULTS>>;

export function resolveWorkload(settings: WorkloadSettings = {}): ResolvedWorkload {
  return withDefaults<Pick<ResolvedWorkload, keyof typeof DEFAULTS>, WorkloadSettings>(DEFAULTS, settings);
}

/** Who else brings versions into the cluster, and how. */
export type Deliverer =
  | {
      /** A build sets images of what Terraform runs. */
      readonly type: "images";
      /** Images as their publishers name them, without tags: `langgenius/dify-api`. */
      readonly images: readonly string[];
      /** Google service accounts, by e-mail. */
      readonly deployers: readonly string[];
    }
  | {
      /** Releases apply whole Deployments, which are made from the same components. */
      readonly type: "releases";
      /** Google service accounts, by e-mail. */
      readonly deployers: readonly string[];
    };

/** How a workload is reached from outside. */
export interface Exposure {
  /** How the entry point's Service is published. */
  readonly service: ServiceExposure;
  /** What has to exist before that Service. @default [] */
  readonly dependsOn?: readonly ITerraformDependable[];
  /** Addresses of the front door, the public one first. @default - those of the Service itself */
  readonly publicUrls?: readonly string[];
  /** Ranges from which connections to the entry point come, never including pods. @default - anywhere */
  readonly sources?: readonly string[];
  /** Namespaces whose pods may connect to it as well. @default [] */
  readonly namespaces?: readonly string[];
  /** @default - the peer is the client */
  readonly entrance?: Entrance;
}

/** The KubeBlocks of the cluster, as a plan finds it. */
export interface DataOperatorFound {
  /** A plan reads this only if the cluster knows KubeBlocks' kinds. */
  readonly known: readonly ITerraformDependable[];
  /** A plan gets past this only if the operator is there. */
  readonly ready: readonly ITerraformDependable[];
  /** Where it runs. */
  readonly namespace: string;
}

export interface WorkloadProps extends ResolvedWorkload {
  readonly installation: Installation;
  readonly application: ApplicationConfig;
  readonly namespace: string;
  /** Where it runs. */
  readonly cluster: { readonly name: string; readonly location: string };
  /** How the cluster's API is reached. */
  readonly clusterAccess: ClusterAccess;
  readonly exposure: Exposure;
  readonly googleServiceAccountEmail: string;
  readonly secrets: Secrets;
  /** What the objects of the operator that fills the Secret wait for. @default [] */
  readonly secretsReadable?: readonly ITerraformDependable[];
  /** The operator of its data clusters. @default - it has none */
  readonly dataOperator?: DataOperatorFound;
  /** What KubeBlocks' own backups wait for. @default [] */
  readonly dataBackupsReady?: readonly ITerraformDependable[];
  /** Bucket names by suffix. */
  readonly buckets: Readonly<Record<string, string>>;
  /** @default - there is none */
  readonly database?: {
    readonly resource: Database;
    readonly instance: {
      readonly connectionName: string;
      readonly privateIp: string;
      /** PEM of the authority that signed the instance's certificate. */
      readonly serverCertificate: string;
    };
  };
  /** @default - there is none */
  readonly redis?: RedisBinding;
  /** The Redis that its queue is moved away from. @default - it stays where it is */
  readonly earlierRedis?: RedisBinding;
  /** Public addresses that cluster and network use privately. */
  readonly privatelyUsed: PrivatelyUsed;
  /** @default - there is none */
  readonly fileServer?: { readonly ip: string; readonly sharePath: string };
  /** Where the shared files were, and are copied from. @default - they stay where they are */
  readonly earlierFileServer?: { readonly ip: string; readonly sharePath: string };
  /** Pull-through mirror of Docker Hub. @default - images are pulled from Docker Hub itself */
  readonly mirror?: string;
  /** An image that runs instead of some of the application's own. @default - the application's own run */
  readonly built?: BuiltImage;
  /** What jobs with rights of their own are told about what they may use, by job. */
  readonly jobInputs: ReadonlyMap<string, JobInputs>;
  /** The database's login, where it changes. @default - it does not */
  readonly login?: LoginSecret;
  /** What the namespace waits for before its pods get the mesh's proxy. @default [] */
  readonly meshReady?: readonly ITerraformDependable[];
  /** Address of the control plane, as pods reach it. */
  readonly controlPlane: string;
  /** The pods' permissions, which exist before the pods. */
  readonly permissions: readonly IConstruct[];
  /** @default - Terraform alone */
  readonly deliverer?: Deliverer;
}
