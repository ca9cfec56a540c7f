import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { pause } from "./pause";

export interface PropagationProps {
  /** What has to be known everywhere: policies, above all. */
  readonly after: readonly ITerraformDependable[];
  /** Time that it takes. `SETTLE_SECONDS` in Terraform's environment takes its place. */
  readonly seconds: number;
}

/**
 * A pause after a policy was written and before something is made that Google checks against it at once: a policy takes a
 * moment to be known everywhere, and the check is not tried again.
 */
export class Propagation extends Construct {
  readonly resource: DataResource;

  constructor(scope: Construct, id: string, props: PropagationProps) {
    super(scope, id);
    this.resource = new DataResource(this, "pause", {
      dependsOn: [...props.after],
      provisioners: [{ type: "local-exec", command: pause(props.seconds) }],
    });
  }
}
