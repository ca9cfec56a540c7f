import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { quotaProject } from "../terraform/providers";
import { type PolicySettings, policyScript } from "./policy-script";

/** Last part of the claim's path, which must be the same with Binary Authorization on or off. */
export const CLAIM = "claim";

export interface PolicyClaimProps {
  /** @default - Binary Authorization is off */
  readonly settings?: PolicySettings;
  /** Whether the cluster outlives this installation and would go on enforcing its rule. */
  readonly clusterStays: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Removes this installation's rule and exemptions from the project's policy when it is destroyed or Binary
 * Authorization is turned off. It is also written, with a count of zero, where that is off: Terraform runs a resource's
 * destroy provisioner only while the resource is in the configuration.
 *
 * It is created before the rule, so that a rule that was written halfway is removed as well, and is not replaced as
 * long as the cluster is the same.
 */
export class PolicyClaim extends Construct {
  readonly resource: DataResource;

  constructor(scope: Construct, id: string, { settings, clusterStays, dependsOn }: PolicyClaimProps) {
    super(scope, id);
    this.resource = new DataResource(this, CLAIM, {
      count: settings ? 1 : 0,
      input: { ...settings },
      triggersReplace: settings && { project: settings.project, cluster: settings.cluster },
      provisioners: [policyScript({ action: "remove", quotaProject: quotaProject(this) })],
      dependsOn: [...dependsOn],
    });
    // A rule for a deleted cluster does no harm. In a cluster that stays, it would go on requiring attestations of an
    // attestor that is deleted next, and no pod could start any more.
    this.resource.addOverride("provisioner.0.local-exec.on_failure", clusterStays ? "fail" : "continue");
  }
}
