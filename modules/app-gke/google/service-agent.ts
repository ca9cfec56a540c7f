import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";
import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";
import { quotaProject } from "../terraform/providers";

export interface ServiceAgentProps {
  /** Id or number. */
  readonly project: string;
  /** Terraform expression of the project's number. @default - the account's name is not needed */
  readonly projectNumber?: string;
  /** `secretmanager`: first label of the API's host name. */
  readonly service: string;
  /** First part of the account's domain. @default - `gcp-sa-<service>` @see https://cloud.google.com/iam/docs/service-agents */
  readonly account?: string;
  /** Includes the API. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The account with which a Google service acts in this project. Google creates it at first use, which is too late here:
 * a policy may only name it once it exists, and whatever the service does for a resource fails without it. Only the
 * beta provider has a resource for that, so a script sends the request and waits for the account. If `curl` is missing
 * or the request fails, the apply continues: in most projects the account exists already, and where it does not, the
 * error of whatever needs it says so.
 */
export class ServiceAgent extends Construct {
  /** Done once the account exists. */
  readonly resource: DataResource;
  private readonly output: string;

  constructor(scope: Construct, id: string, props: ServiceAgentProps) {
    super(scope, id);
    const { account = `gcp-sa-${props.service}` } = props;
    const email = `service-${props.projectNumber ?? ""}@${account}.iam.gserviceaccount.com`;
    this.resource = new DataResource(this, "request", {
      input: props.projectNumber === undefined ? { service: props.service } : { email },
      dependsOn: [...props.dependsOn],
      provisioners: [
        {
          type: "local-exec",
          // The stack's folder has no file but `cdk.tf.json`.
          command: 'eval "$SERVICE_AGENT_SCRIPT"',
          environment: {
            SERVICE_AGENT_SCRIPT: literal(projectFile("scripts/google/service-agent.sh")),
            SERVICE: props.service,
            PROJECT: props.project,
            TOKEN: accessToken(this, props.dependsOn),
            QUOTA_PROJECT: quotaProject(this) ?? "",
          },
        },
      ],
    });
    // CDKTF's classes have no `on_failure`.
    this.resource.addOverride("provisioner.0.local-exec.on_failure", "continue");
    this.output = `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}.output`;
  }

  /** `serviceAccount:service-<project number>@<account>.iam.gserviceaccount.com`, once it exists. */
  get member(): string {
    return `serviceAccount:\${${this.output}.email}`;
  }
}
