import { DataResource, type IResolvable, Lazy, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { beforeWriting } from "../terraform/before-writing";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { INSTANCE_LABEL } from "./labels";

/** What has to be in the cluster. */
export interface ClusterNeed {
  /** Path in the cluster's API. */
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
  /** Paths of objects that nobody else may have made, by kind and name; known once all constructs exist. @default - none */
  readonly free?: {
    readonly paths: () => Readonly<Record<string, string>>;
    /** The message if somebody else has made one: `{}` stands for the objects. */
    readonly taken: string;
  };
}

/**
 * Checks at the beginning of an apply what a plan cannot: the provider lists built-in kinds only if the API server describes them
 * all, and fails otherwise (https://github.com/hashicorp/terraform-provider-kubernetes/blob/v2.38.0/manifest/openapi/foundry_v2.go,
 * GetTypeByGVK). It runs again when the questions change.
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
   * Makes everything else in the cluster wait for it.
   * @param scope its objects in the cluster wait, also those that are added later
   * @param others everything in them waits as well
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
