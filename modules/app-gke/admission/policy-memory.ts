import { type ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import type { Installation } from "../installation";
import { listSecrets } from "../google/secret-list";
import type { PolicySettings } from "./policy-script";

export interface PolicyMemoryProps {
  readonly installation: Installation;
  readonly settings: PolicySettings;
  /**
   * Whether exemptions of earlier images stay: if builds and releases decide what runs, Terraform does not know when an
   * image's last pod is gone.
   */
  readonly keepExemptions: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** An annotation holds 16 KiB, and a reference has up to 150 characters. The latest come first. */
const MOST_REMEMBERED = 80;

/**
 * Remembers what the last complete apply wrote into the policy, as annotations of a secret that never has a value: a
 * place that the next apply can read before it changes it. `PolicyRecord` writes it. It tells the script that a rule
 * with another mode is this installation's own, and which exemptions are no longer needed. The rule itself has no room
 * for that, and Terraform does not tell a new resource what its predecessor was.
 */
export class PolicyMemory extends Construct {
  /** Expression: JSON with `mode` and `exempt`, or `null` before the first complete apply. */
  readonly previous: string;
  /** What is exempt because of this installation, including earlier images if their exemptions stay. */
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
   * What to remember of this apply. Without empty annotations, which would come back as missing and show a difference
   * in every plan.
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
