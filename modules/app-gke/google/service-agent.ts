import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";
import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";
import { quotaProject } from "../terraform/providers";

export interface ServiceAgentProps {
  /** Id or number. */
  readonly project: string;
  /** Terraform expression of the project's number. @default - nobody asks for the account's name */
  readonly projectNumber?: string;
  /** `secretmanager`: first label of the API's host name. */
  readonly service: string;
  /** The API among them. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The account that a Google service acts as in this project. Google makes it at its first use, which here would be too
 * late: a policy may only name it once it exists, and what a service does on behalf of a resource fails without it. Only
 * the beta provider has a resource for that, so a script sends the one request and waits for what comes of it. Where
 * `curl` is missing or the request fails, the apply goes on: in most projects the account is there already, and where it
 * is not, the error of what needs it says so.
 */
export class ServiceAgent extends Construct {
  /** There once it exists. */
  readonly resource: DataResource;
  private readonly output: string;

  constructor(scope: Construct, id: string, props: ServiceAgentProps) {
    super(scope, id);
    const email = `service-${props.projectNumber ?? ""}@gcp-sa-${props.service}.iam.gserviceaccount.com`;
    this.resource = new DataResource(this, "request", {
      input: props.projectNumber === undefined ? { service: props.service } : { email },
      dependsOn: [...props.dependsOn],
      provisioners: [
        {
          type: "local-exec",
          // The stack's folder holds no file but `cdk.tf.json`.
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
    // CDKTF's classes do not know `on_failure`.
    this.resource.addOverride("provisioner.0.local-exec.on_failure", "continue");
    this.output = `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}.output`;
  }

  /** `serviceAccount:service-<project number>@gcp-sa-<service>.iam.gserviceaccount.com`, once it exists. */
  get member(): string {
    return `serviceAccount:\${${this.output}.email}`;
  }
}
