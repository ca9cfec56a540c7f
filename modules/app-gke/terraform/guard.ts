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
  /**
   * What a change would have done, and what to do, for a message.
   * @param was Terraform expression in `${}`
   * @default - of an environment: everything is named after it
   */
  readonly message?: (name: string, was: string, now: string) => string;
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
    const message = props.message ?? renamed;
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
              errorMessage: message(name, `\${${expression}}`, value),
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

function renamed(name: string, was: string, now: string): string {
  return (
    `${name} was ${was} when this environment was created and is now ${now}. ` +
    `Everything is named after it: applying would destroy the databases, buckets and secrets and create ` +
    `empty ones. Set ${name} back; for another deployment use another variable file.`
  );
}
