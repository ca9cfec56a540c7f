import type { ApplicationConfig } from "../application-config";
import type { Installation } from "../installation";
import type { RetentionSettings } from "../google/registry-cleanup";
import type { ImageSource } from "../workload/image";
import type { WorkloadSettings } from "../workload/settings";

/**
 * From a commit to a running version: https://cloud.google.com/build/docs/overview,
 * https://cloud.google.com/deploy/docs/overview.
 */
export interface DeliverySettings {
  readonly source: SourceSettings;
  /** Which pushes are built. @default {} */
  readonly trigger?: TriggerSettings;
  readonly build: BuildSettings;
  /** Where built images are kept. @default {} */
  readonly images?: ImageRepositorySettings;
  /**
   * Vulnerabilities of this severity and above stop a build.
   * @see https://cloud.google.com/artifact-analysis/docs/container-scanning-overview
   * @default - images are not scanned
   */
  readonly scanSeverity?: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
  /** Where builds run. @default - Google's own machines */
  readonly pool?: PoolSettings;
  /** Stages that a version is promoted through. @default - a build deploys at once */
  readonly pipeline?: PipelineSettings;
}

/** A repository on GitHub, connected to Cloud Build. */
export interface SourceSettings {
  /**
   * `https://github.com/owner/name`.
   * @see https://cloud.google.com/build/docs/automating-builds/github/connect-repo-github?generation=2nd-gen
   */
  readonly url: string;
  /**
   * Number of the installation of Cloud Build's GitHub app.
   * @see https://cloud.google.com/build/docs/automating-builds/github/connect-repo-github?generation=2nd-gen
   */
  readonly appInstallationId: string;
  /** Raise it to announce a new token. @default 1 */
  readonly tokenRevision?: number;
}

/** Which pushes are built. */
export interface TriggerSettings {
  /** @see https://cloud.google.com/build/docs/automating-builds/create-manage-triggers @default - the resource prefix */
  readonly name?: string;
  /**
   * @see https://cloud.google.com/build/docs/automating-builds/create-manage-triggers
   * @default - what the trigger does
   */
  readonly description?: string;
  /**
   * Regular expression (RE2) for branches.
   * @see https://cloud.google.com/build/docs/automating-builds/create-manage-triggers
   * @default ^main$
   */
  readonly branchPattern?: string;
  /**
   * Globs: only a change to one of these files starts a build.
   * @see https://cloud.google.com/build/docs/automating-builds/create-manage-triggers
   * @default [] - any change does
   */
  readonly includedFiles?: readonly string[];
  /**
   * Globs: changes to these files alone start no build.
   * @see https://cloud.google.com/build/docs/automating-builds/create-manage-triggers
   * @default []
   */
  readonly ignoredFiles?: readonly string[];
  /**
   * By name, which begins with `_`.
   * @see https://cloud.google.com/build/docs/build/substitute-variable-values
   * @default {}
   */
  readonly substitutions?: Readonly<Record<string, string>>;
}

/** What a push becomes. */
export type BuildSettings =
  | {
      /** An image from the repository, for components that would run one of `replaces` otherwise. */
      readonly type: "image";
      /** Path in the repository. @see https://cloud.google.com/build/docs/building/build-containers @default Dockerfile */
      readonly dockerfile?: string;
      /** The Dockerfile itself. @see https://docs.docker.com/reference/dockerfile/ @default - that of the repository */
      readonly dockerfileText?: string;
      /**
       * Image that the build argument `BASE_IMAGE` names, as its publisher names it. From Docker Hub it comes through the
       * mirror, if there is one.
       * @see https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact
       * @default - no such argument
       */
      readonly baseImage?: string;
      /** Directory in the repository. @see https://docs.docker.com/build/concepts/context/ @default - all of it */
      readonly context?: string;
      /** Build arguments. @see https://docs.docker.com/build/building/variables/ @default {} */
      readonly args?: Readonly<Record<string, string>>;
      /** Images as their publishers name them, without tags. */
      readonly replaces: readonly string[];
    }
  | {
      /** The publishers' images, in the version that a file in the repository names. */
      readonly type: "version";
      /** Path in the repository. */
      readonly file: string;
      /** Images as their publishers name them, without tags. @see docs/delivery.md */
      readonly images: readonly string[];
    };

/** An image that is built while Terraform applies: once, and again when what it is made of changes. */
export interface ImageBuildSettings {
  readonly build: Extract<BuildSettings, { readonly type: "image" }>;
  /** A public repository, and what is built of it. @default - there is none, so the Dockerfile stands alone */
  readonly source?: {
    /** `https://github.com/owner/name`. @see https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds#gitsource */
    readonly url: string;
    /** Full hash. @see https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds#gitsource */
    readonly commit: string;
  };
  /** Where the image is kept. @default {} */
  readonly images?: ImageRepositorySettings;
  /** See `DeliverySettings`. @default - the image is not scanned */
  readonly scanSeverity?: DeliverySettings["scanSeverity"];
  /**
   * Private pool to build in: `projects/…/locations/…/workerPools/…`.
   * @see https://cloud.google.com/build/docs/private-pools/private-pools-overview
   * @default - Google's own machines
   */
  readonly pool?: string;
  /**
   * E-mail address of the service account to act as.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

/** @returns the images that a build replaces, as their publishers name them, without tags */
export function deliveredImages(build: BuildSettings): readonly string[] {
  return build.type === "image" ? build.replaces : build.images;
}

/** Where built images are kept, and for how long. */
export interface ImageRepositorySettings extends RetentionSettings {
  /**
   * Id of the Artifact Registry repository.
   * @see https://cloud.google.com/artifact-registry/docs/repositories/create-repos
   * @default - `<prefix>-images`
   */
  readonly name?: string;
}

/** Where builds run: https://cloud.google.com/build/docs/private-pools/private-pools-overview. */
export type PoolSettings =
  /** Google's own machines, whose addresses are not known in advance. */
  | { readonly type: "default" }
  /** A private pool that is created here, for a control plane that only lets named ranges in. */
  | { readonly type: "created" }
  | {
      readonly type: "existing";
      /**
       * `projects/…/locations/…/workerPools/…`, from where the control plane's internal address can be reached.
       * @see https://cloud.google.com/build/docs/private-pools/private-pools-overview
       */
      readonly name: string;
    };

/** A Cloud Deploy pipeline. */
export interface PipelineSettings {
  /** In the order of promotion. @see https://cloud.google.com/deploy/docs/terminology */
  readonly stages: readonly StageSettings[];
  /** Name of the stage that the front door leads to. @default - the environment itself */
  readonly backendStage?: string;
}

/** @returns the stages that have their own data */
export function ownStages(delivery?: Pick<DeliverySettings, "pipeline">): readonly StageSettings[] {
  return (delivery?.pipeline?.stages ?? []).filter(({ type }) => type === "own");
}

/** @returns the stage with its own data that the front door leads to. `undefined`: it is the environment itself */
export function backendStage(delivery?: Pick<DeliverySettings, "pipeline">): StageSettings | undefined {
  return ownStages(delivery).find(({ name }) => name === delivery?.pipeline?.backendStage);
}

/** The longest time that Cloud Build gives a build, and therefore each job of Cloud Deploy: a day. */
export const BUILD_LIMIT_SECONDS = 86_400;

/**
 * Longest name of a target. gcloud calls a rollout `<release>-to-<target>-0001` and Google takes 63 characters; the
 * releases of `scripts/delivery/create-release.sh` have 23.
 */
export const TARGET_NAME_LIMIT = 63 - "-to-".length - "-0001".length - 23;

export interface StageSettings {
  /** DNS label, unique in the pipeline. @see https://cloud.google.com/deploy/docs/terminology */
  readonly name: string;
  /**
   * Cloud Deploy target, unique in its project and region; at most `TARGET_NAME_LIMIT` characters.
   * @see https://cloud.google.com/deploy/docs/terminology
   */
  readonly targetName: string;
  /**
   * Somebody has to approve each rollout.
   * @see https://cloud.google.com/deploy/docs/promote-release
   * @default false
   */
  readonly requireApproval?: boolean;
  /**
   * A version that has passed this stage is promoted to the next one automatically.
   * @see https://cloud.google.com/deploy/docs/automation
   * @default false
   */
  readonly autoPromote?: boolean;
  /**
   * `home` is the environment itself, with its data. `own` gets its own databases, buckets, secrets and namespace, created
   * here. `elsewhere` is another environment, which creates its own; only its pods are delivered.
   */
  readonly type: "home" | "own" | "elsewhere";
  /** Gives the stage's objects their names. */
  readonly installation: Installation;
  /** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ */
  readonly namespace: string;
  readonly application: ApplicationConfig;
  readonly cluster: {
    /** @see https://cloud.google.com/deploy/docs/deploy-app-gke */
    readonly name: string;
    /** A region, or the zone of a zonal cluster. @see https://cloud.google.com/compute/docs/regions-zones */
    readonly location: string;
    /**
     * Whether the control plane answers at its DNS endpoint.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
     * @default false
     */
    readonly dnsEndpoint?: boolean;
  };
  /** Port of its own Redis on the file server. @default - it uses the environment's Redis */
  readonly redisPort?: string;
  /** Where its images come from. @default {} - from their publishers, by tag */
  readonly images?: ImageSource;
  /** How its pods run. @default {} */
  readonly pods?: StagePods;
  /** Variables that cannot be changed while the stage exists, by name. @see docs/delivery.md @default {} */
  readonly immutable?: Readonly<Record<string, string>>;
}

/** The part of the pods' settings that manifests are written with. */
export type StagePods = Pick<
  WorkloadSettings,
  "deploymentTimeoutSeconds" | "topologySpread" | "authProxyImage" | "sharedFiles"
>;
