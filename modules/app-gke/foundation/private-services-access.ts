import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { ServiceNetworkingConnection } from "@cdktf/provider-google/lib/service-networking-connection";
import { limitName } from "../deployment";

export interface PrivateServicesAccessProps {
  readonly projectId: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly networkName: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Private services access: a range in our network that Google's own services (Cloud SQL) take their addresses from, and
 * the peering to the network they stand in.
 *
 * A network has one such connection, and whoever has it in Terraform decides its list of ranges. The range is therefore
 * named after the network: a second deployment that tries the same in the same network stops at the name, before it
 * could take the first one's range out of the list.
 *
 * At destroy the connection is abandoned: Google refuses to delete it while it still holds anything of the producer, and
 * Cloud SQL holds on for hours to days after an instance is gone. What stays is a VPC peering in the network. An existing
 * network keeps it, harmlessly: the next apply takes it over (`update_on_creation_fail`). A network that was made here
 * goes with it where Google lets it; where Google reports it in use by the peering,
 * `gcloud compute networks peerings delete servicenetworking-googleapis-com --network=<name>` and another destroy end it.
 * (Reports differ: hashicorp/terraform-provider-google#16275 and GoogleCloudPlatform/magic-modules#18476, which adds a
 * `REMOVE_PEERING` policy to a later provider.)
 */
export class PrivateServicesAccess extends Construct {
  /** Terraform cannot see that an instance with a private address needs it: depend on this. */
  readonly ready: ITerraformDependable;

  constructor(scope: Construct, id: string, props: PrivateServicesAccessProps) {
    super(scope, id);
    const range = new ComputeGlobalAddress(this, "range", {
      project: props.projectId,
      name: limitName(`${props.networkName}-google-services`, 63),
      description: "Addresses of Google's services in this network",
      network: props.networkId,
      addressType: "INTERNAL",
      purpose: "VPC_PEERING",
      // Google gives every service and region a /24 or larger; /16 is what it recommends. It finds a free one itself.
      prefixLength: 16,
      dependsOn: [...props.dependsOn],
    });
    this.ready = new ServiceNetworkingConnection(this, "connection", {
      network: props.networkId,
      service: "servicenetworking.googleapis.com",
      reservedPeeringRanges: [range.name],
      deletionPolicy: "ABANDON",
      updateOnCreationFail: true,
      dependsOn: [...props.dependsOn],
    });
  }
}
