import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { type PolicySettings, policyScript, writtenPolicy } from "./policy-script";

export interface PolicyRuleProps {
  readonly settings: PolicySettings;
  /** Expression of what the last complete apply wrote. */
  readonly previous: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The rule for one cluster in the project's policy, and the exempt images. `google_binary_authorization_policy` would
 * take over the whole policy, including the rules of every other cluster, and reset it at destroy. So a script changes
 * only these entries, run by a `terraform_data` at each change.
 *
 * It does nothing at destroy, which is up to `PolicyClaim`: otherwise a replacement would remove the rule before
 * writing the next one, and would need a token that Terraform does not have then.
 */
export class PolicyRule extends Construct {
  constructor(scope: Construct, id: string, { settings, previous, dependsOn }: PolicyRuleProps) {
    super(scope, id);
    new DataResource(this, "written", {
      input: { ...settings },
      triggersReplace: writtenPolicy(settings),
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
