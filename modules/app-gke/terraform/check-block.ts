import { TerraformElement } from "cdktf";
import type { Construct } from "constructs";

/** A condition that Terraform checks at plan time. */
export interface PlanCheck {
  /** Terraform expression, without `${}`. */
  readonly condition: string;
  /** What is wrong, what would follow from it, and what to do. */
  readonly message: string;
}

/**
 * A `check` block: if its condition does not hold, plan and apply print a warning and continue. CDKTF has no class for
 * these blocks.
 */
export class CheckBlock extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly check: PlanCheck,
  ) {
    super(scope, id, "check");
  }

  override toTerraform(): object {
    return {
      check: {
        [this.friendlyUniqueId]: {
          assert: { condition: `\${${this.check.condition}}`, error_message: this.check.message },
        },
      },
    };
  }
}
