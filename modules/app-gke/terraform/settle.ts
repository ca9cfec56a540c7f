import { DataResource, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { pause } from "./pause";

export interface SettleProps {
  /** What must not be deleted immediately. @default - it does not exist, or does not exist any more */
  readonly after?: TerraformResource;
  /** Time that a controller needs to stop using it; `SETTLE_SECONDS` in Terraform's environment replaces it. */
  readonly seconds: number;
}

/**
 * A pause before deleting a resource that a controller in the cluster still refers to: the controller follows a changed
 * object within about a minute, and Google refuses to delete what is in use. Whatever names the resource depends on
 * this.
 *
 * It is also written, with a count of zero, where the resource does not exist: Terraform runs a resource's destroy
 * provisioner only while the resource is in the configuration.
 */
export class Settle extends Construct {
  readonly resource: DataResource;

  constructor(scope: Construct, id: string, props: SettleProps) {
    super(scope, id);
    this.resource = new DataResource(this, "pause", {
      count: props.after ? 1 : 0,
      input: { before: props.after?.friendlyUniqueId ?? "" },
      dependsOn: props.after && [props.after],
      lifecycle: { createBeforeDestroy: true },
      provisioners: [{ type: "local-exec", when: "destroy", command: pause(props.seconds) }],
    });
  }
}
