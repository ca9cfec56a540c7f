import type { ITerraformDependable, Precondition } from "cdktf";
import { Construct } from "constructs";
import { DataGoogleFilestoreInstance } from "@cdktf/provider-google/lib/data-google-filestore-instance";
import { filestoreRequirements } from "../google/filestore-requirements";
import { postconditions } from "../google/requirement";
import { listSecrets } from "../google/secret-list";
import type { FilestoreSettings } from "../google/shared-services";

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
  /** What the foundation makes. @default - it exists */
  readonly create?: FilestoreSettings;
  /** What has been read once the foundation is known to be there. */
  readonly after: ITerraformDependable;
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
      lifecycle: {
        precondition: props.create && [this.isMade(props, props.create)],
        postcondition: postconditions(filestoreRequirements(props)),
      },
    });
    // Written out: CDKTF has no type for a list in a list.
    const address = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
    this.ip = `\${${address}.networks[0].ip_addresses[0]}`;
    this.sharePath = `/\${${address}.file_shares[0].name}`;
  }

  /** One that is not there would end the plan with the provider's bare `not found`. */
  private isMade({ projectId, name, after }: NamedFilestoreProps, { madeSecret }: FilestoreSettings): Precondition {
    const secrets = listSecrets(this, "made", projectId, [madeSecret], [after]);
    return {
      condition: `\${contains(${secrets}[*].secret_id, "${madeSecret}")}`,
      errorMessage:
        `Filestore ${name} of project ${projectId} is not there yet: the application would have no shared files. The foundation ` +
        "stack makes it: apply that stack first.",
    };
  }
}
