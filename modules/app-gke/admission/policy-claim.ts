import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { quotaProject } from "../terraform/providers";
import { type PolicySettings, policyScript } from "./policy-script";

/** Last part of the claim's path, which has to be the same whether Binary Authorization is on or off. */
export const CLAIM = "claim";

export interface PolicyClaimProps {
  /** @default - Binary Authorization is off */
  readonly settings?: PolicySettings;
  /** The cluster outlives this installation, and goes on refusing what the rule refuses. */
  readonly clusterStays: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Takes this installation's rule and exemptions out of the project's policy when it is destroyed or Binary Authorization
 * is turned off. It is written where that is off as well, with a count of none: Terraform runs what a resource has for
 * its destruction only while the resource is still written down.
 *
 * It is made before the rule, so that one that was written halfway is taken away as well, and never replaced while the
 * cluster is the same.
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
    // A rule for a cluster that is gone harms nobody. In one that stays it would go on asking for attestations of an
    // attestor that is deleted next, and no pod would start any more.
    this.resource.addOverride("provisioner.0.local-exec.on_failure", clusterStays ? "fail" : "continue");
  }
}
