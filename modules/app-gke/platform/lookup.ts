import { Construct } from "constructs";
import { DataGoogleComputeAddress } from "@cdktf/provider-google/lib/data-google-compute-address";
import { DataGoogleComputeNetwork } from "@cdktf/provider-google/lib/data-google-compute-network";
import { DataGoogleComputeSubnetwork } from "@cdktf/provider-google/lib/data-google-compute-subnetwork";
import { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project";
import { DataGoogleSqlDatabaseInstance } from "@cdktf/provider-google/lib/data-google-sql-database-instance";
import type { Installation } from "../installation";
import { clusterRequirements } from "../google/cluster-requirements";
import { addressExists, networkExists, sqlInstanceExists } from "../google/existence";
import { subnetworkOf } from "../google/cluster-subnetwork";
import { natAddressNames } from "../google/nat-addresses";
import { nodeServiceAccountOf } from "../google/node-service-account";
import { type PrivatelyUsed, privatelyUsed } from "../google/privately-used";
import { postconditions } from "../google/requirement";
import { networkProject, type SharedServices } from "../google/shared-services";
import { sqlRequirements } from "../google/sql-requirements";
import { addressInside, controlPlane } from "./control-plane";
import { MadeMemorystore } from "./made-memorystore";
import { NamedFilestore } from "./named-filestore";
import { NamedFileServer } from "./named-file-server";
import { NamedRegistry } from "./named-registry";

export interface LookupProps {
  readonly installation: Installation;
  readonly services: SharedServices;
}

/**
 * The shared services, found by name: the same data sources, whether the foundation created them a minute ago or
 * somebody else years ago.
 */
export class Lookup extends Construct {
  readonly projectNumber: string;
  readonly networkName: string;
  readonly cluster: {
    readonly name: string;
    /** `https://…` of the control plane. */
    readonly host: string;
    /** Address of the control plane, as pods reach it. */
    readonly addressInside: string;
    /** PEM of its authority; `null` where it has a certificate that everybody trusts. */
    readonly caCertificate: string;
    readonly workloadPool: string;
    /** E-mail address of the account with which its nodes pull images. */
    readonly nodeServiceAccount: string;
    /** `projects/…/global/networks/…`. */
    readonly network: string;
    /** `projects/…/regions/…/subnetworks/…`. */
    readonly subnetwork: string;
    /** Range of the pods' addresses. */
    readonly podCidr: string;
    /** Names of the zones that its nodes are in. */
    readonly zones: string[];
    /** Expression of whether it is in Autopilot mode, without `${}`. */
    readonly autopilot: string;
    /** Expression of its membership in a fleet, without `${}`; empty where it is in none. */
    readonly fleetMembership: string;
  };
  readonly sql?: {
    /** Terraform address of its data source. */
    readonly address: string;
    readonly name: string;
    /** `project:region:instance`, what the Auth Proxy connects to. */
    readonly connectionName: string;
    readonly privateIp: string;
    /** PEM of the authority that signed the instance's certificate. */
    readonly serverCertificate: string;
  };
  /** Ranges of cluster, nodes and file server that are public addresses. */
  readonly privatelyUsed: PrivatelyUsed;
  /** Reserved addresses that outgoing connections have; none where Google chooses them. */
  readonly natAddresses: readonly string[];
  /** Internal address of the NFS and Redis server. */
  readonly fileServerIp?: string;
  /** Memorystore that the foundation makes. */
  readonly memorystore?: MadeMemorystore;
  /** The shared files: address of their server, and path of the share. */
  readonly share?: { readonly ip: string; readonly sharePath: string };
  /** Where shared files were before, and are copied from. */
  readonly earlierShare?: { readonly ip: string; readonly sharePath: string };

  constructor(scope: Construct, id: string, props: LookupProps) {
    super(scope, id);
    const { projectId, region } = props.installation;
    const { network, cluster, sql, fileServer, filestore, memorystore, registry } = props.services;

    const project = new DataGoogleProject(this, "project", { projectId });
    this.projectNumber = project.number;
    const inNetwork = networkProject(props.services, props.installation);
    const inOne = { projectId, networkName: network.name, networkProject: inNetwork };
    const foundNetwork = new DataGoogleComputeNetwork(this, "network", {
      project: inNetwork,
      name: network.name,
      lifecycle: {
        precondition: [
          networkExists(this, "networks", {
            projectId: inNetwork,
            name: network.name,
            remedy: remedy("network_name", network.create),
          }),
        ],
      },
    });
    this.networkName = foundNetwork.name;

    const found = new DataGoogleContainerCluster(this, "cluster", {
      project: projectId,
      location: cluster.location,
      name: cluster.name,
      lifecycle: {
        postcondition: [
          ...(cluster.create ? [] : postconditions(clusterRequirements({ ...cluster, ...inOne }))),
          ...(cluster.binaryAuthorization ? [enforcesPolicy(projectId, cluster)] : []),
        ],
      },
      // After the network: if the foundation has not been applied, its message is the one to see, and clusters have none.
      dependsOn: [foundNetwork],
    });
    this.cluster = {
      name: found.name,
      ...controlPlane(found, cluster),
      addressInside: addressInside(found),
      workloadPool: `${projectId}.svc.id.goog`,
      nodeServiceAccount: nodeServiceAccountOf(found, `${project.fqn}.number`),
      network: found.network,
      subnetwork: found.subnetwork,
      podCidr: found.clusterIpv4Cidr,
      zones: found.nodeLocations,
      autopilot: `data.${found.terraformResourceType}.${found.friendlyUniqueId}.enable_autopilot`,
      fleetMembership: `try(data.${found.terraformResourceType}.${found.friendlyUniqueId}.fleet[0].membership, "")`,
    };

    this.natAddresses = natAddressNames(network).map(
      (name, index) =>
        new DataGoogleComputeAddress(this, `nat-address-${index + 1}`, {
          project: inNetwork,
          region,
          name,
          lifecycle: {
            precondition: [
              addressExists(this, `nat-addresses-${index + 1}`, {
                projectId: inNetwork,
                region,
                name,
                what: "the way out (nat_address_count)",
                remedy: CREATED,
              }),
            ],
          },
        }).address,
    );
    this.privatelyUsed = this.rangesOf(found, props);

    if (sql) {
      const instance = new DataGoogleSqlDatabaseInstance(this, "sql", {
        project: projectId,
        name: sql.name,
        lifecycle: {
          precondition: [
            sqlInstanceExists(this, "sql-instances", {
              projectId,
              name: sql.name,
              remedy: remedy("sql_instance_name", sql.create),
            }),
          ],
          postcondition: sql.create ? undefined : postconditions(sqlRequirements({ ...sql, ...inOne })),
        },
      });
      this.sql = {
        // Plain text: CDKTF miscounts an expression's braces if a token follows a map.
        address: `data.${instance.terraformResourceType}.${instance.friendlyUniqueId}`,
        name: instance.name,
        connectionName: instance.connectionName,
        privateIp: instance.privateIpAddress,
        serverCertificate: instance.serverCaCert.get(0).cert,
      };
    }
    if (registry?.create === false) new NamedRegistry(this, "registry", { projectId, region, name: registry.name });
    if (memorystore) this.memorystore = new MadeMemorystore(this, "memorystore", { projectId, settings: memorystore });
    if (fileServer) {
      this.fileServerIp = fileServer.create
        ? new DataGoogleComputeAddress(this, "file-server", {
            project: projectId,
            region,
            name: fileServer.addressName,
            lifecycle: {
              precondition: [
                addressExists(this, "file-server-addresses", {
                  projectId,
                  region,
                  name: fileServer.addressName,
                  what: "the file server",
                  remedy: CREATED,
                }),
              ],
            },
          }).address
        : new NamedFileServer(this, "file-server", {
            ...inOne,
            region,
            zone: fileServer.zone,
            name: fileServer.name,
          }).ip;
    }
    const onFilestore =
      filestore && new NamedFilestore(this, "filestore", { ...inOne, ...filestore, region, after: foundNetwork });
    const onServer =
      fileServer && this.fileServerIp !== undefined
        ? { ip: this.fileServerIp, sharePath: fileServer.sharePath }
        : undefined;
    const from = props.services.filesMoveFrom;
    this.share = from === "filestore" ? onServer : (onFilestore ?? onServer);
    this.earlierShare = from && (from === "filestore" ? onFilestore : onServer);
  }

  private rangesOf(found: DataGoogleContainerCluster, { services: { cluster, fileServer, network } }: LookupProps) {
    const { create: ownSubnetwork = true, cidr, podCidr, serviceCidr } = network.subnetwork;
    if (cluster.create && ownSubnetwork) return privatelyUsed([cidr, podCidr, serviceCidr]);
    const address = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
    const subnetwork = new DataGoogleComputeSubnetwork(this, "cluster-subnetwork", subnetworkOf(found));
    const ranges = `data.${subnetwork.terraformResourceType}.${subnetwork.friendlyUniqueId}`;
    return privatelyUsed(
      fileServer?.create && ownSubnetwork ? [cidr] : [],
      `concat([${ranges}.ip_cidr_range, ${address}.cluster_ipv4_cidr, ${address}.services_ipv4_cidr], ` +
        `${ranges}.secondary_ip_range[*].ip_cidr_range)`,
    );
  }
}

/** A rule for a cluster that does not enforce the policy would protect nothing, although it looks as if it did. */
function enforcesPolicy(projectId: string, { name, location, create }: SharedServices["cluster"]) {
  // The mode may have a prefix; older clusters have `enabled` instead.
  const found = "self.binary_authorization[0]";
  const enforced =
    `endswith(try(${found}.evaluation_mode, ""), "PROJECT_SINGLETON_POLICY_ENFORCE") || ` +
    `try(${found}.enabled, false) == true`;
  return {
    condition: `\${${enforced}}`,
    errorMessage:
      `GKE cluster ${name} does not admit pods by the project's Binary Authorization policy: the rule for it ` +
      `would have no effect, and every image would still run. ` +
      (create
        ? "The foundation stack turns it on: apply that stack first."
        : `Turn it on with: gcloud container clusters update ${name} --location=${location} --project=${projectId} ` +
          "--binauthz-evaluation-mode=PROJECT_SINGLETON_POLICY_ENFORCE"),
  };
}

const CREATED = "The foundation stack creates it: apply that stack first.";

function remedy(variable: string, create: boolean): string {
  return create ? CREATED : `Set ${variable} to an existing one, or leave it empty to have one created.`;
}
