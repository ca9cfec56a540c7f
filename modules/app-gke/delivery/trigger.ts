import type { ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { CloudbuildTrigger } from "@cdktf/provider-google/lib/cloudbuild-trigger";
import type { Installation } from "../installation";
import { resourcesOf } from "../terraform/dependencies";
import type { ControlPlaneEndpoint } from "./build-pool";
import { type BuildStep, buildStep, checkSteps, imageSteps, type Signer } from "./build-steps";
import { BUILD_LIMIT_SECONDS, type BuildSettings, type TriggerSettings } from "./settings";

/** How an image gets into the cluster. */
export type DeployStep =
  | {
      /** The build sets images. */
      readonly type: "images";
      readonly cluster: { readonly name: string; readonly location: string };
      readonly namespace: string;
      /** Containers whose images it may set. */
      readonly containers: readonly {
        /** `deployment/dify-api`. */
        readonly workload: string;
        readonly container: string;
        /** The image as the cluster pulls it, without tag. */
        readonly image: string;
      }[];
      /** Jobs that have to finish before, as suspended CronJobs. */
      readonly jobs: readonly {
        readonly cronJob: string;
        readonly container: string;
        readonly image: string;
        readonly timeoutSeconds: number;
      }[];
      readonly timeoutSeconds: number;
    }
  | {
      /** The build creates a release in Cloud Deploy. */
      readonly type: "release";
      readonly pipeline: string;
      /** `gs://…`. */
      readonly manifests: string;
      readonly staging: string;
    };

/** An image that a build replaces. */
export interface ReplacedImage {
  /** As the cluster pulls it, and as manifests name it. */
  readonly name: string;
  /** Where the build checks it: the build cannot read another stage's mirror, but the image there is the same. */
  readonly readFrom: string;
}

export interface TriggerProps {
  readonly installation: Installation;
  readonly settings: TriggerSettings;
  readonly build: BuildSettings;
  /** `projects/…/repositories/…`. */
  readonly repository: string;
  /** The image to push if one is built, without tag. */
  readonly pushTo: string;
  /** Where images of Docker Hub are pulled from. @default - from there itself */
  readonly mirror?: string;
  /** Images that the new one replaces, without tags. */
  readonly images: readonly ReplacedImage[];
  /** Vulnerabilities of this severity and above stop a build. @default - images are not scanned */
  readonly scanSeverity?: string;
  /** Attests what was built. @default - no attestation */
  readonly signer?: Signer;
  readonly deploy: DeployStep;
  /** `projects/…/serviceAccounts/…`. */
  readonly serviceAccount: string;
  /** Private pool. @default - Google's own machines */
  readonly pool?: string;
  readonly controlPlaneEndpoint: ControlPlaneEndpoint;
  /** The permissions of builds and releases in the cluster. */
  readonly after: readonly IConstruct[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The longest time for everything but a rollout. */
const BUILD_SECONDS = 3600;
const VERSION = "@VERSION@";

/** Turns a push to the repository into a build, whose steps are the scripts in `scripts/delivery`. */
export class Trigger extends Construct {
  readonly name: string;
  /** The trigger's number, a UUID. */
  readonly triggerId: string;

  constructor(scope: Construct, id: string, props: TriggerProps) {
    super(scope, id);
    const { build, installation, settings } = props;
    const { projectId, region, resourcePrefix } = installation;
    const { branchPattern = "^main$", ignoredFiles = [], includedFiles = [], substitutions = {} } = settings;
    const trigger = new CloudbuildTrigger(this, "trigger", {
      project: projectId,
      location: region,
      name: settings.name ?? resourcePrefix,
      description: settings.description ?? describe(props),
      repositoryEventConfig: { repository: props.repository, push: { branch: branchPattern } },
      // If the repository only names a version, no other file matters.
      includedFiles: files(build.type === "version" && includedFiles.length === 0 ? [build.file] : includedFiles),
      ignoredFiles: files(ignoredFiles),
      substitutions: Object.keys(substitutions).length > 0 ? { ...substitutions } : undefined,
      serviceAccount: props.serviceAccount,
      buildAttribute: {
        timeout: `${longest(props.deploy)}s`,
        options: {
          // Builds with a service account of their own have no bucket for logs.
          logging: "CLOUD_LOGGING_ONLY",
          // A substitution that no step uses is no error.
          substitutionOption: "ALLOW_LOOSE",
          workerPool: props.pool,
        },
        step: steps(props),
      },
      // The first push may come immediately.
      dependsOn: [...props.dependsOn, ...resourcesOf(...props.after)],
    });
    this.name = trigger.name;
    this.triggerId = trigger.triggerId;
  }
}

/** A failed rollout takes its time twice: the second time for the rollback, which must not be cut off. */
function longest(deploy: DeployStep): number {
  const rollouts =
    deploy.type === "release"
      ? 0
      : deploy.jobs.reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 2 * deploy.timeoutSeconds);
  return Math.min(BUILD_LIMIT_SECONDS, BUILD_SECONDS + Math.max(3600, rollouts));
}

function describe({ build, deploy }: TriggerProps): string {
  const what = build.type === "image" ? "Builds the repository's image" : `Takes the version from ${build.file}`;
  return `${what} and ${deploy.type === "release" ? "makes a release of it" : "deploys it"}`;
}

function files(patterns: readonly string[]): string[] | undefined {
  return patterns.length > 0 ? [...patterns] : undefined;
}

function steps(props: TriggerProps): BuildStep[] {
  const { build, installation, deploy, images } = props;
  const { projectId } = installation;
  const list =
    build.type === "image"
      ? imageSteps({
          ...props,
          build,
          projectId,
          replaces: images.map(({ name }) => name),
          revision: "$COMMIT_SHA",
          // They may name substitutions.
          args: build.args ?? {},
        })
      : [
          buildStep("version", "read-version.sh", {
            VERSION_FILE: build.file,
            IMAGES: images.map(({ name, readFrom }) => `${name}=${readFrom}:${VERSION}`).join("\n"),
          }),
          ...checkSteps({ ...props, projectId }),
        ];
  if (deploy.type === "release") {
    list.push(
      buildStep("release", "create-release.sh", {
        PIPELINE: deploy.pipeline,
        REGION: installation.region,
        PROJECT: projectId,
        MANIFESTS: deploy.manifests,
        STAGING: deploy.staging,
        COMMIT_SHA: "$COMMIT_SHA",
        BUILD_ID: "$BUILD_ID",
      }),
    );
    return list;
  }
  const where = {
    PROJECT: projectId,
    LOCATION: deploy.cluster.location,
    CLUSTER: deploy.cluster.name,
    ENDPOINT: props.controlPlaneEndpoint,
    NAMESPACE: deploy.namespace,
  };
  if (deploy.jobs.length > 0) {
    list.push(
      buildStep("prepare", "run-jobs.sh", {
        ...where,
        JOBS: deploy.jobs
          .map(({ cronJob, container, image, timeoutSeconds }) => `${cronJob} ${container} ${image} ${timeoutSeconds}`)
          .join("\n"),
      }),
    );
  }
  list.push(
    buildStep("deploy", "deploy-images.sh", {
      ...where,
      WORKLOADS: deploy.containers
        .map(({ workload, container, image }) => `${workload} ${container} ${image}`)
        .join("\n"),
      ROLLOUT_TIMEOUT_SECONDS: String(deploy.timeoutSeconds),
    }),
  );
  return list;
}
