import { DataResource, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { pause } from "./pause";

export interface SettleProps {
  /** What must not be deleted at once. @default - it is not there, or no more */
  readonly after?: TerraformResource;
  /** Time that a controller needs to let go of it. `SETTLE_SECONDS` in Terraform's environment takes its place. */
  readonly seconds: number;
}

/**
 * A pause before a resource is deleted that a controller in the cluster still refers to: it follows a changed object
 * within a minute or so, and Google refuses to delete what is in use. Whoever names the resource depends on this.
 *
 * It is written where the resource is not, as well, with a count of none: Terraform runs what a resource has for its
 * destruction only while it is still written down.
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
