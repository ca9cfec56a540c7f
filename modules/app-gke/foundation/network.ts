import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeNetwork } from "@cdktf/provider-google/lib/compute-network";
import { DataGoogleComputeNetwork } from "@cdktf/provider-google/lib/data-google-compute-network";

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
            // For a network that does not exist, the data source returns one without a link and no error: everything in
            // it would fail in the middle of the apply.
            postcondition: [
              {
                condition: '${self.self_link != null && self.self_link != ""}',
                errorMessage:
                  `There is no network ${props.name} in project ${props.projectId}. ` +
                  "Set network_name to an existing network, or leave it empty to have one created.",
              },
            ],
          },
        });
    this.name = props.name;
    this.networkId = network.id;
  }
}
