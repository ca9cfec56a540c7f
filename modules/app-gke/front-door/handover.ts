import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { EndpointGroups, type EndpointGroupsProps } from "./endpoint-groups";
import { frontDoorType, type GatewaySettings } from "./settings";

export interface HandoverProps extends EndpointGroupsProps {
  readonly settings: GatewaySettings;
}

/**
 * Hands the public address over. GKE's Gateway and the load balancer made here listen on the same address and ports, and
 * Google refuses a second forwarding rule on a port that is taken. A reference puts nothing between the two: one is
 * deleted while the other is created. So both depend on a `terraform_data` that is replaced when the front door becomes
 * another one: what depends on the old one is gone before it is deleted, and what depends on the new one comes after.
 * That takes one apply with the previous front door, which writes the dependency into its state.
 *
 * It must stay a resource that is deleted first and created then: nothing with `create_before_destroy` may depend on it,
 * not even by way of others, as Terraform hands that on to what is depended on.
 */
export class Handover extends Construct {
  /** What a front door depends on. */
  readonly resource: DataResource;
  /** Where the load balancer made here sends requests. `undefined` for a Gateway: GKE makes its own. */
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
      // The groups first, or GKE would make them itself. The handover, because a Gateway that still stands writes its own
      // groups into the annotation.
      dependsOn: [this.groups.resource, this.resource],
    };
  }
}
