import { type ITerraformDependable, TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "./ephemeral";
import { type KubernetesCredentials, PLUGIN } from "./providers";

/**
 * Adds the Helm provider to the stack of `scope`. Its two blocks are written here: CDKTF's prebuilt classes of it are no longer
 * maintained, and would be another package for everybody.
 * @see https://registry.terraform.io/providers/hashicorp/helm/latest/docs
 */
export function helmProvider(
  scope: Construct,
  cluster: { readonly host: string; readonly caCertificate: string },
  credentials: KubernetesCredentials = "token",
): void {
  TerraformStack.of(scope).addOverride("provider.helm", [
    {
      kubernetes: {
        host: cluster.host,
        cluster_ca_certificate: cluster.caCertificate,
        ...(credentials === "plugin"
          ? { exec: { api_version: PLUGIN.apiVersion, command: PLUGIN.command, args: PLUGIN.args } }
          : { token: accessToken(new Construct(scope, "helm")) }),
      },
    },
  ]);
}

export interface HelmReleaseProps {
  readonly name: string;
  readonly namespace: string;
  /** Address of the repository: `https://…`. */
  readonly repository: string;
  readonly chart: string;
  /** Exact version of the chart. */
  readonly version: string;
  readonly values: object;
  /** Seconds to wait until everything is ready. */
  readonly timeoutSeconds: number;
  readonly preventDestroy: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A chart that is installed in the cluster. A first installation that fails is undone, so that the next apply can try again. */
export class HelmRelease extends TerraformResource {
  constructor(scope: Construct, id: string, props: HelmReleaseProps) {
    const { dependsOn, preventDestroy, timeoutSeconds, values, ...arguments_ } = props;
    super(scope, id, {
      terraformResourceType: "helm_release",
      dependsOn: [...dependsOn],
      lifecycle: { preventDestroy },
    });
    const settings = { ...arguments_, values: [JSON.stringify(values)], timeout: timeoutSeconds };
    const whole = { ...settings, atomic: true, wait: true, create_namespace: false };
    for (const [name, value] of Object.entries(whole)) this.addOverride(name, value);
  }
}
