import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { BinaryAuthorization } from "../admission/binary-authorization";
import type { ApplicationConfig } from "../application-config";
import type { Installation } from "../installation";
import type { EnableApis } from "../google/google-apis";
import { mirrorHost, type SharedServices } from "../google/shared-services";
import type { Lookup } from "../platform/lookup";
import { resourcesOf } from "../terraform/dependencies";
import { Guard } from "../terraform/guard";
import { serviceName } from "../workload/component-service";
import { cronJobName } from "../workload/task-job";
import { podGroups } from "../workload/pod-groups";
import { mirroredImage, withoutTag } from "../workload/image";
import type { Deliverer } from "../workload/settings";
import { Accounts } from "./accounts";
import { BuildPool, controlPlaneEndpoint } from "./build-pool";
import { readMirror, scanningRights } from "./builder-rights";
import { ImageRepository } from "./image-repository";
import { Pipeline } from "./pipeline";
import { deliveredImages, type DeliverySettings } from "./settings";
import { Source } from "./source";
import type { DeployStep, ReplacedImage, TriggerProps } from "./trigger";

export interface DeliveryProps {
  readonly installation: Installation;
  readonly settings: DeliverySettings;
  readonly application: ApplicationConfig;
  readonly lookup: Lookup;
  readonly services: SharedServices;
  readonly namespace: string;
  readonly deploymentTimeoutSeconds: number;
  readonly enabled: EnableApis;
  /** Attests what is built. @default - nothing is attested */
  readonly binaryAuthorization?: BinaryAuthorization;
}

/**
 * From a commit to a running version: source, build, and deployment at once or stage by stage. Only the trigger is not
 * included: the first push may come immediately, and has to find everything running.
 *
 * Accounts, images and the guard are created in `scope`, because their Terraform addresses are older than this
 * construct.
 */
export class Delivery extends Construct {
  readonly accounts: Accounts;
  /**
   * Where built images are kept. The repository stays as long as there is a trigger, whatever the trigger does: pods
   * may still run what an earlier build produced.
   */
  readonly images: ImageRepository;
  readonly pipeline?: Pipeline;
  /** Private pool that builds run in. */
  readonly pool?: string;
  /** Name of the stage that is the environment itself. */
  readonly homeStage?: string;
  /** How versions get into the environment itself. @default - not through the pipeline */
  readonly intoHome?: Deliverer;
  /** What the trigger does, and what has to exist before it does. */
  readonly trigger: Omit<TriggerProps, "after">;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DeliveryProps,
  ) {
    super(scope, id);
    const { binaryAuthorization, installation, enabled, lookup, settings } = props;
    const { build, pipeline, pool: poolSettings = { type: "default" } } = settings;
    this.accounts = new Accounts(scope, `${id}-accounts`, {
      installation,
      pipeline: pipeline !== undefined,
      dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com"),
    });
    this.images = new ImageRepository(scope, "built-images", {
      installation,
      settings: settings.images ?? {},
      scanned: settings.scanSeverity !== undefined,
      writers: build.type === "image" ? { "builder-writes": this.accounts.builder.member } : {},
      readers: { "nodes-read": `serviceAccount:${lookup.cluster.nodeServiceAccount}` },
      dependsOn: enabled("artifactregistry.googleapis.com"),
    });
    this.homeStage = pipeline?.stages.find(({ type }) => type === "home")?.name;
    if (this.homeStage !== undefined) {
      new Guard(scope, "home-stage", { immutable: { stage: this.homeStage }, message: homeStageMoved });
    }
    this.intoHome = this.deliverer();

    const { builder, executor, promoter } = this.accounts;
    const buildApis = enabled("cloudbuild.googleapis.com", "secretmanager.googleapis.com");
    const { projectNumber } = lookup;
    const common = { installation, projectNumber, dependsOn: buildApis };
    const source = new Source(this, "source", { ...common, settings: settings.source });
    const pool = new BuildPool(this, "pool", { ...common, networkName: lookup.networkName, settings: poolSettings });
    this.pool = pool.name;
    // Stock images are checked before they are deployed.
    const pulls = build.type === "version" || build.baseImage !== undefined;
    const grants: ITerraformDependable[] = pulls ? readMirror(this, { ...props, builder }) : [];
    // Publishers' images come through a mirror, which may not be scanned.
    const scanSeverity = build.type === "image" ? settings.scanSeverity : undefined;
    if (scanSeverity) grants.push(...scanningRights(builder, enabled));
    if (pool.name !== undefined) {
      for (const account of executor ? [builder, executor] : [builder]) {
        grants.push(account.grantOnProject("roles/cloudbuild.workerPoolUser", pool.projectId));
      }
    }
    if (pipeline && executor && promoter) {
      const { stages } = pipeline;
      // Creating a release also reads an operation and Cloud Deploy's configuration, which belong to no pipeline.
      grants.push(builder.grantOnProject("roles/clouddeploy.viewer"));
      for (const projectId of new Set(stages.map((stage) => stage.installation.projectId))) {
        // To find the cluster. Each namespace says what it may do there.
        grants.push(executor.grantOnProject("roles/container.clusterViewer", projectId));
      }
      this.pipeline = new Pipeline(this, "pipeline", {
        installation,
        stages,
        delivered: deliveredImages(build),
        builder,
        executor,
        promoter,
        pool: pool.name,
        poolSettings,
        dependsOn: enabled("clouddeploy.googleapis.com", "storage.googleapis.com"),
      });
    } else grants.push(builder.grantOnProject("roles/container.clusterViewer"));
    if (binaryAuthorization) grants.push(...binaryAuthorization.allowSigning(builder.member));

    this.trigger = {
      installation,
      settings: settings.trigger ?? {},
      build,
      repository: source.repository,
      pushTo: `${this.images.host}/${installation.applicationName}`,
      images: this.replacedImages(),
      mirror: mirrorHost(props.services, installation),
      scanSeverity,
      signer: binaryAuthorization && {
        attestor: binaryAuthorization.attestorId,
        keyVersion: binaryAuthorization.keyVersion,
      },
      deploy: this.deployStep(),
      serviceAccount: builder.id,
      pool: pool.name,
      controlPlaneEndpoint: controlPlaneEndpoint(poolSettings, props.services.cluster),
      dependsOn: [...buildApis, ...grants, ...(this.pipeline?.ready ?? []), ...resourcesOf(this.accounts, this.images)],
    };
  }

  /** E-mail addresses of the Google service accounts that releases are deployed with. */
  get deployers(): readonly string[] {
    return this.accounts.executor ? [this.accounts.executor.email] : [];
  }

  /** The Google service accounts that build and deploy, as in a policy. */
  get members(): readonly string[] {
    const { builder, executor, promoter } = this.accounts;
    return [builder, executor, promoter].flatMap((account) => (account ? [account.member] : []));
  }

  /** Whether releases go to other projects as well. */
  get deliversElsewhere(): boolean {
    const { installation, settings } = this.props;
    return (settings.pipeline?.stages ?? []).some((stage) => stage.installation.projectId !== installation.projectId);
  }

  private deliverer(): Deliverer | undefined {
    const { build, pipeline } = this.props.settings;
    if (pipeline) return this.homeStage === undefined ? undefined : { type: "releases", deployers: this.deployers };
    return { type: "images", images: deliveredImages(build), deployers: [this.accounts.builder.email] };
  }

  /** The images that a build replaces, as each stage pulls them. */
  private replacedImages(): ReplacedImage[] {
    const { installation, services, settings } = this.props;
    const own = mirrorHost(services, installation);
    const mirrors = settings.pipeline ? settings.pipeline.stages.map(({ images }) => images?.mirror) : [own];
    return [...new Set(mirrors)].flatMap((mirror) =>
      deliveredImages(settings.build).map((image) => ({
        name: mirroredImage(image, mirror),
        readFrom: mirroredImage(image, own),
      })),
    );
  }

  private deployStep(): DeployStep {
    const { application, installation, namespace, services } = this.props;
    if (this.pipeline) {
      const { manifests, name, staging } = this.pipeline;
      return { type: "release", pipeline: name, manifests, staging };
    }
    const mirror = mirrorHost(services, installation);
    return {
      type: "images",
      cluster: services.cluster,
      namespace,
      containers: podGroups(application.components).flatMap((group) =>
        group.map((component) => ({
          workload: `${group[0].statefulSet ? "statefulset" : "deployment"}/${serviceName(installation, group[0].name)}`,
          container: component.name,
          image: withoutTag(mirroredImage(component.image, mirror)),
        })),
      ),
      jobs: (application.jobs ?? [])
        .filter(({ beforeReleases }) => beforeReleases)
        .map((job) => ({
          cronJob: cronJobName(installation, job),
          container: job.name,
          image: withoutTag(mirroredImage(job.image, mirror)),
          timeoutSeconds: job.timeoutSeconds ?? this.props.deploymentTimeoutSeconds,
        })),
      timeoutSeconds: this.props.deploymentTimeoutSeconds,
    };
  }
}

function homeStageMoved(_: string, was: string, now: string): string {
  return (
    `This environment was stage ${was} and would now be stage ${now}, which would show the content of ${was}. The ` +
    `environment is the stage with the variable file's name, or else the first one without a namespace. Put ${was} ` +
    `back there.`
  );
}
