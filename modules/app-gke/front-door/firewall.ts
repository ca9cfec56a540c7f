import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeSecurityPolicy } from "@cdktf/provider-google/lib/compute-security-policy";
import { DataGoogleComputeSecurityPolicy } from "@cdktf/provider-google/lib/data-google-compute-security-policy";
import type { Installation } from "../installation";
import { Settle } from "../terraform/settle";
import { firewallRules } from "./firewall-rules";
import type { FirewallSettings } from "./settings";

export interface FirewallProps {
  readonly installation: Installation;
  readonly settings: FirewallSettings;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Cloud Armor: a policy made here, or one that exists. */
export class Firewall extends Construct {
  readonly policyName: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const { installation, settings } = props;
    const common = { project: installation.projectId, name: settings.policyName };
    this.policyName = settings.policyName;
    if (settings.create === false) {
      // GKE would report a missing one in the Gateway's events only: here the plan says it.
      this.ready = [new DataGoogleComputeSecurityPolicy(this, "existing", common)];
      letGo(this);
      return;
    }
    const policy = new ComputeSecurityPolicy(this, "policy", {
      ...common,
      description: `In front of ${installation.resourcePrefix}`,
      type: "CLOUD_ARMOR",
      rule: firewallRules(settings),
      // Fields of a JSON body are looked at one by one, instead of its brackets and quotes as one suspicious text.
      // NORMAL names the rule that applied; VERBOSE would write parts of prompts and tokens into the logs.
      advancedOptionsConfig: { jsonParsing: "STANDARD", logLevel: "NORMAL" },
      adaptiveProtectionConfig: { layer7DdosDefenseConfig: { enable: true, ruleVisibility: "STANDARD" } },
      // A policy that is switched off goes after the backends that name it have been changed, not before.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...props.dependsOn],
    });
    this.ready = [letGo(this, policy).resource];
  }
}

/** In place of a firewall: what an earlier one leaves to be done when it goes. */
export class NoFirewall extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    letGo(this);
  }
}

/** GKE follows a changed policy of a Service within a minute or so. */
function letGo(scope: Construct, policy?: ComputeSecurityPolicy): Settle {
  return new Settle(scope, "detached", { after: policy, seconds: 90 });
}
