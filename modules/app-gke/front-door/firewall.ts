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

/** Cloud Armor: a policy that is created here, or an existing one. */
export class Firewall extends Construct {
  readonly policyName: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const { installation, settings } = props;
    const common = { project: installation.projectId, name: settings.policyName };
    this.policyName = settings.policyName;
    if (settings.create === false) {
      // GKE would report a missing policy only in the Gateway's events; this way the plan does.
      this.ready = [new DataGoogleComputeSecurityPolicy(this, "existing", common)];
      letGo(this);
      return;
    }
    const policy = new ComputeSecurityPolicy(this, "policy", {
      ...common,
      description: `In front of ${installation.resourcePrefix}`,
      type: "CLOUD_ARMOR",
      rule: firewallRules(settings),
      // The fields of a JSON body are checked one by one, so that its brackets and quotes do not look suspicious.
      // NORMAL logs the rule that matched; VERBOSE would also log parts of prompts and tokens.
      advancedOptionsConfig: { jsonParsing: "STANDARD", logLevel: "NORMAL" },
      adaptiveProtectionConfig: { layer7DdosDefenseConfig: { enable: true, ruleVisibility: "STANDARD" } },
      // A policy that is no longer used is deleted after the backends that name it have been changed.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...props.dependsOn],
    });
    this.ready = [letGo(this, policy).resource];
  }
}

/** Without a firewall: what has to happen before an earlier policy is deleted. */
export class NoFirewall extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    letGo(this);
  }
}

/** GKE applies a changed policy of a Service within about a minute. */
function letGo(scope: Construct, policy?: ComputeSecurityPolicy): Settle {
  return new Settle(scope, "detached", { after: policy, seconds: 90 });
}
