import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { DataGoogleComputeAddress } from "@cdktf/provider-google/lib/data-google-compute-address";
import type { Installation } from "../installation";

export interface AddressProps {
  readonly installation: Installation;
  /** Existing regional address. @default - one is reserved */
  readonly name?: string;
  /** Subnetwork whose address it is, by link or path. @default - it is an external one */
  readonly subnetwork?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The reserved address of the application's load balancer. */
export class Address extends Construct {
  readonly ip: string;

  constructor(scope: Construct, id: string, props: AddressProps) {
    super(scope, id);
    this.ip = props.name === undefined ? this.reserved(props) : this.existing(props, props.name);
  }

  private reserved({ installation, subnetwork, dependsOn }: AddressProps): string {
    const { projectId, region, resourcePrefix } = installation;
    const common = { project: projectId, region, dependsOn: [...dependsOn] };
    // Two resources: one becomes the other only after the Service has let go of it.
    if (subnetwork !== undefined) {
      return new ComputeAddress(this, "internal", {
        ...common,
        name: `${resourcePrefix}-entry-internal`,
        addressType: "INTERNAL",
        subnetwork,
      }).address;
    }
    return new ComputeAddress(this, "reserved", {
      ...common,
      name: `${resourcePrefix}-entry`,
      addressType: "EXTERNAL",
      networkTier: "PREMIUM",
    }).address;
  }

  /**
   * GKE would only report in an event of the Service that the address is of the other kind, and the apply would wait
   * until it times out.
   */
  private existing({ installation, subnetwork }: AddressProps, name: string): string {
    const { projectId, region } = installation;
    const wanted = subnetwork === undefined ? "EXTERNAL" : "INTERNAL";
    return new DataGoogleComputeAddress(this, "existing", {
      project: projectId,
      region,
      name,
      lifecycle: {
        postcondition: [
          {
            condition: `\${self.address_type == "${wanted}"}`,
            errorMessage:
              `The address ${name} is an \${lower(self.address_type)} one, and the Service asks for ${wanted === "INTERNAL" ? "an internal" : "an external"} load balancer: ` +
              "GKE would refuse it, and the apply would wait until it times out. Name another address in static_ip_name, or change the " +
              "annotation networking.gke.io/load-balancer-type in service_annotations.",
          },
        ],
      },
    }).address;
  }
}
