import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

/** A condition that Terraform checks while it plans. */
export interface PlanCheck {
  /** Terraform expression, without `${}`. */
  readonly condition: string;
  /** What would have happened, and what to do. */
  readonly message: string;
}

export interface GuardProps {
  /**
   * Variables that must never change, by name. A change would rename, so replace, what holds data.
   */
  readonly immutable: Readonly<Record<string, string>>;
  /** More conditions. @default [] */
  readonly checks?: readonly PlanCheck[];
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Refuses at plan time what would destroy data. The first apply remembers the immutable variables in a `terraform_data`
 * that ignores every later change; a second one compares.
 */
export class Guard extends Construct {
  constructor(scope: Construct, id: string, props: GuardProps) {
    super(scope, id);
    const remembered = new DataResource(this, "remembered", {
      input: { ...props.immutable },
      lifecycle: { ignoreChanges: ["input"] },
    });
    const address = `terraform_data.${remembered.friendlyUniqueId}.output`;
    new DataResource(this, "check", {
      input: { ...props.immutable },
      dependsOn: props.dependsOn ? [...props.dependsOn] : undefined,
      lifecycle: {
        precondition: [
          ...Object.entries(props.immutable).map(([name, value]) => {
            const expression = `try(${address}.${name}, ${JSON.stringify(value)})`;
            return {
              condition: `\${${expression} == ${JSON.stringify(value)}}`,
              errorMessage:
                `${name} was \${${expression}} when this environment was created and is now ${value}. ` +
                `Everything is named after it: applying would destroy the databases, buckets and secrets and create ` +
                `empty ones. Set ${name} back; for another deployment use another variable file.`,
            };
          }),
          ...(props.checks ?? []).map((check) => ({
            condition: `\${${check.condition}}`,
            errorMessage: check.message,
          })),
        ],
      },
    });
  }
}
