import type { ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import type { ApplicationConfig } from "../application-config";
import type { Deployment } from "../deployment";
import type { Lookup } from "../platform/lookup";
import type { GoogleApi } from "../google/project-services";
import { mirrorHost, type SharedServices } from "../google/shared-services";
import { resourcesOf } from "../terraform/dependencies";
import { serviceName } from "../workload/component-service";
import { podGroups } from "../workload/deployments";
import { mirroredImage, repositoryOf } from "../workload/image";
import type { DeliveryBasis } from "./basis";
import type { BinaryAuthorization } from "../admission/binary-authorization";
import { BuildPool, controlPlaneEndpoint } from "./build-pool";
import { Pipeline } from "./pipeline";
import { deliveredImages, type DeliverySettings } from "./settings";
import { Source } from "./source";
import { type DeployStep, type ReplacedImage, Trigger } from "./trigger";

export interface DeliveryProps {
  readonly deployment: Deployment;
  readonly settings: DeliverySettings;
  readonly basis: DeliveryBasis;
  readonly application: ApplicationConfig;
  readonly lookup: Lookup;
  readonly services: SharedServices;
  readonly namespace: string;
  readonly deploymentTimeoutSeconds: number;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
  /** Attests what is built. @default - nothing is attested */
  readonly binaryAuthorization?: BinaryAuthorization;
  /** What lets the pipeline into the cluster. */
  readonly after: readonly IConstruct[];
}

/** From a commit to a running version: source, build, and deployment at once or stage by stage. */
export class Delivery extends Construct {
  readonly source: Source;
  readonly trigger: Trigger;
  readonly pipeline?: Pipeline;
  /** Private pool that builds run in. */
  readonly pool?: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DeliveryProps,
  ) {
    super(scope, id);
    const { basis, deployment, enabled, lookup, services, settings } = props;
    const { builder, executor, promoter } = basis.accounts;
    const buildApis = enabled("cloudbuild.googleapis.com", "secretmanager.googleapis.com");
    this.source = new Source(this, "source", {
      deployment,
      projectNumber: lookup.projectNumber,
      settings: settings.source,
      dependsOn: buildApis,
    });
    const pool = new BuildPool(this, "pool", {
      deployment,
      projectNumber: lookup.projectNumber,
      networkName: lookup.networkName,
      settings: settings.pool,
      dependsOn: buildApis,
    });
    this.pool = pool.name;
    const grants: ITerraformDependable[] = this.readMirror();
    // Publishers' images come through a mirror, which nothing is sure to scan.
    const scanSeverity = settings.build.type === "image" ? settings.scanSeverity : undefined;
    if (scanSeverity) {
      enabled("containeranalysis.googleapis.com", "containerscanning.googleapis.com");
      grants.push(builder.grantOnProject("roles/containeranalysis.occurrences.viewer"));
    }
    if (pool.name !== undefined) {
      for (const account of executor ? [builder, executor] : [builder]) {
        grants.push(account.grantOnProject("roles/cloudbuild.workerPoolUser", pool.projectId));
      }
    }
    if (settings.pipeline && executor && promoter) {
      const { stages } = settings.pipeline;
      // Making a release is followed by an operation, and by a look at what Cloud Deploy offers: both know no pipeline.
      grants.push(builder.grantOnProject("roles/clouddeploy.viewer"));
      for (const projectId of new Set(stages.map((stage) => stage.deployment.projectId))) {
        // Finds the cluster. What it may do there is written in each namespace.
        grants.push(executor.grantOnProject("roles/container.clusterViewer", projectId));
      }
      this.pipeline = new Pipeline(this, "pipeline", {
        deployment,
        stages,
        delivered: deliveredImages(settings.build),
        builder,
        executor,
        promoter,
        pool: pool.name,
        poolSettings: settings.pool,
        dependsOn: enabled("clouddeploy.googleapis.com", "storage.googleapis.com"),
      });
    } else grants.push(builder.grantOnProject("roles/container.clusterViewer"));

    const { binaryAuthorization } = props;
    if (binaryAuthorization) grants.push(...binaryAuthorization.allowSigning(builder.member));
    this.trigger = new Trigger(this, "trigger", {
      deployment,
      settings: settings.trigger,
      build: settings.build,
      repository: this.source.repository,
      pushTo: `${basis.images.host}/${deployment.applicationName}`,
      images: this.replacedImages(),
      scanSeverity,
      signer: binaryAuthorization && {
        attestor: binaryAuthorization.attestorId,
        keyVersion: binaryAuthorization.keyVersion,
      },
      deploy: this.deployStep(),
      serviceAccount: builder.id,
      pool: pool.name,
      controlPlaneEndpoint: controlPlaneEndpoint(settings.pool, services.cluster),
      // The first push may come at once.
      dependsOn: [
        ...buildApis,
        ...grants,
        ...(this.pipeline?.ready ?? []),
        ...resourcesOf(basis.accounts, basis.images, ...props.after),
      ],
    });
  }

  /** Stock images are looked at before they are deployed, through the same mirror as the cluster's. */
  private readMirror(): ITerraformDependable[] {
    const { basis, deployment, enabled, services, settings } = this.props;
    if (settings.build.type !== "version" || !services.registry) return [];
    return [
      new ArtifactRegistryRepositoryIamMember(this, "builder-reads-mirror", {
        project: deployment.projectId,
        location: deployment.region,
        repository: services.registry.name,
        role: "roles/artifactregistry.reader",
        member: basis.accounts.builder.member,
        dependsOn: enabled("artifactregistry.googleapis.com"),
      }),
    ];
  }

  /** Images that a build stands in for, as each stage pulls them. */
  private replacedImages(): ReplacedImage[] {
    const { deployment, services, settings } = this.props;
    const own = mirrorHost(services, deployment);
    const mirrors = settings.pipeline ? settings.pipeline.stages.map(({ images }) => images.mirror) : [own];
    return [...new Set(mirrors)].flatMap((mirror) =>
      deliveredImages(settings.build).map((image) => ({
        name: mirroredImage(image, mirror),
        readFrom: mirroredImage(image, own),
      })),
    );
  }

  private deployStep(): DeployStep {
    const { application, deployment, namespace, services } = this.props;
    if (this.pipeline) {
      const { manifests, name, staging } = this.pipeline;
      return { type: "release", pipeline: name, manifests, staging };
    }
    const mirror = mirrorHost(services, deployment);
    return {
      type: "images",
      cluster: services.cluster,
      namespace,
      containers: podGroups(application.components).flatMap((group) =>
        group.map((component) => ({
          deployment: serviceName(deployment, group[0].name),
          container: component.name,
          image: repositoryOf(mirroredImage(component.image, mirror)),
        })),
      ),
      timeoutSeconds: this.props.deploymentTimeoutSeconds,
    };
  }
}
