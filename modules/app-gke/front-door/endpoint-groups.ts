import { Fn, type IResolvable, type ITerraformDependable, TerraformIterator } from "cdktf";
import { Construct } from "constructs";
import { ComputeNetworkEndpointGroup } from "@cdktf/provider-google/lib/compute-network-endpoint-group";
import { DataGoogleComputeZones } from "@cdktf/provider-google/lib/data-google-compute-zones";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { type Installation, limitName } from "../installation";
import type { Lookup } from "../platform/lookup";

export interface EndpointGroupsProps {
  readonly installation: Installation;
  readonly cluster: Lookup["cluster"];
  /**
   * Namespace and name of the Service: plain text, no reference. What a group depends on is created before destroyed.
   */
  readonly namespace: string;
  readonly serviceName: string;
  /** Port of the Service. */
  readonly servicePort: number;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Characters of a hash at the end of a group's name. */
const HASH_LENGTH = 6;

/**
 * Groups of the pods' addresses, one in each zone of the cluster: empty here, filled by GKE's controller as the Service's
 * annotation asks it to.
 *
 * Left to itself the controller makes the groups a moment after the Service, zone by zone, too late for a plan that is to
 * name them. It takes over a group of the annotation's name that is there already, provided that network and subnetwork
 * are the cluster's and that the description is its own note: cluster (the uid of `kube-system`), namespace, Service and
 * port. A group with an empty description or another's note it refuses ("Neg Name is already in use").
 *
 * By the same note it deletes the groups some minutes after the annotation or the Service has gone, unless a backend
 * service still uses them. Terraform does so at once, and takes a group that is not there any more for deleted.
 */
export class EndpointGroups extends Construct {
  /** One instance for each zone, by its name. */
  readonly resource: ComputeNetworkEndpointGroup;
  /** For the Service. */
  readonly annotations: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: EndpointGroupsProps) {
    super(scope, id);
    const { cluster, installation, servicePort } = props;
    const system = new DataKubernetesNamespaceV1(this, "kube-system", { metadata: { name: "kube-system" } });
    const zones = new DataGoogleComputeZones(this, "zones", {
      project: installation.projectId,
      region: installation.region,
    });
    const description = Fn.jsonencode({
      "cluster-uid": system.metadata.uid,
      namespace: props.namespace,
      "service-name": props.serviceName,
      port: String(servicePort),
    });
    // The note cannot be changed: with another one it is another group, so it has to have another name.
    const prefix = limitName(`${installation.resourcePrefix}-entry`, 62 - HASH_LENGTH);
    const name = `${prefix}-${Fn.substr(Fn.sha256(description), 0, HASH_LENGTH)}`;
    // Where a cluster lists no zones, a pod may be in any of the region's.
    const where = TerraformIterator.fromList(Fn.coalescelist([cluster.zones, zones.names]) as IResolvable);
    this.resource = new ComputeNetworkEndpointGroup(this, id, {
      forEach: where,
      project: installation.projectId,
      zone: where.value as string,
      name,
      description,
      network: cluster.network,
      subnetwork: cluster.subnetwork,
      networkEndpointType: "GCE_VM_IP_PORT",
      // A group goes after the Service has let go of it and the backend services have: with its annotation still there,
      // GKE would make it again at once.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...props.dependsOn],
    });
    this.annotations = {
      "cloud.google.com/neg": Fn.jsonencode({ exposed_ports: { [String(servicePort)]: { name } } }),
    };
  }
}
