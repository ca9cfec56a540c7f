import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { restScript } from "../google/rest-script";
import type { Installation } from "../installation";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";

export interface RegistryUpstreamsProps {
  readonly installation: Installation;
  /** @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
  /** The perimeter: Google accepts the setting only for a project in one. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Lets the mirror fetch images from Docker Hub within an enforced perimeter. By default Google denies it, and an image that
 * the mirror does not have yet cannot be pulled. The setting counts for the project's repositories in the region; without a
 * perimeter it has no effect, so it stays. The provider has no resource for it.
 * @see https://cloud.google.com/artifact-registry/docs/repositories/remote-overview
 */
export class RegistryUpstreams extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { installation, impersonateServiceAccount, dependsOn }: RegistryUpstreamsProps,
  ) {
    super(scope, id);
    const input = {
      project: installation.projectId,
      location: installation.region,
      impersonate: impersonateServiceAccount ?? "",
    };
    new DataResource(this, "allowed", {
      input,
      triggersReplace: { project: input.project, location: input.location },
      provisioners: [
        restScript({
          file: "registry_upstreams.py",
          prefix: "UPSTREAMS",
          action: "allow",
          token: accessToken(this, dependsOn),
          quotaProject: quotaProject(this),
        }),
      ],
      dependsOn: [...dependsOn],
    });
  }
}
