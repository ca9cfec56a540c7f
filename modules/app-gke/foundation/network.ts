import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeNetwork } from "@cdktf/provider-google/lib/compute-network";
import { DataGoogleComputeNetwork } from "@cdktf/provider-google/lib/data-google-compute-network";
import { networkExists } from "../google/existence";

export interface NetworkProps {
  readonly projectId: string;
  readonly name: string;
  /** `false` finds the network by its name. */
  readonly create: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The VPC network that everything is in, created or found. */
export class Network extends Construct {
  /** Not a Terraform expression: other names are made of it. */
  readonly name: string;
  /** `projects/<project>/global/networks/<name>`. */
  readonly networkId: string;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const network = props.create
      ? new ComputeNetwork(this, "network", {
          project: props.projectId,
          name: props.name,
          description: "Applications on GKE, their databases and file servers",
          // Automatic subnetworks would take 10.128.0.0/9 in every region and collide with networks that are peered
          // later.
          autoCreateSubnetworks: false,
          routingMode: "REGIONAL",
          dependsOn: [...props.dependsOn],
        })
      : new DataGoogleComputeNetwork(this, "network", {
          project: props.projectId,
          name: props.name,
          lifecycle: {
            precondition: [
              networkExists(this, "networks", {
                projectId: props.projectId,
                name: props.name,
                remedy: "Set network_name to an existing network, or leave it empty to have one created.",
              }),
            ],
          },
        });
    this.name = props.name;
    this.networkId = network.id;
  }
}
