import { Construct } from "constructs";
import { DataGoogleComputeAddresses } from "@cdktf/provider-google/lib/data-google-compute-addresses";
import { DataGoogleComputeInstance } from "@cdktf/provider-google/lib/data-google-compute-instance";
import { fileServerRequirements } from "../google/file-server-requirements";
import { postconditions } from "../google/requirement";

export interface NamedFileServerProps {
  readonly projectId: string;
  readonly region: string;
  readonly zone: string;
  readonly name: string;
  /** Name of the network that pods and nodes are in. */
  readonly networkName: string;
  /** Project of that network. */
  readonly networkProject: string;
}

/**
 * A file server that is named. One that a `FileServer` created is found by the address reserved under its name, because
 * its VM gets another name whenever it is replaced. Any other is a VM of that name.
 */
export class NamedFileServer extends Construct {
  /** Terraform expression. */
  readonly ip: string;

  constructor(scope: Construct, id: string, props: NamedFileServerProps) {
    super(scope, id);
    const { projectId, region, zone, name } = props;
    const reserved = new DataGoogleComputeAddresses(this, "address", {
      project: projectId,
      region,
      filter: `name = "${name}"`,
    });
    // Written out: CDKTF resolves `fqn` only once in an expression.
    const found = `data.${reserved.terraformResourceType}.${reserved.friendlyUniqueId}`;
    const addresses = `[for a in ${found}.addresses : a.address if a.name == "${name}" && a.address_type == "INTERNAL"]`;
    const vm = new DataGoogleComputeInstance(this, "vm", {
      project: projectId,
      zone,
      name,
      lifecycle: {
        postcondition: postconditions(fileServerRequirements(props)),
      },
    });
    vm.addOverride("count", `\${length(${addresses}) == 0 ? 1 : 0}`);
    this.ip = `\${try(${addresses}[0], data.${vm.terraformResourceType}.${vm.friendlyUniqueId}[0].network_interface[0].network_ip)}`;
  }
}
