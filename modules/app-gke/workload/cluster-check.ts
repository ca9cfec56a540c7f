import { DataResource, type IResolvable, Lazy, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { beforeWriting } from "../terraform/before-writing";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { INSTANCE_LABEL } from "./labels";

/** What has to be in the cluster. */
export interface ClusterNeed {
  /** In its API. */
  readonly path: string;
  /** What is missing, what would follow from it, and what to do. */
  readonly otherwise: string;
}

export interface ClusterCheckProps {
  readonly cluster: string;
  readonly access: ClusterAccess;
  readonly needed: readonly ClusterNeed[];
  /** Value of the label that the deployment's own objects have. */
  readonly owner: string;
  /** Paths that only the deployment may have anything at, by what that is called; known once everything is created. @default - none */
  readonly free?: {
    readonly paths: () => Readonly<Record<string, string>>;
    /** What follows where somebody else has: `{}` is what they have. */
    readonly taken: string;
  };
}

/**
 * Asks the cluster at the beginning of an apply what a plan cannot: the provider lists built-in kinds only if the API server describes them
 * all, and stops where it does not (https://github.com/hashicorp/terraform-provider-kubernetes/blob/v2.38.0/manifest/openapi/foundry_v2.go,
 * GetTypeByGVK). It is asked again when what is asked changes.
 */
export class ClusterCheck extends Construct {
  private readonly resource: TerraformResource;

  constructor(scope: Construct, id: string, { access, cluster, free, needed, owner }: ClusterCheckProps) {
    super(scope, id);
    const paths: IResolvable | object = free ? Lazy.anyValue({ produce: () => ({ ...free.paths() }) }) : {};
    const input = {
      ...{ name: cluster, needed: needed.map((one) => ({ ...one })), free: paths },
      ...{ taken: free?.taken ?? "", label: INSTANCE_LABEL, value: owner },
    };
    this.resource = new DataResource(this, "fitting", {
      input,
      triggersReplace: input,
      provisioners: [clusterScript("fitting", access, accessToken(this))],
    });
  }

  /**
   * Makes it the first thing in the cluster.
   * @param scope whose objects in the cluster wait for it, whenever they are added
   * @param others of which everything waits as well
   */
  before(scope: Construct, ...others: readonly Construct[]): void {
    const { friendlyUniqueId, terraformResourceType } = this.resource;
    const waiting = new Set<TerraformResource>();
    const wait = (resource: TerraformResource): void => {
      if (waiting.has(resource)) return;
      waiting.add(resource);
      resource.dependsOn = [...(resource.dependsOn ?? []), `${terraformResourceType}.${friendlyUniqueId}`];
    };
    beforeWriting(scope, (construct) => {
      if (!TerraformResource.isTerraformResource(construct)) return;
      if (construct.terraformResourceType.startsWith("kubernetes_")) wait(construct);
    });
    for (const other of others) {
      beforeWriting(other, (construct) => {
        if (TerraformResource.isTerraformResource(construct)) wait(construct);
      });
    }
  }
}
