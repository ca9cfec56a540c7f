import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { type PolicySettings, policyScript, written } from "./policy-script";

export interface PolicyRuleProps {
  readonly settings: PolicySettings;
  /** Expression of what the last complete apply wrote. */
  readonly previous: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The rule for one cluster in the project's policy, and the exempt images. `google_binary_authorization_policy` would
 * take over the whole policy, with the rules of every other cluster, and reset it at destroy: so a script changes just
 * these entries, as a `terraform_data` runs it at each change.
 *
 * It does nothing at destroy, which is `PolicyClaim`'s: replaced, it would take the rule away before it writes the next
 * one, and need a token that Terraform does not have then.
 */
export class PolicyRule extends Construct {
  constructor(scope: Construct, id: string, { settings, previous, dependsOn }: PolicyRuleProps) {
    super(scope, id);
    new DataResource(this, "written", {
      input: { ...settings },
      triggersReplace: written(settings),
      provisioners: [
        policyScript({
          action: "put",
          token: accessToken(this, dependsOn),
          previous,
          quotaProject: quotaProject(this),
        }),
      ],
      dependsOn: [...dependsOn],
    });
  }
}
