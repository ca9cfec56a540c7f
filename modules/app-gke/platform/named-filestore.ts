import { Construct } from "constructs";
import { DataGoogleFilestoreInstance } from "@cdktf/provider-google/lib/data-google-filestore-instance";
import { filestoreRequirements } from "../google/filestore-requirements";
import { postconditions } from "../google/requirement";

export interface NamedFilestoreProps {
  readonly projectId: string;
  readonly region: string;
  /** Its zone, or its region if it is regional. */
  readonly location: string;
  readonly name: string;
  /** Name of the network that the nodes are in, which mount it. */
  readonly networkName: string;
  /** Project of that network. */
  readonly networkProject: string;
}

/** A Filestore instance that is named. It has one share. */
export class NamedFilestore extends Construct {
  /** Terraform expression. */
  readonly ip: string;
  /** `/<share>`, as a Terraform expression. */
  readonly sharePath: string;

  constructor(scope: Construct, id: string, props: NamedFilestoreProps) {
    super(scope, id);
    const found = new DataGoogleFilestoreInstance(this, "instance", {
      project: props.projectId,
      location: props.location,
      name: props.name,
      lifecycle: { postcondition: postconditions(filestoreRequirements(props)) },
    });
    // Written out: CDKTF has no type for a list in a list.
    const address = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
    this.ip = `\${${address}.networks[0].ip_addresses[0]}`;
    this.sharePath = `/\${${address}.file_shares[0].name}`;
  }
}
