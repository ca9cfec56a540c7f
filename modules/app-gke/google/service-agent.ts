import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";

export interface ServiceAgentProps {
  readonly projectNumber: string;
  /** `secretmanager`: first label of the API's host name. */
  readonly service: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The account that a Google service acts as in this project. Google makes it at its first use, which here would be too
 * late: a policy may only name it once it exists. Only the beta provider has a resource for that, so Terraform sends the
 * one request itself. Where `curl` is missing or the request fails, the apply goes on: in most projects the account is
 * there already, and where it is not, the policy's own error says so.
 */
export class ServiceAgent extends Construct {
  /** `serviceAccount:service-<project number>@gcp-sa-<service>.iam.gserviceaccount.com`. */
  readonly member: string;

  constructor(scope: Construct, id: string, props: ServiceAgentProps) {
    super(scope, id);
    const request = new DataResource(this, "request", {
      input: { email: `service-${props.projectNumber}@gcp-sa-${props.service}.iam.gserviceaccount.com` },
      dependsOn: [...props.dependsOn],
      provisioners: [
        {
          type: "local-exec",
          // The token goes in on standard input: a command line can be read by every user of the machine.
          command:
            'printf \'header = "Authorization: Bearer %s"\\n\' "$TOKEN" | curl --silent --show-error --fail ' +
            "--max-time 60 --retry 2 --config - --request POST --data '' " +
            `"https://serviceusage.googleapis.com/v1beta1/projects/$PROJECT/services/${props.service}.googleapis.com:generateServiceIdentity"`,
          environment: { TOKEN: accessToken(this), PROJECT: props.projectNumber },
        },
      ],
    });
    // CDKTF's classes do not know `on_failure`.
    request.addOverride("provisioner.0.local-exec.on_failure", "continue");
    this.member = `serviceAccount:\${${request.terraformResourceType}.${request.friendlyUniqueId}.output.email}`;
  }
}
