import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { pause } from "./pause";

export interface PropagationProps {
  /** What has to be known everywhere, such as IAM policies. */
  readonly after: readonly ITerraformDependable[];
  /** Time to wait; `SETTLE_SECONDS` in Terraform's environment replaces it. */
  readonly seconds: number;
  /** A text that stays as it was when the pause was made, for later plans to compare with. @default - none */
  readonly remembered?: string;
}

/**
 * A pause between writing a policy and creating something that Google checks against it immediately: a policy takes a
 * moment to be known everywhere, and the check is not repeated.
 */
export class Propagation extends Construct {
  readonly resource: DataResource;
  /** Terraform expression, without `${}`, of the remembered text. */
  readonly remembered: string;

  constructor(scope: Construct, id: string, props: PropagationProps) {
    super(scope, id);
    this.resource = new DataResource(this, "pause", {
      ...(props.remembered !== undefined && {
        input: { remembered: props.remembered },
        lifecycle: { ignoreChanges: ["input"] },
      }),
      dependsOn: [...props.after],
      provisioners: [{ type: "local-exec", command: pause(props.seconds) }],
    });
    this.remembered = `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}.output.remembered`;
  }
}
