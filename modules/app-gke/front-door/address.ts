import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { DataGoogleComputeAddress } from "@cdktf/provider-google/lib/data-google-compute-address";
import type { Installation } from "../installation";

export interface AddressProps {
  readonly installation: Installation;
  /** Existing regional address. @default - one is reserved */
  readonly name?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The reserved external address of the application's load balancer. */
export class Address extends Construct {
  readonly ip: string;

  constructor(scope: Construct, id: string, props: AddressProps) {
    super(scope, id);
    const { projectId, region, resourcePrefix } = props.installation;
    this.ip = props.name
      ? new DataGoogleComputeAddress(this, "existing", { project: projectId, region, name: props.name }).address
      : new ComputeAddress(this, "reserved", {
          project: projectId,
          region,
          name: `${resourcePrefix}-entry`,
          addressType: "EXTERNAL",
          networkTier: "PREMIUM",
          dependsOn: [...props.dependsOn],
        }).address;
  }
}
