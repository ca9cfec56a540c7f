import { Construct } from "constructs";
import { type ITerraformDependable, TerraformDataSource, TerraformStack } from "cdktf";
import { DataGoogleComputeRouterNat } from "@cdktf/provider-google/lib/data-google-compute-router-nat";
import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeRouter } from "@cdktf/provider-google/lib/compute-router";
import { ComputeRouterNat } from "@cdktf/provider-google/lib/compute-router-nat";
import { natGatewayName } from "../google/nat-addresses";
import { limitName } from "../installation";

export interface NatProps {
  readonly projectId: string;
  readonly region: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly subnetworkId: string;
  /** Router and gateway are named after it: a network may have several gateways, a subnetwork has one. */
  readonly subnetworkName: string;
  /** Name of the existing network. @default - it is created here, so it has no gateway yet */
  readonly existingNetwork?: string;
  /**
   * Whether to create a gateway.
   * @default - in a network that is created here; in an existing one only where an earlier apply created it, since the
   * network's own gateway usually serves every subnetwork
   */
  readonly create?: boolean;
  /** Whose gateway it is, for others in the same subnetwork: the resource prefix. */
  readonly owner: string;
  /** Names of reserved addresses that it goes out under, and under no others. @default [] - Google chooses them */
  readonly addressNames?: readonly string[];
}

/**
 * Outgoing internet access for nodes, pods and file server, which have no external addresses: through a Cloud NAT
 * gateway, or through that of an existing network. Google refuses a second gateway next to one for all subnetworks of a
 * network and region (https://cloud.google.com/nat/docs/set-up-manage-network-address-translation).
 */
export class Nat extends Construct {
  /** For what connects to the internet when it starts: depend on this. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: NatProps) {
    super(scope, id);
    const routerName = limitName(`${props.subnetworkName}-router`, 63);
    const existing = props.existingNetwork === undefined ? undefined : this.gateways(props, routerName);
    if (existing && props.create !== true) this.warn(existing.exist, props);
    if (props.create === false) {
      this.ready = [];
      return;
    }
    const router = new ComputeRouter(this, "router", {
      project: props.projectId,
      region: props.region,
      network: props.networkId,
      name: routerName,
      ...(existing && props.create === true
        ? {
            description: existing.ours,
            // A router of an earlier apply has none, and stays as it is.
            lifecycle: { ignoreChanges: ["description"], precondition: [existing.noneForSubnetwork] },
          }
        : {}),
    });
    const addresses = (props.addressNames ?? []).map(
      (name, index) =>
        new ComputeAddress(this, `address-${index + 1}`, {
          project: props.projectId,
          region: props.region,
          name,
          addressType: "EXTERNAL",
          description: "Outgoing connections of the cluster and the file server",
          // The gateway gives an address up before it is deleted: Google refuses to delete one in use, and without this
          // Terraform tries that first.
          lifecycle: { createBeforeDestroy: true },
        }),
    );
    const gateway = new ComputeRouterNat(this, "gateway", {
      project: props.projectId,
      region: props.region,
      router: routerName,
      name: natGatewayName(props.subnetworkName),
      ...(addresses.length > 0
        ? { natIpAllocateOption: "MANUAL_ONLY", natIps: addresses.map(({ selfLink }) => selfLink) }
        : // The empty list is written out: without it, the provider would keep the addresses of an earlier apply.
          { natIpAllocateOption: "AUTO_ONLY", natIps: [] }),
      // Only our subnetwork: a gateway for all subnetworks would be refused next to an existing one, or take over
      // others' traffic. All of its ranges, because pods are not always masqueraded as their node.
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetwork: [{ name: props.subnetworkId, sourceIpRangesToNat: ["ALL_IP_RANGES"] }],
      // By default a node has a fixed number of 64 ports, and so of connections to one address of a model provider.
      // Ports are assigned as needed instead, which excludes endpoint-independent mapping.
      enableDynamicPortAllocation: true,
      enableEndpointIndependentMapping: false,
      minPortsPerVm: 64,
      maxPortsPerVm: 4096,
      // Dropped connections are reported nowhere else.
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
      dependsOn: [router],
      lifecycle: existing && props.create === true ? { precondition: [existing.noneForAll] } : undefined,
    });
    if (existing && props.create === undefined) {
      for (const resource of [router, gateway]) resource.addOverride("count", existing.countOfOurs);
    }
    this.ready = [gateway];
  }

  /** The network's existing gateways, as Terraform expressions. */
  private gateways(props: NatProps, ours: string) {
    const { projectId, region, existingNetwork = "", subnetworkName, owner } = props;
    // Newer than CDKTF's classes.
    const found = new TerraformDataSource(this, "routers", { terraformResourceType: "google_compute_routers" });
    found.addOverride("project", projectId);
    found.addOverride("region", region);
    const routers =
      `[for r in data.${found.terraformResourceType}.${found.friendlyUniqueId}.routers : r ` +
      `if endswith(r.network, "/networks/${existingNetwork}")]`;
    const forAll =
      `flatten([for r in ${routers} : [for n in r.nats : "\${n.name} of router \${r.name}" ` +
      `if startswith(n.source_subnetwork_ip_ranges_to_nat, "ALL_SUBNETWORKS")] if r.name != "${ours}"])`;
    const description = `NAT gateway of subnetwork ${subnetworkName}, made for ${owner}`;
    const theirs =
      `[for r in ${routers} : "router \${r.name} (\${r.description})" ` +
      `if r.name == "${ours}" && !contains(["", "${description}"], try(coalesce(r.description, ""), ""))]`;
    const forSubnetwork = `concat(${theirs}${props.create === true ? `, ${this.serving(props, routers, ours)}` : ""})`;
    return {
      countOfOurs: `\${length([for r in ${routers} : r if r.name == "${ours}"])}`,
      exist: `length(flatten(${routers}[*].nats)) > 0`,
      ours: description,
      noneForSubnetwork: {
        condition: `\${length(${forSubnetwork}) == 0}`,
        errorMessage:
          `Subnetwork ${subnetworkName} in ${region} has a NAT gateway already: \${join(", ", ${forSubnetwork})}. Google refuses ` +
          `a second one. Set create_nat = false, and that one is used.`,
      },
      noneForAll: {
        condition: `\${length(${forAll}) == 0}`,
        errorMessage:
          `Network ${existingNetwork} has a NAT gateway for all subnetworks in ${region}: \${join(", ", ${forAll})}. ` +
          `Google refuses a second one next to it. Set create_nat = false, and the existing one is used.`,
      },
    };
  }

  /** @returns expression of the gateways of other routers that serve the subnetwork, which the list of routers does not tell */
  private serving({ projectId, region, subnetworkName }: NatProps, routers: string, ours: string): string {
    const found = new DataGoogleComputeRouterNat(this, "others", {
      project: projectId,
      region,
      router: "${each.value.router}",
      name: "${each.value.name}",
    });
    const some =
      `[for r in ${routers} : [for n in r.nats : { router = r.name, name = n.name } ` +
      `if n.source_subnetwork_ip_ranges_to_nat == "LIST_OF_SUBNETWORKS"] if r.name != "${ours}"]`;
    found.addOverride("for_each", `\${{ for n in flatten(${some}) : "\${n.name} of router \${n.router}" => n }}`);
    return (
      `[for k, n in data.${found.terraformResourceType}.${found.friendlyUniqueId} : k ` +
      `if anytrue([for s in n.subnetwork : endswith(s.name, "/regions/${region}/subnetworks/${subnetworkName}")])]`
    );
  }

  /** Only a warning: the way out may be something other than Cloud NAT, such as an appliance or a proxy. */
  private warn(exist: string, { existingNetwork = "", region }: NatProps): void {
    TerraformStack.of(this).addOverride("check.nat.assert", [
      {
        condition: `\${${exist}}`,
        error_message:
          `Network ${existingNetwork} has no NAT gateway in ${region}. Nodes, pods and file server have no external ` +
          `address: without another way out they reach neither image registries nor model providers. Set ` +
          `create_nat = true to have one made for this subnetwork.`,
      },
    ]);
  }
}
