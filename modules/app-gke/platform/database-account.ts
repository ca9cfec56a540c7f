import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { SqlUser } from "@cdktf/provider-google/lib/sql-user";
import { ADMINISTRATORS } from "../google/sql-roles";
import { type Installation, limitName } from "../installation";
import { plain } from "../terraform/literal";
import { accountTitle } from "./account-title";

/** The longest id of a service account. */
const ACCOUNT_LIMIT = 30;
/** The longest name of a role: https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
const ROLE_LIMIT = 63;

/**
 * @returns the service account that logs in to the database. PostgreSQL's role has the address without its last part
 * (https://cloud.google.com/sql/docs/postgres/iam-authentication): a long id of the project leaves less room for the account's.
 */
export function databaseAccountOf({ projectId, resourcePrefix }: Pick<Installation, "projectId" | "resourcePrefix">) {
  const end = `@${plain(projectId)}.iam`;
  const accountId = `${limitName(resourcePrefix, Math.min(ACCOUNT_LIMIT, ROLE_LIMIT - end.length) - 3)}-db`;
  return { accountId, user: `${accountId}${end}`, email: `${accountId}${end}.gserviceaccount.com` };
}

export interface DatabaseAccountProps {
  readonly installation: Installation;
  readonly displayName: string;
  readonly instance: string;
  /** Who acts as it, as policies name them, by a word for Terraform addresses. */
  readonly members: Readonly<Record<string, string>>;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * A service account that may log in to the database and do nothing else: Auth Proxies act as it, whatever else their pods may do. The
 * role that Cloud SQL makes for it has its rights on the instance until `db-init` has made it a member of the owner.
 */
export class DatabaseAccount extends Construct {
  readonly user: SqlUser;

  constructor(scope: Construct, id: string, props: DatabaseAccountProps) {
    super(scope, id);
    const { installation, instance } = props;
    const { projectId: project, resourcePrefix } = installation;
    const { accountId, user } = databaseAccountOf(installation);
    const account = new ServiceAccount(this, "service-account", {
      project,
      accountId,
      displayName: accountTitle(props.displayName, ": database"),
      dependsOn: [...props.dependsOn],
    });
    for (const role of ["client", "instanceUser"]) {
      // https://cloud.google.com/sql/docs/postgres/iam-conditions
      new ProjectIamMember(this, role === "client" ? "client" : "instance-user", {
        project,
        role: `roles/cloudsql.${role}`,
        member: `serviceAccount:${account.email}`,
        condition: {
          title: `${resourcePrefix} database login`,
          description: "Automatic IAM login of this deployment, this instance only",
          expression:
            `resource.type == "sqladmin.googleapis.com/Instance" && ` +
            `resource.name == "projects/${project}/instances/${instance}"`,
        },
      });
    }
    for (const [name, member] of Object.entries(props.members)) {
      new ServiceAccountIamMember(this, `as-${name}`, {
        serviceAccountId: account.name,
        role: "roles/iam.serviceAccountTokenCreator",
        member,
      });
    }
    this.user = new SqlUser(this, "user", {
      project,
      instance,
      // Text that synth knows, because manifests of releases contain it.
      name: user,
      type: "CLOUD_IAM_SERVICE_ACCOUNT",
      dependsOn: [account, ...props.dependsOn],
    });
    // CDKTF's class does not have the argument yet. The provider does not read back what the database says later.
    this.user.addOverride("database_roles", [ADMINISTRATORS]);
  }
}
