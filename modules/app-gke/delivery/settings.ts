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
  /** When a push is built. @default {} */
  readonly trigger?: TriggerSettings;
  readonly build: BuildSettings;
  /** Where built images are. @default {} */
  readonly images?: ImageRepositorySettings;
  /**
   * Findings of this severity and above stop a build: https://cloud.google.com/artifact-analysis/docs/container-scanning-overview.
   * @default - images are not scanned
   */
  readonly scanSeverity?: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
  /** Where builds run. @default - Google's own machines */
  readonly pool?: PoolSettings;
  /** Stages that a version is promoted through. @default - a build deploys at once */
  readonly pipeline?: PipelineSettings;
}

/**
 * A repository on GitHub, connected to Cloud Build:
 * https://cloud.google.com/build/docs/automating-builds/github/connect-repo-github?generation=2nd-gen.
 */
export interface SourceSettings {
  /** `https://github.com/owner/name`. */
  readonly url: string;
  /** Installation of Cloud Build's GitHub app, a number. */
  readonly appInstallationId: string;
  /** Raised to announce a new token. @default 1 */
  readonly tokenRevision?: number;
}

/** When a push is built: https://cloud.google.com/build/docs/automating-builds/create-manage-triggers. */
export interface TriggerSettings {
  /** @default - the resource prefix */
  readonly name?: string;
  /** @default - what the trigger does */
  readonly description?: string;
  /** Regular expression (RE2) for branches. @default ^main$ */
  readonly branchPattern?: string;
  /** Build only where one of these has changed; globs. @default [] - whatever has changed */
  readonly includedFiles?: readonly string[];
  /** Changes to these alone build nothing; globs. @default [] */
  readonly ignoredFiles?: readonly string[];
  /** By name with its `_`: https://cloud.google.com/build/docs/build/substitute-variable-values. @default {} */
  readonly substitutions?: Readonly<Record<string, string>>;
}

/** What a push becomes. */
export type BuildSettings =
  | {
      /** The repository's own image, for components that run one of `replaces` so far. */
      readonly type: "image";
      /** Path in the repository. @default Dockerfile */
      readonly dockerfile?: string;
      /** Directory in the repository. @default - all of it */
      readonly context?: string;
      /** @default {} */
      readonly args?: Readonly<Record<string, string>>;
      /** As their publishers name them, without tag. */
      readonly replaces: readonly string[];
    }
  | {
      /** Publishers' images in the version that a file of the repository names. */
      readonly type: "version";
      /** Path in the repository. */
      readonly file: string;
      /** As their publishers name them, without tag. */
      readonly images: readonly string[];
    };

/** @returns images that a build stands in for, as their publishers name them, without tag */
export function deliveredImages(build: BuildSettings): readonly string[] {
  return build.type === "image" ? build.replaces : build.images;
}

/** Where built images are, and for how long. */
export interface ImageRepositorySettings extends RetentionSettings {
  /** Artifact Registry repository id. @default - `<prefix>-images` */
  readonly name?: string;
}

/** Where builds run: https://cloud.google.com/build/docs/private-pools/private-pools-overview. */
export type PoolSettings =
  /** Google's own machines, with addresses of their own. */
  | { readonly type: "default" }
  /** A private pool, made here: for a control plane that only lets named ranges in. */
  | { readonly type: "created" }
  /** `projects/…/locations/…/workerPools/…`, with a way to the control plane's internal address. */
  | { readonly type: "existing"; readonly name: string };

/** Stages of Cloud Deploy: https://cloud.google.com/deploy/docs/terminology. */
export interface PipelineSettings {
  /** In the order of promotion. */
  readonly stages: readonly StageSettings[];
  /** Name of the stage that the front door leads to. @default - the environment itself */
  readonly backendStage?: string;
}

/** @returns the stages that get things of their own */
export function ownStages(delivery?: Pick<DeliverySettings, "pipeline">): readonly StageSettings[] {
  return (delivery?.pipeline?.stages ?? []).filter(({ type }) => type === "own");
}

/** @returns the stage with things of its own that the front door leads to. `undefined`: it is the environment itself */
export function backendStage(delivery?: Pick<DeliverySettings, "pipeline">): StageSettings | undefined {
  return ownStages(delivery).find(({ name }) => name === delivery?.pipeline?.backendStage);
}

/** Longest that Cloud Build lets a build take, and with it each job of Cloud Deploy: a day. */
export const BUILD_LIMIT_SECONDS = 86_400;

/**
 * Longest name of a target. gcloud calls a rollout `<release>-to-<target>-0001` and Google takes 63 characters; the
 * releases of `scripts/delivery/create-release.sh` have 23.
 */
export const TARGET_NAME_LIMIT = 63 - "-to-".length - "-0001".length - 23;

export interface StageSettings {
  /** DNS label, unique in the pipeline. */
  readonly name: string;
  /** Cloud Deploy target, unique in its project and region; at most `TARGET_NAME_LIMIT` characters. */
  readonly targetName: string;
  /** Somebody has to approve each rollout: https://cloud.google.com/deploy/docs/promote-release. @default false */
  readonly requireApproval?: boolean;
  /**
   * A version that has passed this stage goes on to the next one automatically:
   * https://cloud.google.com/deploy/docs/automation.
   * @default false
   */
  readonly autoPromote?: boolean;
  /**
   * `home` is the environment itself, with the data it has. `own` gets databases, buckets, secrets and a namespace of its
   * own, made here. `elsewhere` is another environment, which makes its own things; only its pods are delivered.
   */
  readonly type: "home" | "own" | "elsewhere";
  /** Whose names the stage's objects have. */
  readonly installation: Installation;
  readonly namespace: string;
  readonly application: ApplicationConfig;
  readonly cluster: {
    readonly name: string;
    readonly location: string;
    /** Whether the control plane answers at its DNS endpoint. @default false */
    readonly dnsEndpoint?: boolean;
  };
  /** Port of its own Redis on the file server. @default - it uses the environment's Redis */
  readonly redisPort?: string;
  /** Where its images come from. @default {} - from their publishers, by tag */
  readonly images?: ImageSource;
  /** How its pods run. @default {} */
  readonly pods?: StagePods;
  /** Variables that must never change while the stage is there, by name. @default {} */
  readonly immutable?: Readonly<Record<string, string>>;
}

/** The part of how pods run that manifests are written with. */
export type StagePods = Pick<
  WorkloadSettings,
  "deploymentTimeoutSeconds" | "topologySpread" | "authProxyImage" | "sharedFiles"
>;
