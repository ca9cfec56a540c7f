import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { SecretManagerSecretVersion } from "@cdktf/provider-google/lib/secret-manager-secret-version";
import type { DatabaseDefinition } from "../application-config";
import { SecretValue } from "../google/generated-secret";
import { secretReplication, versionDestroyTtl } from "../google/secret-replication";
import type { Installation } from "../installation";
import { bare } from "../terraform/expression";

export interface LoginSecretProps {
  readonly installation: Installation;
  readonly definition: DatabaseDefinition & Required<Pick<DatabaseDefinition, "rotation">>;
  /** Ephemeral expression of the password that all start with. */
  readonly password: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The login that counts, as JSON. Terraform only writes the first version. A job in the cluster adds the later ones, and Terraform
 * reads the newest one wherever it needs the login.
 */
export class LoginSecret extends Construct {
  /** Name in Secret Manager. */
  readonly secretId: string;
  /** Ephemeral expression. */
  readonly user: string;
  /** Ephemeral expression. */
  readonly password: string;

  constructor(scope: Construct, id: string, props: LoginSecretProps) {
    super(scope, id);
    const { definition, installation } = props;
    const { replication, ignoreChanges } = secretReplication(installation);
    const secret = new SecretManagerSecret(this, "secret", {
      project: installation.projectId,
      secretId: `${installation.resourcePrefix}-${definition.rotation.loginSecret}`,
      replication,
      versionDestroyTtl: versionDestroyTtl(installation),
      dependsOn: [...props.dependsOn],
      lifecycle: { ignoreChanges: [...ignoreChanges] },
    });
    const password = bare(props.password);
    const first = new SecretManagerSecretVersion(this, "version", {
      secret: secret.id,
      secretDataWo: `\${jsonencode({ user = "${definition.user}", password = ${password}, rotator = ${password} })}`,
      secretDataWoVersion: 1,
      deletionPolicy: "DISABLE",
      // The job disables it once its login is closed.
      lifecycle: { ignoreChanges: ["enabled"] },
    });
    const newest = new SecretValue(this, "newest", {
      projectId: installation.projectId,
      // Taken from the first version's name, which is unknown until that exists: a plan would read a known name at once, and fail.
      secretId: `\${regex("^(.+)/versions/", ${first.terraformResourceType}.${first.friendlyUniqueId}.name)[0]}`,
      version: "latest",
    });
    this.secretId = secret.secretId;
    this.user = `\${jsondecode(${bare(newest.value)}).user}`;
    this.password = `\${jsondecode(${bare(newest.value)}).password}`;
  }
}
