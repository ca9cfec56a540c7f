import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { Deployment } from "../deployment";
import type { Lookup } from "../platform/lookup";
import type { GoogleApi } from "../google/project-services";
import { Guard } from "../terraform/guard";
import type { Delivery as WorkloadDelivery } from "../workload/settings";
import { Accounts } from "./accounts";
import { ImageRepository } from "./image-repository";
import { deliveredImages, type DeliverySettings, ownStages, type StageSettings } from "./settings";

export interface DeliveryBasisProps {
  readonly deployment: Deployment;
  readonly lookup: Lookup;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
}

/** What a pipeline needs before anything runs: the cluster has to know who deploys, and nodes where images are. */
export class DeliveryBasis {
  readonly accounts: Accounts;
  /**
   * Where built images are. It stays while there is a trigger, whatever that does: pods may still run what an earlier
   * build made.
   */
  readonly images: ImageRepository;
  /** Name of the stage that is the environment itself. */
  readonly homeStage?: string;
  /** Stages with things of their own. */
  readonly ownStages: readonly StageSettings[];
  /** The one of them that the front door shows. @default - the environment itself */
  readonly front?: StageSettings;
  /** How versions get into the environment itself. @default - they do not */
  readonly intoEnvironment?: WorkloadDelivery;

  constructor(scope: Construct, settings: DeliverySettings, props: DeliveryBasisProps) {
    const { deployment, enabled, lookup } = props;
    const { build, pipeline } = settings;
    const stages = pipeline?.stages ?? [];
    this.accounts = new Accounts(scope, "delivery-accounts", {
      deployment,
      pipeline: pipeline !== undefined,
      dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com"),
    });
    this.images = new ImageRepository(scope, "built-images", {
      deployment,
      settings: settings.images,
      scanned: settings.scanSeverity !== undefined,
      writers: build.type === "image" ? { "builder-writes": this.accounts.builder.member } : {},
      readers: { "nodes-read": `serviceAccount:${lookup.cluster.nodeServiceAccount}` },
      dependsOn: enabled("artifactregistry.googleapis.com"),
    });
    this.homeStage = stages.find(({ type }) => type === "home")?.name;
    this.ownStages = ownStages(settings);
    this.front = this.ownStages.find(({ name }) => name === pipeline?.front);
    if (!pipeline) {
      this.intoEnvironment = {
        type: "images",
        images: deliveredImages(build),
        deployers: [this.accounts.builder.email],
      };
    } else if (this.homeStage !== undefined) {
      this.intoEnvironment = { type: "releases", deployers: this.deployers };
      new Guard(scope, "home-stage", { immutable: { stage: this.homeStage }, message: homeStageMoved });
    }
  }

  /** Google service accounts that releases are deployed as, by e-mail. */
  get deployers(): readonly string[] {
    return this.accounts.executor ? [this.accounts.executor.email] : [];
  }
}

function homeStageMoved(_: string, was: string, now: string): string {
  return (
    `The environment's own data was that of stage ${was} and would now be that of stage ${now}, which would show ` +
    `another stage's content. A stage that is called like the variable file is the environment itself, or else the ` +
    `first one without a namespace: put ${was} back there.`
  );
}
