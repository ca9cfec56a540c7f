import { DataResource, type ITerraformDependable, type Precondition } from "cdktf";
import { Construct } from "constructs";

export interface GuardProps {
  /** Names in `immutable` that an earlier apply may not have remembered. @default [] */
  readonly optional?: readonly string[];
  /** Variables that cannot be changed later, by name. A change would rename, and so replace, what holds data. */
  readonly immutable: Readonly<Record<string, string>>;
  /**
   * What would follow from a change, and what to do, for a message.
   * @param was Terraform expression in `${}`
   * @default - as for an environment: everything is named after it
   */
  readonly message?: (name: string, was: string, now: string) => string;
  /**
   * What holds the data. The values are remembered once all of it exists, so an apply that fails because of a value can be
   * tried again with another.
   * @default [] - they are remembered at once
   */
  readonly rememberedAfter?: readonly ITerraformDependable[];
  /**
   * Earlier values that a variable may come from, by name: its new value is an upgrade of these.
   * @default {} - none may change
   */
  readonly follows?: Readonly<Record<string, readonly string[]>>;
  /** What has to hold in addition, in every plan. @default [] */
  readonly conditions?: readonly Precondition[];
}

/**
 * Refuses, at plan time, what would destroy data. The first apply that creates what holds it remembers the immutable
 * variables in a `terraform_data` that ignores every later change; a second one compares.
 */
export class Guard extends Construct {
  constructor(scope: Construct, id: string, props: GuardProps) {
    super(scope, id);
    const remembered = new DataResource(this, "remembered", {
      input: { ...props.immutable },
      lifecycle: { ignoreChanges: ["input"] },
      dependsOn: props.rememberedAfter && [...props.rememberedAfter],
    });
    const message = props.message ?? renamed;
    const address = `terraform_data.${remembered.friendlyUniqueId}`;
    new DataResource(this, "check", {
      input: { ...props.immutable },
      lifecycle: {
        precondition: [
          ...(props.conditions ?? []),
          ...Object.entries(props.immutable).map(([name, value]) => {
            const without = props.optional?.includes(name) ? `can(keys(${address}.output)) ? "(none)" : ` : "";
            const expression = `try(${address}.output.${name}, ${without}${JSON.stringify(value)})`;
            const earlier = props.follows?.[name] ?? [];
            return {
              condition:
                earlier.length > 0
                  ? `\${contains(${JSON.stringify([value, ...earlier])}, ${expression})}`
                  : `\${${expression} == ${JSON.stringify(value)}}`,
              errorMessage: `${message(name, `\${${expression}}`, value)} ${forget(address)}`,
            };
          }),
        ],
      },
    });
  }
}

function renamed(name: string, was: string, now: string): string {
  return (
    `${name} was ${was} when this environment's data was created and is now ${now}. ` +
    `Everything is named after it: an apply would destroy the databases, buckets and secrets and create ` +
    `empty ones. Set ${name} back, or use another variable file for another deployment.`
  );
}

/** The command for starting over, if there is nothing to lose. */
function forget(address: string): string {
  return `If none of the data is worth keeping, forget the old value with: terraform state rm ${address}`;
}
