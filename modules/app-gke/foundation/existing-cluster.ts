import { Construct } from "constructs";
import { DataGoogleComputeSubnetwork } from "@cdktf/provider-google/lib/data-google-compute-subnetwork";
import { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project";
import type { Installation } from "../installation";
import type { SharedServices } from "../google/shared-services";
import { subnetworkOf } from "../google/cluster-subnetwork";
import { nodeServiceAccountOf } from "../google/node-service-account";
import type { ClusterFacts } from "./cluster-facts";

export interface ExistingClusterProps {
  readonly installation: Installation;
  readonly settings: SharedServices["cluster"];
}

/** An existing cluster: which account its nodes use, and where its traffic comes from. */
export class ExistingCluster extends Construct implements ClusterFacts {
  readonly nodeServiceAccount: string;
  readonly nodeCidr: string;
  readonly podCidr: string;

  constructor(scope: Construct, id: string, props: ExistingClusterProps) {
    super(scope, id);
    const { projectId } = props.installation;
    const { name, location } = props.settings;
    const cluster = new DataGoogleContainerCluster(this, "cluster", { project: projectId, location, name });
    const project = new DataGoogleProject(this, "project", { projectId });

    this.nodeServiceAccount = nodeServiceAccountOf(cluster, `${project.fqn}.number`);

    const subnetwork = new DataGoogleComputeSubnetwork(this, "subnetwork", subnetworkOf(cluster));
    this.nodeCidr = subnetwork.ipCidrRange;
    this.podCidr = `\${${cluster.fqn}.ip_allocation_policy[0].cluster_ipv4_cidr_block}`;
  }
}
