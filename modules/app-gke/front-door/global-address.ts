import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { DataGoogleComputeGlobalAddress } from "@cdktf/provider-google/lib/data-google-compute-global-address";
import type { Installation } from "../installation";

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
    this.ip = props.name
      ? new DataGoogleComputeGlobalAddress(this, "existing", { project: projectId, name: props.name }).address
      : new ComputeGlobalAddress(this, "reserved", {
          project: projectId,
          name: this.name,
          addressType: "EXTERNAL",
          dependsOn: [...props.dependsOn],
        }).address;
  }
}
