import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeRouter } from "@cdktf/provider-google/lib/compute-router";
import { ComputeRouterNat } from "@cdktf/provider-google/lib/compute-router-nat";
import { limitName } from "../deployment";

export interface NatProps {
  readonly projectId: string;
  readonly region: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly subnetworkId: string;
  /** Router and gateway are named after it: a network may hold several, a subnetwork has one. */
  readonly subnetworkName: string;
}

/** Outgoing internet access for nodes, pods and file server, which have no external addresses. */
export class Nat extends Construct {
  /** What opens connections to the internet while it starts depends on this. */
  readonly ready: ITerraformDependable;

  constructor(scope: Construct, id: string, props: NatProps) {
    super(scope, id);
    const router = new ComputeRouter(this, "router", {
      project: props.projectId,
      region: props.region,
      network: props.networkId,
      name: limitName(`${props.subnetworkName}-router`, 63),
    });
    this.ready = new ComputeRouterNat(this, "gateway", {
      project: props.projectId,
      region: props.region,
      router: router.name,
      name: limitName(`${props.subnetworkName}-nat`, 63),
      natIpAllocateOption: "AUTO_ONLY",
      // Only our subnetwork: a gateway for all of them would be refused beside one that is there, or take over others'
      // traffic. All of its ranges, as pods are not masqueraded behind their node on every path.
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetwork: [{ name: props.subnetworkId, sourceIpRangesToNat: ["ALL_IP_RANGES"] }],
      // 64 ports, the fixed default, are 64 connections a node to one model provider's address; ports are given and
      // taken as needed instead. Endpoint independent mapping excludes that.
      enableDynamicPortAllocation: true,
      enableEndpointIndependentMapping: false,
      minPortsPerVm: 64,
      maxPortsPerVm: 4096,
      // Dropped connections show in no other place.
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    });
  }
}
