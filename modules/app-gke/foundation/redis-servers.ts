import { Construct } from "constructs";
import { type ITerraformDependable, TerraformLocal } from "cdktf";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { type Installation, limitName } from "../installation";
import { GeneratedSecret, StoredSecret } from "../google/generated-secret";
import type { RedisServer } from "../google/shared-services";

export interface RedisServersProps {
  readonly installation: Installation;
  /** Name of the file server. */
  readonly fileServer: string;
  readonly servers: readonly RedisServer[];
  /**
   * After a change, the previous password is still accepted for `seconds`. `own` is the full name of the version with the password
   * of the file server's own Redis.
   * @default - it is refused at once, and the file server's own Redis keeps the password that the VM started with
   */
  readonly overlap?: { readonly seconds: number; readonly own: string };
  /** E-mail address of the VM's service account. */
  readonly account: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The Redis servers that the file server runs in addition to its own, with their passwords. The list is stored as the
 * value of a secret, although nothing in it is secret: the VM reads it again every minute
 * (`scripts/file-server/redis_servers.py`), while a change to its metadata would replace the VM, for everybody.
 */
export class RedisServers extends Construct {
  /** Secret with the list, `projects/<project>/secrets/<id>`. */
  readonly listId: string;
  /** What the VM needs to read list and passwords. */
  readonly ready: readonly ITerraformDependable[];
  /** Full names of the passwords' versions. */
  readonly versions: readonly string[];

  constructor(scope: Construct, id: string, props: RedisServersProps) {
    super(scope, id);
    const { installation } = props;
    const common = { projectId: installation.projectId, placement: installation, dependsOn: props.dependsOn };
    // The account may read these secrets and no others.
    const mayRead = (readerId: string, secretId: string) =>
      new SecretManagerSecretIamMember(this, readerId, {
        project: installation.projectId,
        secretId,
        role: "roles/secretmanager.secretAccessor",
        member: `serviceAccount:${props.account}`,
      });
    const readers: ITerraformDependable[] = [];
    const servers = props.servers.map(({ name, port, passwordSecret, passwordRevision, movedDatabases = [] }) => {
      const password = new GeneratedSecret(this, `${name}-password`, {
        ...common,
        secretId: passwordSecret,
        revision: passwordRevision,
        length: 32,
      });
      readers.push(mayRead(`${name}-password-reader`, password.secretId));
      return { name, port, password: password.versionName, databases: movedDatabases };
    });
    const list = new TerraformLocal(this, "servers", {
      servers,
      ...(props.overlap && { overlap: props.overlap.seconds, own: props.overlap.own }),
    });
    const text = `jsonencode(local.${list.friendlyUniqueId})`;
    const stored = new StoredSecret(this, "list", {
      ...common,
      secretId: limitName(`${props.fileServer}-redis-servers`, 255),
      value: `\${${text}}`,
    });
    // A changed list is a new version; so is a new password, because the list has the name of its version.
    stored.versionResource.addOverride("secret_data_wo_version", `\${parseint(substr(sha256(${text}), 0, 8), 16)}`);
    this.versions = servers.map(({ password }) => password);
    this.listId = stored.secretId;
    this.ready = [...readers, mayRead("list-reader", stored.secretId), stored.versionResource];
  }
}
