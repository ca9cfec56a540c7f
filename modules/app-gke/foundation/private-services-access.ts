import { Construct } from "constructs";
import type { ITerraformDependable, Precondition } from "cdktf";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { ServiceNetworkingConnection } from "@cdktf/provider-google/lib/service-networking-connection";
import { DataGoogleComputeAddresses } from "@cdktf/provider-google/lib/data-google-compute-addresses";
import { limitName } from "../installation";

export interface PrivateServicesAccessProps {
  readonly projectId: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly networkName: string;
  /** Whether the network belongs to somebody else and may have a connection already. */
  readonly existingNetwork: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Private services access: a range in our network from which Google's own services (Cloud SQL) take addresses, and the
 * peering with the network that they are in. Why its list of ranges is written only once, and what a destroy leaves:
 * docs/architecture.md#the-connection-to-googles-services.
 */
export class PrivateServicesAccess extends Construct {
  /** Terraform cannot see that an instance with a private address needs the connection: depend on this. */
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
      // Google takes a /24 or larger for each service and region, recommends a /16, and finds a free range itself.
      prefixLength: 16,
      lifecycle: precondition && { precondition },
      dependsOn: [...props.dependsOn],
    });
    this.ready = new ServiceNetworkingConnection(this, "connection", {
      network: props.networkId,
      service: "servicenetworking.googleapis.com",
      reservedPeeringRanges: [range.name],
      deletionPolicy: "ABANDON",
      // A network that was created here, destroyed and created again may still have the abandoned connection.
      updateOnCreationFail: !props.existingNetwork,
      lifecycle: { ignoreChanges: ["reserved_peering_ranges"] },
      dependsOn: [...props.dependsOn],
    });
  }

  /** Refuses, at plan time, to take others' ranges out of the connection. */
  private noOtherRanges({ projectId, networkName }: PrivateServicesAccessProps, ours: string) {
    const names = peeringRanges(this, "ranges", { projectId, networkName });
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

/** Where a network is. */
interface NetworkPlace {
  readonly projectId: string;
  readonly networkName: string;
}

/** @returns a Terraform expression, without `${}`: names of the ranges that a network has for Google's services */
function peeringRanges(scope: Construct, id: string, { projectId, networkName }: NetworkPlace): string {
  const found = new DataGoogleComputeAddresses(scope, id, {
    project: projectId,
    filter:
      '(purpose = "VPC_PEERING") ' +
      `(network = "https://www.googleapis.com/compute/v1/projects/${projectId}/global/networks/${networkName}")`,
  });
  return (
    `[for a in data.${found.terraformResourceType}.${found.friendlyUniqueId}.addresses : a.name ` +
    `if a.address_type == "INTERNAL" && a.prefix_length > 0 && !can(regex("/regions/", a.self_link))]`
  );
}

/** What an existing network has to have for a database with a private address, where the connection is not created here. */
export function hasPrivateServices(scope: Construct, id: string, place: NetworkPlace): Precondition {
  const { projectId, networkName } = place;
  return {
    condition: `\${length(${peeringRanges(scope, id, place)}) > 0}`,
    errorMessage:
      `Network ${networkName} of project ${projectId} has no private services access: Cloud SQL would have no address to ` +
      `take, ten minutes into the apply. Set create_private_services_access = true to have it made, or have it made: ` +
      `gcloud compute addresses create ${limitName(`${networkName}-google-services`, 63)} --global --purpose=VPC_PEERING ` +
      `--prefix-length=16 --network=${networkName} --project=${projectId} && gcloud services vpc-peerings connect ` +
      `--service=servicenetworking.googleapis.com --network=${networkName} --project=${projectId} ` +
      `--ranges=${limitName(`${networkName}-google-services`, 63)}`,
  };
}
