import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { ServiceNetworkingConnection } from "@cdktf/provider-google/lib/service-networking-connection";
import { DataGoogleComputeAddresses } from "@cdktf/provider-google/lib/data-google-compute-addresses";
import { limitName } from "../installation";

export interface PrivateServicesAccessProps {
  readonly projectId: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly networkName: string;
  /** Whether the network is somebody else's, who may have a connection already. */
  readonly existingNetwork: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Private services access: a range in our network that Google's own services (Cloud SQL) take their addresses from, and
 * the peering to the network they stand in.
 *
 * A network has one such connection with one list of ranges, which the provider can only replace, and by force: what
 * other teams run in theirs would be cut off. So the list is written once and ignored from then on, and in an existing
 * network that has ranges nothing is made: the plan is refused with what to do instead.
 *
 * At destroy the connection is abandoned: Google refuses to delete it while it still holds anything of the producer, and
 * Cloud SQL holds on for hours to days after an instance is gone. What stays is a VPC peering in the network. A network
 * that was made here goes with it where Google lets it; where Google reports it in use by the peering,
 * `gcloud compute networks peerings delete servicenetworking-googleapis-com --network=<name>` and another destroy end it.
 * (Reports differ: hashicorp/terraform-provider-google#16275 and GoogleCloudPlatform/magic-modules#18476, which adds a
 * `REMOVE_PEERING` policy to a later provider.)
 */
export class PrivateServicesAccess extends Construct {
  /** Terraform cannot see that an instance with a private address needs it: depend on this. */
  readonly ready: ITerraformDependable;

  constructor(scope: Construct, id: string, props: PrivateServicesAccessProps) {
    super(scope, id);
    const rangeName = limitName(`${props.networkName}-google-services`, 63);
    const precondition = props.existingNetwork ? [this.noOtherRanges(props, rangeName)] : undefined;
    const range = new ComputeGlobalAddress(this, "range", {
      project: props.projectId,
      name: rangeName,
      description: "Addresses of Google's services in this network",
      network: props.networkId,
      addressType: "INTERNAL",
      purpose: "VPC_PEERING",
      // Google gives every service and region a /24 or larger; /16 is what it recommends. It finds a free one itself.
      prefixLength: 16,
      lifecycle: precondition && { precondition },
      dependsOn: [...props.dependsOn],
    });
    this.ready = new ServiceNetworkingConnection(this, "connection", {
      network: props.networkId,
      service: "servicenetworking.googleapis.com",
      reservedPeeringRanges: [range.name],
      deletionPolicy: "ABANDON",
      // A network that was made here, destroyed and made again may still have the abandoned connection.
      updateOnCreationFail: !props.existingNetwork,
      lifecycle: { ignoreChanges: ["reserved_peering_ranges"] },
      dependsOn: [...props.dependsOn],
    });
  }

  /** Refuses while Terraform plans what would take others' ranges out of the connection. */
  private noOtherRanges({ projectId, networkName }: PrivateServicesAccessProps, ours: string) {
    const found = new DataGoogleComputeAddresses(this, "ranges", {
      project: projectId,
      filter:
        '(purpose = "VPC_PEERING") ' +
        `(network = "https://www.googleapis.com/compute/v1/projects/${projectId}/global/networks/${networkName}")`,
    });
    const names =
      `[for a in data.${found.terraformResourceType}.${found.friendlyUniqueId}.addresses : a.name ` +
      `if a.address_type == "INTERNAL" && a.prefix_length > 0 && !can(regex("/regions/", a.self_link))]`;
    return {
      condition: `\${length(${names}) == 0 || contains(${names}, "${ours}")}`,
      errorMessage:
        `Network ${networkName} already has ranges for Google's services: \${join(", ", ${names})}. Another connection ` +
        `would replace them and cut off what others run there. Set create_private_services_access = false, and Cloud SQL ` +
        `takes its address from the connection that exists. If its ranges are full, add one: gcloud compute addresses ` +
        `create ${ours} --global --purpose=VPC_PEERING --prefix-length=16 --network=${networkName} --project=${projectId} ` +
        `&& gcloud services vpc-peerings update --service=servicenetworking.googleapis.com --network=${networkName} ` +
        `--project=${projectId} --ranges=\${join(",", ${names})},${ours}`,
    };
  }
}
