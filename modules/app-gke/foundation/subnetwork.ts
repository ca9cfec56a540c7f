import { Construct } from "constructs";
import { DataGoogleComputeSubnetwork } from "@cdktf/provider-google/lib/data-google-compute-subnetwork";
import { ComputeSubnetwork } from "@cdktf/provider-google/lib/compute-subnetwork";
import { subnetworkExists } from "../google/existence";
import type { SharedServices } from "../google/shared-services";

interface SubnetworkProps {
  readonly projectId: string;
  readonly region: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly settings: SharedServices["network"]["subnetwork"];
}

/** A subnetwork, created here or not. */
export interface SubnetworkAccess {
  /** Not a Terraform expression: other names are made of it. */
  readonly name: string;
  /** `projects/<project>/regions/<region>/subnetworks/<name>`. */
  readonly subnetworkId: string;
  /** Primary range: nodes and file server. */
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly podRangeName: string;
  readonly serviceRangeName: string;
  /** @default - it exists already */
  readonly resource?: ComputeSubnetwork;
}

/** Subnetwork of cluster and file server, with secondary ranges for pods and Services. */
class Subnetwork extends Construct implements SubnetworkAccess {
  readonly resource: ComputeSubnetwork;
  readonly name: string;
  readonly subnetworkId: string;
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

interface ExistingSubnetworkProps extends SubnetworkProps {
  /** Name of the network that it has to be in. */
  readonly networkName: string;
  /** Whether a cluster is created in it, which takes its secondary ranges. */
  readonly forCluster: boolean;
}

/** A subnetwork of somebody else's: in a Shared VPC, service projects do not create their own. */
class ExistingSubnetwork extends Construct implements SubnetworkAccess {
  readonly name: string;
  readonly subnetworkId: string;
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly podRangeName: string;
  readonly serviceRangeName: string;

  constructor(scope: Construct, id: string, props: ExistingSubnetworkProps) {
    super(scope, id);
    const { projectId, region, settings, networkName } = props;
    const { name, podRangeName, serviceRangeName } = settings;
    const check = (holds: string, errorMessage: string) => ({ condition: `\${${holds}}`, errorMessage });
    const known = "try(self.secondary_ip_range[*].range_name, [])";
    const missing = `setsubtract(${JSON.stringify([podRangeName, serviceRangeName])}, ${known})`;
    const found = new DataGoogleComputeSubnetwork(this, "subnetwork", {
      project: projectId,
      region,
      name,
      lifecycle: {
        precondition: [
          subnetworkExists(this, "subnetworks", {
            projectId,
            region,
            name,
            remedy: "Set subnetwork_name to an existing one, or have it shared: docs/existing-services.md#shared-vpc.",
          }),
        ],
        postcondition: [
          check(
            `basename(coalesce(self.network, "-")) == "${networkName}"`,
            `Subnetwork ${name} is in network \${basename(coalesce(self.network, "-"))}, and network_name is ${networkName}: ` +
              `the cluster would not reach database and file server. Set subnetwork_name to one of ${networkName}.`,
          ),
          check(
            "self.private_ip_google_access == true",
            `Subnetwork ${name} has no Private Google Access: nodes have no external address and would get no image and no ` +
              `token. Turn it on: gcloud compute networks subnets update ${name} --region=${region} --project=${projectId} ` +
              `--enable-private-ip-google-access`,
          ),
          ...(props.forCluster
            ? [
                check(
                  `length(${missing}) == 0`,
                  `Subnetwork ${name} has no secondary range \${join(" and ", ${missing})}: the cluster would have no ` +
                    `addresses for pods or Services. Set pod_range_name and service_range_name to two of those that it ` +
                    `has (\${length(${known}) == 0 ? "none" : join(", ", ${known})}), ` +
                    `or add them: gcloud compute networks subnets update ${name} --region=${region} --project=${projectId} ` +
                    `--add-secondary-ranges=${podRangeName}=10.204.0.0/16,${serviceRangeName}=10.203.0.0/20`,
                ),
              ]
            : []),
        ],
      },
    });
    const address = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
    this.name = name;
    this.subnetworkId = `projects/${projectId}/regions/${region}/subnetworks/\${${address}.name}`;
    this.nodeCidr = found.ipCidrRange;
    this.podCidr = `\${one([for r in ${address}.secondary_ip_range : r.ip_cidr_range if r.range_name == "${podRangeName}"])}`;
    this.podRangeName = podRangeName;
    this.serviceRangeName = serviceRangeName;
  }
}

/** Creates a subnetwork, or finds the existing one. */
export function subnetworkFor(scope: Construct, props: ExistingSubnetworkProps): SubnetworkAccess {
  const { create = true } = props.settings;
  return create
    ? new Subnetwork(scope, "subnetwork", props)
    : new ExistingSubnetwork(scope, "existing-subnetwork", props);
}
