import { DataResource, type ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { Installation } from "../installation";
import { accessToken } from "../terraform/ephemeral";
import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";
import { quotaProject } from "../terraform/providers";
import type { EnableApis } from "./google-apis";

export interface FreeSqlUsersProps {
  readonly installation: Installation;
  /** Name of an instance that exists. */
  readonly instance: string;
  readonly users: readonly {
    readonly name: string;
    /** Annotation of the claims' secret once it is this installation's own. */
    readonly claim: string;
    /** Secret that shows that the user is this installation's own, made by an apply before there were claims. */
    readonly passwordSecret: string;
    /** Whether the secret says so for good: other claims may have been noted without this one. @default false */
    readonly later?: boolean;
  }[];
  readonly claimsSecret: string;
  readonly enabled: EnableApis;
}

/**
 * Checks, before anything is noted or made on an instance of others, that it has no users of these names. A plan cannot, because no
 * data source lists users (google 7.45), and the provider's resource would give an existing user another password.
 */
export function freeSqlUsers(scope: Construct, props: FreeSqlUsersProps): ITerraformDependable {
  const { installation, instance, users, claimsSecret, enabled } = props;
  const { projectId: project } = installation;
  const dependsOn = enabled("sqladmin.googleapis.com", "secretmanager.googleapis.com");
  const names = users.map(({ name }) => name);
  return new DataResource(scope, "free-sql-users", {
    triggersReplace: { project, instance, users: names },
    dependsOn,
    provisioners: [
      {
        type: "local-exec",
        // The stack's folder has no file but `cdk.tf.json`.
        command: 'eval "$SQL_USERS_FREE_SCRIPT"',
        environment: {
          SQL_USERS_FREE_SCRIPT: literal(projectFile("scripts/google/sql-users-free.sh")),
          PROJECT: project,
          INSTANCE: instance,
          USERS: users
            .map(({ name, claim, passwordSecret, later }) =>
              [name, claim, passwordSecret, ...(later ? ["later"] : [])].join(":"),
            )
            .join(" "),
          CLAIMS: claimsSecret,
          TOKEN: accessToken(scope, dependsOn),
          QUOTA_PROJECT: quotaProject(scope) ?? "",
        },
      },
    ],
  });
}
