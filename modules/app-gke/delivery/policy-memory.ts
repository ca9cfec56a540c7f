import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Deployment } from "../deployment";
import { listSecrets } from "../secret-list";
import { accessToken } from "../terraform/ephemeral";
import { type PolicySettings, policyScript, written } from "./policy-script";

export interface PolicyMemoryProps {
  readonly deployment: Deployment;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * What the last complete apply wrote into the policy, as annotations of a secret that never has a value: a place that the
 * next apply can read before it changes it. By it the script knows a rule of another mode as this deployment's own, and
 * which exemptions nobody needs any more. The rule itself cannot say so, and Terraform does not tell a new resource what
 * the one before it was.
 */
export class PolicyMemory extends Construct {
  /** Expression: JSON with `mode` and `exempt`, or `null` before the first complete apply. */
  readonly previous: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PolicyMemoryProps,
  ) {
    super(scope, id);
    const list = listSecrets(this, "previous", props.deployment.projectId, [this.secretId], props.dependsOn);
    const found = `[for s in ${list} : s.annotations if s.secret_id == "${this.secretId}"]`;
    const entry = `{ mode = lookup(a, "mode", ""), exempt = compact(split(" ", lookup(a, "exempt", ""))) }`;
    this.previous = `\${jsonencode(one([for a in ${found} : ${entry}]))}`;
  }

  /** Forgets exemptions that are no longer asked for, then remembers the ones that are. */
  update(settings: PolicySettings, after: readonly ITerraformDependable[]): void {
    // After the pods: while they are being replaced, one of the old ones may have to start once more.
    const prune = new DataResource(this, "pruned", {
      input: { ...settings },
      triggersReplace: written(settings),
      provisioners: [policyScript({ action: "prune", token: accessToken(this), previous: this.previous })],
      dependsOn: [...after],
    });
    new SecretManagerSecret(this, "memory", {
      project: this.props.deployment.projectId,
      secretId: this.secretId,
      replication: { auto: {} },
      annotations: {
        mode: settings.mode,
        // An empty one would come back as none, and be a difference at every plan.
        ...(settings.exempt.length > 0 ? { exempt: settings.exempt.join(" ") } : {}),
      },
      dependsOn: [prune, ...this.props.dependsOn],
    });
  }

  private get secretId(): string {
    return `${this.props.deployment.resourcePrefix}-binauthz-policy`;
  }
}
