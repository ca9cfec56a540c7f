import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ContainerCluster } from "@cdktf/provider-google/lib/container-cluster";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { keyName } from "../google/encryption";
import { KEYS_LATER, keptKey } from "../google/kept-key";
import { type Installation, limitName } from "../installation";
import type { SharedServices } from "../google/shared-services";
import type { ClusterFacts } from "./cluster-facts";
import { ClusterAdmission } from "./cluster-admission";
import { clusterMaintenance } from "./maintenance";
import type { Network } from "./network";
import type { SubnetworkAccess } from "./subnetwork";

export interface ClusterProps {
  readonly installation: Installation;
  readonly settings: SharedServices["cluster"];
  readonly network: Network;
  readonly subnetwork: SubnetworkAccess;
  readonly dependsOn: readonly ITerraformDependable[];
  /** Secret Manager's. */
  readonly secretApis: readonly ITerraformDependable[];
}

/**
 * GKE Autopilot cluster with private nodes. Workload Identity, shielded nodes, Dataplane V2 (network policies) and
 * Cloud DNS are part of Autopilot and cannot be turned off, so they are not set here.
 */
export class Cluster extends Construct implements ClusterFacts {
  readonly name: string;
  readonly nodeServiceAccount: string;
  readonly nodeCidr: string;
  readonly podCidr: string;

  constructor(scope: Construct, id: string, props: ClusterProps) {
    super(scope, id);
    const { installation, settings, network, subnetwork } = props;
    const { encryption, region } = installation;
    const [nodesKey, secretsKey] = [keyName(encryption, "nodes", region), keyName(encryption, "cluster", region)];

    // Otherwise nodes run as the Compute Engine default account, which in many projects may edit everything.
    const account = new ServiceAccount(this, "node-service-account", {
      project: installation.projectId,
      accountId: limitName(`${settings.name}-nodes`, 30),
      displayName: `Nodes of GKE cluster ${settings.name}`,
      dependsOn: [...props.dependsOn],
    });
    // What nodes need in the project: logs, metrics and node registration.
    const role = new ProjectIamMember(this, "node-role", {
      project: installation.projectId,
      role: "roles/container.defaultNodeServiceAccount",
      member: `serviceAccount:${account.email}`,
    });

    const cluster = new ContainerCluster(this, "cluster", {
      project: installation.projectId,
      location: settings.location,
      name: settings.name,
      description: "Applications on GKE Autopilot",
      enableAutopilot: true,
      deletionProtection: installation.deletionProtection,
      releaseChannel: { channel: settings.releaseChannel },

      network: network.networkId,
      subnetwork: subnetwork.subnetworkId,
      ipAllocationPolicy: {
        clusterSecondaryRangeName: subnetwork.podRangeName,
        servicesSecondaryRangeName: subnetwork.serviceRangeName,
      },
      privateClusterConfig: {
        enablePrivateNodes: true,
        // The control plane keeps a public endpoint. Otherwise nothing outside the VPC, such as this Terraform run or a
        // hosted pipeline, could deploy to it. It requires credentials, and `masterAuthorizedCidrs` says who may reach
        // it.
        enablePrivateEndpoint: false,
        masterIpv4CidrBlock: settings.masterCidr,
      },
      masterAuthorizedNetworksConfig: settings.masterAuthorizedCidrs && {
        // Otherwise the VMs of every Google Cloud customer are let in, in addition to the named ranges.
        gcpPublicCidrsAccessEnabled: false,
        cidrBlocks: settings.masterAuthorizedCidrs.map((cidrBlock) => ({ cidrBlock })),
      },
      // Only written where addresses are restricted or it is asked for: otherwise it is seldom needed. `false` closes it again.
      controlPlaneEndpointsConfig:
        settings.masterAuthorizedCidrs || settings.dnsEndpoint
          ? { dnsEndpointConfig: { allowExternalTraffic: settings.dnsEndpoint ?? false } }
          : undefined,
      maintenancePolicy: clusterMaintenance(settings.maintenance),
      gatewayApiConfig: { channel: "CHANNEL_STANDARD" },

      clusterAutoscaling: {
        autoProvisioningDefaults: {
          serviceAccount: account.email,
          // The account is limited by its roles, not by scopes. Without this, Google uses an old list that lacks newer
          // APIs.
          oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
          bootDiskKmsKey: nodesKey,
        },
      },
      // Without the block nothing changes: a cluster that has the key keeps it.
      databaseEncryption: secretsKey === undefined ? undefined : { state: "ENCRYPTED", keyName: secretsKey },
      // Google reports no empty list, so every plan would add it again.
      nodePoolAutoConfig: settings.networkTags.length > 0 ? { networkTags: { tags: [...settings.networkTags] } } : {},

      // Costs by namespace in the billing export; free of charge.
      costManagementConfig: { enabled: true },
      // Reports on the workloads' configuration; free of charge. Image scanning by GKE is being retired.
      securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_DISABLED" },

      timeouts: { create: "60m", update: "90m", delete: "60m" },
      lifecycle: {
        ignoreChanges: [
          // Autopilot configures the nodes and reports it here; Terraform would remove it at every apply.
          "cluster_autoscaling[0].auto_provisioning_defaults[0].shielded_instance_config",
          "node_pool_auto_config[0].linux_node_config",
          // For another key, Terraform would plan a new cluster.
          "cluster_autoscaling[0].auto_provisioning_defaults[0].boot_disk_kms_key",
        ],
        // https://cloud.google.com/kubernetes-engine/docs/how-to/using-cmek
        postcondition: keptKey({
          purpose: "nodes",
          what: `The boot disk of nodes in GKE cluster ${settings.name}`,
          has: "self.cluster_autoscaling[0].auto_provisioning_defaults[0].boot_disk_kms_key",
          wanted: nodesKey,
          way: `Only a new cluster has it: ${KEYS_LATER}`,
        }),
      },
      // The first nodes start while Google is still creating the cluster. Terraform cannot see that they need the role.
      dependsOn: [...props.dependsOn, role],
    });
    new ClusterAdmission(this, "admission", {
      installation,
      clusterName: settings.name,
      byPolicy: settings.binaryAuthorization ?? false,
      dependsOn: props.secretApis,
    }).apply(cluster);
    this.name = cluster.name;
    this.nodeServiceAccount = account.email;
    this.nodeCidr = subnetwork.nodeCidr;
    this.podCidr = subnetwork.podCidr;
  }
}
