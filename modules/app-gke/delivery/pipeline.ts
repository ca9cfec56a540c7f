import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ClouddeployAutomation } from "@cdktf/provider-google/lib/clouddeploy-automation";
import { ClouddeployDeliveryPipeline } from "@cdktf/provider-google/lib/clouddeploy-delivery-pipeline";
import { ClouddeployDeliveryPipelineIamMember } from "@cdktf/provider-google/lib/clouddeploy-delivery-pipeline-iam-member";
import { ClouddeployTarget } from "@cdktf/provider-google/lib/clouddeploy-target";
import { ClouddeployTargetIamMember } from "@cdktf/provider-google/lib/clouddeploy-target-iam-member";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { StorageBucketObject } from "@cdktf/provider-google/lib/storage-bucket-object";
import { keyName } from "../google/encryption";
import { type Installation, limitName } from "../installation";
import { literal } from "../terraform/literal";
import { resolveWorkload } from "../workload/settings";
import type { Account } from "./accounts";
import { controlPlaneEndpoint } from "./build-pool";
import { jobsBefore, releaseFiles } from "./release-files";
import { BUILD_LIMIT_SECONDS, type PoolSettings, type StageSettings } from "./settings";

export interface PipelineProps {
  readonly installation: Installation;
  readonly stages: readonly StageSettings[];
  readonly builder: Account;
  readonly executor: Account;
  readonly promoter: Account;
  /** Images that releases replace, as their publishers name them, without tags. */
  readonly delivered: readonly string[];
  /** Private pool. @default - Google's own machines */
  readonly pool?: string;
  /** Decides how control planes are reached. */
  readonly poolSettings: PoolSettings;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Folders of the pipeline's bucket: what releases are made from, their sources, and what Cloud Deploy renders. */
const MANIFESTS = "manifests";
const SOURCES = "sources";
const RELEASES = "releases";
/** The longest time for a rendering, a deployment or a check, in addition to the stage's own time-out. */
const MARGIN_SECONDS = 600;

/**
 * Cloud Deploy: the order of the stages, what is deployed in each, who promotes, and what happens when a rollout fails.
 */
export class Pipeline extends Construct {
  readonly name: string;
  /** `gs://…`: the Skaffold file and the manifests of every stage. */
  readonly manifests: string;
  /** `gs://…`: sources of releases. */
  readonly staging: string;
  /** Names of the targets, by stage. */
  readonly targets: Readonly<Record<string, string>>;
  readonly ready: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PipelineProps,
  ) {
    super(scope, id);
    const { installation, delivered, stages, builder, executor, promoter } = props;
    const { projectId, region, resourcePrefix } = installation;
    const common = { project: projectId, location: region };
    const { bucket, grants: inBucket } = this.createBucket();
    this.manifests = `gs://${bucket.name}/${MANIFESTS}`;
    this.staging = `gs://${bucket.name}/${SOURCES}`;
    const files = Object.entries(releaseFiles(installation.applicationName, stages, delivered)).map(
      ([name, content]) =>
        new StorageBucketObject(this, `file-${name.replaceAll(/[./]/g, "-")}`, {
          bucket: bucket.name,
          name: `${MANIFESTS}/${name}`,
          content: literal(content),
        }),
    );
    const targets = stages.map((stage) => this.createTarget(stage, bucket.name));
    this.targets = Object.fromEntries(stages.map((stage) => [stage.name, stage.targetName]));
    const pipeline = new ClouddeployDeliveryPipeline(this, "pipeline", {
      ...common,
      name: resourcePrefix,
      description: `${installation.applicationName}, stage by stage`,
      serialPipeline: {
        stages: stages.map((stage, index) => ({
          targetId: (targets[index] as ClouddeployTarget).name,
          profiles: [stage.name],
          strategy: {
            standard: {
              verify: stage.application.health !== undefined,
              predeploy:
                jobsBefore(stage).length > 0 ? { actions: jobsBefore(stage).map(({ name }) => name) } : undefined,
            },
          },
        })),
      },
      dependsOn: [...props.dependsOn],
    });
    this.name = pipeline.name;

    const onPipeline = (grantId: string, role: string, { member }: Account) =>
      new ClouddeployDeliveryPipelineIamMember(this, grantId, { ...common, name: pipeline.name, role, member });
    const grants = [
      onPipeline("builder-releases", "roles/clouddeploy.releaser", builder),
      onPipeline("promoter-operates", "roles/clouddeploy.operator", promoter),
      ...stages.map(
        ({ name }, index) =>
          new ClouddeployTargetIamMember(this, `${name}-promoter-reads`, {
            ...common,
            name: (targets[index] as ClouddeployTarget).name,
            role: "roles/clouddeploy.viewer",
            member: promoter.member,
          }),
      ),
      // A rollout runs as the executor, so its creator has to be able to act as it.
      executor.grantActingAs("builder-acts", builder),
      executor.grantActingAs("promoter-acts", promoter),
    ];
    this.automate(pipeline, grants);
    this.ready = [pipeline, ...files, ...inBucket, ...grants];
  }

  /**
   * Releases are created from its content, which can be written again, so it is deleted with the pipeline. A build may
   * not touch what Cloud Deploy rendered for a release: it may have been approved already.
   */
  private createBucket() {
    const { installation, builder, executor } = this.props;
    const key = keyName(installation.encryption, "buckets", installation.region);
    const bucket = new StorageBucket(this, "bucket", {
      project: installation.projectId,
      name: `${installation.resourcePrefix}-delivery`,
      location: installation.region.toUpperCase(),
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: true,
      encryption: key === undefined ? undefined : { defaultKmsKeyName: key },
      dependsOn: [...this.props.dependsOn],
    });
    const grant = (grantId: string, { member }: Account, role: string, folder?: string) =>
      new StorageBucketIamMember(this, grantId, {
        bucket: bucket.name,
        role,
        member,
        condition: folder === undefined ? undefined : onlyIn(bucket.name, folder),
      });
    const VIEWER = "roles/storage.objectViewer";
    const USER = "roles/storage.objectUser";
    const grants = [
      grant("builder-manifests", builder, VIEWER, MANIFESTS),
      grant("builder-sources", builder, USER, SOURCES),
      grant("executor-sources", executor, VIEWER, SOURCES),
      grant("executor-releases", executor, USER, RELEASES),
      // Google's tools read the bucket itself first, which the roles for objects do not include. They also list it,
      // which a condition on a folder does not allow.
      grant("builder-metadata", builder, "roles/storage.legacyBucketReader"),
      grant("executor-metadata", executor, "roles/storage.legacyBucketReader"),
    ];
    return { bucket, grants };
  }

  private createTarget(stage: StageSettings, bucket: string): ClouddeployTarget {
    const { installation, executor, pool, poolSettings } = this.props;
    const endpoint = controlPlaneEndpoint(poolSettings, stage.cluster);
    const { projectId } = stage.installation;
    const { deploymentTimeoutSeconds } = resolveWorkload(stage.pods);
    return new ClouddeployTarget(this, `${stage.name}-target`, {
      project: installation.projectId,
      location: installation.region,
      name: stage.targetName,
      description: `Stage ${stage.name}: namespace ${stage.namespace}`,
      requireApproval: stage.requireApproval ?? false,
      gke: {
        cluster: `projects/${projectId}/locations/${stage.cluster.location}/clusters/${stage.cluster.name}`,
        internalIp: endpoint === "internal-ip" || undefined,
        dnsEndpoint: endpoint === "dns-endpoint" || undefined,
      },
      executionConfigs: [
        {
          usages: ["RENDER", "PREDEPLOY", "DEPLOY", "VERIFY"],
          serviceAccount: executor.email,
          artifactStorage: `gs://${bucket}/${RELEASES}`,
          workerPool: pool,
          executionTimeout: `${Math.min(BUILD_LIMIT_SECONDS, Math.max(3600, deploymentTimeoutSeconds + MARGIN_SECONDS))}s`,
        },
      ],
      dependsOn: [...this.props.dependsOn],
    });
  }

  private automate(pipeline: ClouddeployDeliveryPipeline, grants: readonly ITerraformDependable[]): void {
    const { installation, stages, promoter } = this.props;
    const common = {
      project: installation.projectId,
      location: installation.region,
      deliveryPipeline: pipeline.name,
      serviceAccount: promoter.email,
      dependsOn: [...grants],
    };
    for (const [index, stage] of stages.entries()) {
      if (!stage.autoPromote || index === stages.length - 1) continue;
      new ClouddeployAutomation(this, `${stage.name}-promotion`, {
        ...common,
        name: limitName(`promote-after-${stage.name}`, 63),
        description: `What has passed ${stage.name} goes on`,
        selector: { targets: [{ id: stage.targetName }] },
        rules: [{ promoteReleaseRule: { id: "promote", destinationTargetId: "@next", wait: "0s" } }],
      });
    }
    new ClouddeployAutomation(this, "roll-back", {
      ...common,
      name: "roll-back",
      description: "A rollout that fails, or whose check fails, is tried once more and then rolled back",
      selector: { targets: [{ id: "*" }] },
      rules: [
        {
          repairRolloutRule: {
            id: "roll-back",
            jobs: ["deploy", "verify"],
            repairPhases: [
              { retry: { attempts: "1", wait: "60s", backoffMode: "BACKOFF_MODE_LINEAR" } },
              // If a newer rollout is waiting, that is the better repair.
              { rollback: { disableRollbackIfRolloutPending: true } },
            ],
          },
        },
      ],
    });
  }
}

function onlyIn(bucket: string, folder: string) {
  return {
    title: `Only ${folder}`,
    expression: `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${folder}/")`,
  };
}
