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
   * Namespace and name of the Service, as plain text and not as a reference: `create_before_destroy` of the groups would hold for
   * everything that they depend on.
   */
  readonly namespace: string;
  readonly serviceName: string;
  /** Port of the Service. */
  readonly servicePort: number;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Number of characters of the hash at the end of a group's name. */
const HASH_LENGTH = 6;

/**
 * Groups of the pods' addresses, one in each zone of the cluster: empty at first, then filled by GKE's controller as
 * the Service's annotation asks it to. Why they are created here, and how the controller takes them over:
 * docs/front-door.md#with-cdn.
 */
export class EndpointGroups extends Construct {
  /** One for each zone, by the zone's name. */
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
    // The note cannot be changed: another note means another group, which needs another name.
    const prefix = limitName(`${installation.resourcePrefix}-entry`, 62 - HASH_LENGTH);
    const name = `${prefix}-${Fn.substr(Fn.sha256(description), 0, HASH_LENGTH)}`;
    // If a cluster lists no zones, a pod may be in any zone of the region.
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
      // A group is deleted after the Service and the backend services have released it: while the annotation is still
      // there, GKE would create it again at once.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...props.dependsOn],
    });
    this.annotations = {
      "cloud.google.com/neg": Fn.jsonencode({ exposed_ports: { [String(servicePort)]: { name } } }),
    };
  }
}
