import { TerraformElement } from "cdktf";
import type { Construct, IDependable } from "constructs";
import { Dependable } from "constructs";
import { TerraformResource } from "cdktf";

export interface EphemeralResourceProps {
  /** Terraform's type: `random_password`. */
  readonly type: string;
  /** Arguments in Terraform's own spelling. */
  readonly config: Readonly<Record<string, unknown>>;
  /** @default [] */
  readonly dependsOn?: readonly IDependable[];
}

/**
 * An `ephemeral` block: its values exist during a run only, never in a plan or a state. CDKTF has no class for these
 * blocks; this is the one place that writes them.
 */
export class EphemeralResource extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: EphemeralResourceProps,
  ) {
    super(scope, id, `ephemeral.${props.type}`);
  }

  /** @returns a Terraform expression of one of its attributes; only write-only arguments and providers accept it. */
  ref(attribute: string): string {
    return `\${${this.address}.${attribute}}`;
  }

  private get address(): string {
    return `ephemeral.${this.props.type}.${this.friendlyUniqueId}`;
  }

  override toTerraform(): object {
    const dependsOn = (this.props.dependsOn ?? []).flatMap((dependable) =>
      Dependable.of(dependable)
        .dependencyRoots.flatMap((root) => root.node.findAll())
        .filter((construct): construct is TerraformResource => TerraformResource.isTerraformResource(construct))
        .map((resource) => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`),
    );
    return {
      ephemeral: {
        [this.props.type]: {
          [this.friendlyUniqueId]: { ...this.props.config, ...(dependsOn.length > 0 ? { depends_on: dependsOn } : {}) },
        },
      },
    };
  }
}

/**
 * @param dependsOn what comes before the token is used: it is read after that, since a runner's may end in five minutes
 * @returns a Terraform expression: the token that Terraform itself has, for this run only; once in a scope
 */
export function accessToken(scope: Construct, dependsOn: readonly IDependable[] = []): string {
  // The data source of that name would put it into the state.
  const config = new EphemeralResource(scope, "client", { type: "google_client_config", config: {}, dependsOn });
  return config.ref("access_token");
}
