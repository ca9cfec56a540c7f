import { type ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import type { Installation } from "../installation";
import { listSecrets } from "../google/secret-list";
import type { PolicySettings } from "./policy-script";

export interface PolicyMemoryProps {
  readonly installation: Installation;
  readonly settings: PolicySettings;
  /**
   * Exemptions of earlier images stay: where builds and releases say what runs, Terraform does not know when the last pod
   * of an image is gone.
   */
  readonly keepExemptions: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** An annotation holds 16 KiB, and a reference up to 150 characters. The latest come first. */
const MOST_REMEMBERED = 80;

/**
 * What the last complete apply wrote into the policy, as annotations of a secret that never has a value: a place that
 * the next apply can read before it changes it. `PolicyRecord` writes it. By it the script knows a rule of another mode
 * as this installation's own, and which exemptions nobody needs any more. The rule itself cannot say so, and Terraform
 * does not tell a new resource what the one before it was.
 */
export class PolicyMemory extends Construct {
  /** Expression: JSON with `mode` and `exempt`, or `null` before the first complete apply. */
  readonly previous: string;
  /** What is exempt because of this installation: also for earlier images, where their exemptions stay. */
  readonly exempt: readonly string[];
  private readonly kept: string;

  constructor(
    scope: Construct,
    id: string,
    readonly props: PolicyMemoryProps,
  ) {
    super(scope, id);
    const list = listSecrets(this, "previous", props.installation.projectId, [this.secretId], props.dependsOn);
    const found = `[for s in ${list} : s.annotations if s.secret_id == "${this.secretId}"]`;
    const entry = `{ mode = lookup(a, "mode", ""), exempt = compact(split(" ", lookup(a, "exempt", ""))) }`;
    const previous = `one([for a in ${found} : ${entry}])`;
    this.previous = `\${jsonencode(${previous})}`;
    const { exempt } = props.settings;
    const all = `distinct(concat(${JSON.stringify(exempt)}, try(${previous}.exempt, [])))`;
    this.kept = `slice(${all}, 0, min(${MOST_REMEMBERED}, length(${all})))`;
    this.exempt = props.keepExemptions ? Token.asList(`\${${this.kept}}`) : exempt;
  }

  /**
   * What is to be remembered of this apply. Without an empty one: it would come back as none, and be a difference at
   * every plan.
   */
  get annotations(): Record<string, string> {
    const { mode, exempt } = this.props.settings;
    if (!this.props.keepExemptions) return { mode, ...(exempt.length > 0 ? { exempt: exempt.join(" ") } : {}) };
    return Token.asStringMap(
      `\${{ for k, v in { mode = "${mode}", exempt = join(" ", ${this.kept}) } : k => v if v != "" }}`,
    );
  }

  get secretId(): string {
    return `${this.props.installation.resourcePrefix}-binauthz-policy`;
  }
}
