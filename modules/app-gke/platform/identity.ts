import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { type Installation, limitName } from "../installation";
import { accountTitle } from "./account-title";

export interface IdentityProps {
  readonly installation: Installation;
  readonly displayName: string;
  /** Kubernetes namespace and service account that act as this identity. */
  readonly namespace: string;
  readonly kubernetesServiceAccount: string;
  readonly workloadPool: string;
  /** Cloud SQL instance that the Auth Proxy connects to. @default - none */
  readonly sqlInstance?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The installation's Google service account, bound to its Kubernetes service account by Workload Identity: no key file.
 */
export class Identity extends Construct {
  readonly email: string;
  /** `serviceAccount:<email>`. */
  readonly member: string;

  constructor(scope: Construct, id: string, props: IdentityProps) {
    super(scope, id);
    const { installation } = props;
    const account = new ServiceAccount(this, "service-account", {
      project: installation.projectId,
      accountId: limitName(installation.resourcePrefix, 30),
      displayName: accountTitle(props.displayName),
      dependsOn: [...props.dependsOn],
    });
    this.email = account.email;
    this.member = `serviceAccount:${account.email}`;

    new ServiceAccountIamMember(this, "workload-identity", {
      serviceAccountId: account.name,
      role: "roles/iam.workloadIdentityUser",
      member: `serviceAccount:${props.workloadPool}[${props.namespace}/${props.kubernetesServiceAccount}]`,
    });

    if (props.sqlInstance) {
      // Cloud SQL instances have no policies of their own; a condition restricts the project's role to this instance.
      new ProjectIamMember(this, "cloud-sql-client", {
        project: installation.projectId,
        role: "roles/cloudsql.client",
        member: this.member,
        condition: {
          title: `${installation.resourcePrefix} database`,
          description: "The Auth Proxy of this deployment, this instance only",
          expression:
            `resource.type == "sqladmin.googleapis.com/Instance" && ` +
            `resource.name == "projects/${installation.projectId}/instances/${props.sqlInstance}"`,
        },
      });
    }
  }
}
