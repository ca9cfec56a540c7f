import { Construct } from "constructs";
import { ComputeSubnetwork } from "@cdktf/provider-google/lib/compute-subnetwork";
import type { SharedServices } from "../google/shared-services";

export interface SubnetworkProps {
  readonly projectId: string;
  readonly region: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly settings: SharedServices["network"]["subnetwork"];
}

/** Subnetwork of cluster and file server, with secondary ranges for pods and Services. */
export class Subnetwork extends Construct {
  /** Not a Terraform expression: other names are made of it. */
  readonly resource: ComputeSubnetwork;
  readonly name: string;
  /** `projects/<project>/regions/<region>/subnetworks/<name>`. */
  readonly subnetworkId: string;
  /** Primary range: nodes and file server. */
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly podRangeName: string;
  readonly serviceRangeName: string;

  constructor(scope: Construct, id: string, props: SubnetworkProps) {
    super(scope, id);
    const { settings } = props;
    const subnetwork = new ComputeSubnetwork(this, "subnetwork", {
      project: props.projectId,
      region: props.region,
      network: props.networkId,
      name: settings.name,
      description: "GKE nodes, pods and Services, and the file server",
      ipCidrRange: settings.cidr,
      secondaryIpRange: [
        { rangeName: settings.podRangeName, ipCidrRange: settings.podCidr },
        { rangeName: settings.serviceRangeName, ipCidrRange: settings.serviceCidr },
      ],
      // Nodes and file server have no external address: this is how they reach Google's APIs (images, secrets, logs),
      // instead of through NAT.
      privateIpGoogleAccess: true,
      // Enough to see afterwards who connected to whom, at a small part of the cost of recording every packet.
      logConfig: { aggregationInterval: "INTERVAL_10_MIN", flowSampling: 0.25, metadata: "INCLUDE_ALL_METADATA" },
    });
    this.resource = subnetwork;
    this.name = settings.name;
    this.subnetworkId = subnetwork.id;
    this.nodeCidr = settings.cidr;
    this.podCidr = settings.podCidr;
    this.podRangeName = settings.podRangeName;
    this.serviceRangeName = settings.serviceRangeName;
  }
}
