import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { EphemeralResource } from "../terraform/ephemeral";
import { type PolicySettings, policyScript, written } from "./policy-script";

export interface PolicyRuleProps {
  readonly settings: PolicySettings;
  /** Expression of what the last complete apply wrote. */
  readonly previous: string;
  /** The cluster outlives this deployment, and goes on refusing what the rule refuses. */
  readonly clusterStays: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The rule for one cluster in the project's policy, and the exempt images. `google_binary_authorization_policy` would
 * take over the whole policy, with the rules of every other cluster, and reset it at destroy: so a script changes just
 * these entries, as a `terraform_data` runs it.
 *
 * Two of them, because a replaced resource also runs what it has for its destruction, and Terraform has no token there:
 * changing the mode or an image would take the rule away first, and need `gcloud`. `claim` is never replaced and only
 * acts at destroy; `written` acts at each change and does nothing at destroy.
 */
export class PolicyRule extends Construct {
  constructor(scope: Construct, id: string, props: PolicyRuleProps) {
    super(scope, id);
    const { settings } = props;
    // First, so that a put that breaks off halfway is cleaned up as well.
    const claim = new DataResource(this, "claim", {
      input: { ...settings },
      triggersReplace: { project: settings.project, cluster: settings.cluster },
      provisioners: [policyScript({ action: "remove" })],
      dependsOn: [...props.dependsOn],
    });
    // A rule for a cluster that is gone harms nobody. In one that stays it would go on asking for attestations of an
    // attestor that is deleted next, and no pod would start any more.
    claim.addOverride("provisioner.0.local-exec.on_failure", props.clusterStays ? "fail" : "continue");
    const client = new EphemeralResource(this, "client", { type: "google_client_config", config: {} });
    new DataResource(this, "written", {
      input: { ...settings },
      triggersReplace: written(settings),
      provisioners: [policyScript({ action: "put", token: client.ref("access_token"), previous: props.previous })],
      dependsOn: [claim, ...props.dependsOn],
    });
  }
}
