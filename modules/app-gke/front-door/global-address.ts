import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { DataGoogleComputeGlobalAddress } from "@cdktf/provider-google/lib/data-google-compute-global-address";
import type { Installation } from "../installation";
import { Settle } from "../terraform/settle";

export interface GlobalAddressProps {
  readonly installation: Installation;
  /** Existing global address. @default - one is reserved */
  readonly name?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The global address of the gateway. DNS records, certificates and OAuth clients depend on it, so it is always
 * reserved.
 */
export class GlobalAddress extends Construct {
  readonly name: string;
  readonly ip: string;

  constructor(scope: Construct, id: string, props: GlobalAddressProps) {
    super(scope, id);
    const { projectId, resourcePrefix } = props.installation;
    this.name = props.name ?? `${resourcePrefix}-gateway`;
    const reserved = props.name === undefined ? this.reserve(props) : undefined;
    this.ip =
      reserved?.address ??
      new DataGoogleComputeGlobalAddress(this, "existing", { project: projectId, name: this.name }).address;
    // The Gateway is told of another address first, and GKE needs a minute to give this one up.
    new Settle(this, "released", { after: reserved, seconds: 90 });
  }

  private reserve({ installation, dependsOn }: GlobalAddressProps): ComputeGlobalAddress {
    return new ComputeGlobalAddress(this, "reserved", {
      project: installation.projectId,
      name: this.name,
      addressType: "EXTERNAL",
      // Without it, Terraform would delete the address before the Gateway has another one, which Google refuses.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...dependsOn],
    });
  }
}
