import { TerraformElement } from "cdktf";
import type { Construct, IDependable } from "constructs";
import { Dependable } from "constructs";
import { TerraformResource } from "cdktf";

export interface EphemeralResourceProps {
  /** Terraform type: `random_password`. */
  readonly type: string;
  /** Arguments in Terraform's spelling. */
  readonly config: Readonly<Record<string, unknown>>;
  /** @default [] */
  readonly dependsOn?: readonly IDependable[];
}

/**
 * An `ephemeral` block: its values exist only during a run, never in a plan or a state. CDKTF has no class for these
 * blocks; they are written only here.
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
 * @param dependsOn what is finished before the token is read: a token may expire within five minutes
 * @returns a Terraform expression: Terraform's own token, for this run only; one per scope
 */
export function accessToken(scope: Construct, dependsOn: readonly IDependable[] = []): string {
  // The data source of the same name would put it into the state.
  const config = new EphemeralResource(scope, "client", { type: "google_client_config", config: {}, dependsOn });
  return config.ref("access_token");
}
