import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { EndpointGroups, type EndpointGroupsProps } from "./endpoint-groups";
import { frontDoorType, type GatewaySettings } from "./settings";

export interface HandoverProps extends EndpointGroupsProps {
  readonly settings: GatewaySettings;
}

/**
 * Hands the public address over from one front door to the other, in one apply: both depend on a `terraform_data` that
 * is replaced when the front door changes. How and why: docs/front-door.md#changing-the-front-door.
 *
 * It must stay a resource that is deleted first and created afterwards: nothing with `create_before_destroy` may depend on
 * it, not even indirectly, because Terraform applies that to everything it depends on.
 */
export class Handover extends Construct {
  /** What a front door depends on. */
  readonly resource: DataResource;
  /** Where the load balancer that is created here sends requests. `undefined` for a Gateway: GKE creates its own. */
  readonly groups?: EndpointGroups;
  /** What the entry point's Service needs. */
  readonly service?: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly dependsOn: readonly ITerraformDependable[];
  };

  constructor(scope: Construct, id: string, props: HandoverProps) {
    super(scope, id);
    const door = frontDoorType(props.settings);
    this.resource = new DataResource(this, id, { triggersReplace: { door } });
    if (door === "gateway") return;
    this.groups = new EndpointGroups(this, "groups", props);
    this.service = {
      annotations: this.groups.annotations,
      // The groups first; otherwise GKE would create them. The handover, because a Gateway that still exists writes its
      // own groups into the annotation.
      dependsOn: [this.groups.resource, this.resource],
    };
  }
}
