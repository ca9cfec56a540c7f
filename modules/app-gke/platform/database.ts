import { Construct } from "constructs";
import { type ITerraformDependable, TerraformStack } from "cdktf";
import { SqlDatabase } from "@cdktf/provider-google/lib/sql-database";
import { SqlUser } from "@cdktf/provider-google/lib/sql-user";
import type { DatabaseDefinition } from "../application-config";
import { memberOfRoles } from "../google/sql-roles";
import type { Installation } from "../installation";
import { EphemeralResource } from "../terraform/ephemeral";
import { forgetAddresses } from "../terraform/removed";
import { idOf, named } from "../terraform/stack";

export interface DatabaseProps {
  readonly installation: Installation;
  readonly definition: DatabaseDefinition;
  readonly instance: string;
  /** Version of the instance: `POSTGRES_15`. */
  readonly databaseVersion: string;
  /** Password of the application's user, unless others make that user. @default - a random one that nobody knows */
  readonly password?: {
    /** Ephemeral expression. */
    readonly value: string;
    /** Number of its version in Secret Manager. */
    readonly version: string;
  };
  /** Password, and number of its version, of the user of `DatabaseDefinition.rehearsal`. @default - there is none */
  readonly rehearsal?: { readonly password: string; readonly passwordVersion: string };
  /** The user of a service account, which acts as the application's. @default - it has none */
  readonly accountUser?: SqlUser;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The application's databases and their user on the shared Cloud SQL instance. */
export class Database extends Construct {
  readonly name: string;
  readonly user: string;
  /** Who owns everything. */
  readonly owner: SqlUser | string;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { installation, definition, accountUser } = props;
    const password = definition.userOfOthers
      ? undefined
      : (props.password ?? { value: this.thrownAway(), version: THROWN_AWAY });
    const user = password && this.ownUser(props, password);
    // An earlier apply may have made the user that belongs to others from now on. It owns the tables, so it must not be deleted.
    const stack = TerraformStack.of(this);
    if (!user) forgetAddresses(stack, [`google_sql_user.${stack.getLogicalId(this.node)}_user`]);
    const own = user ? user.name : definition.user;
    this.user = accountUser && definition.iam?.used ? accountUser.name : own;
    this.owner = user ?? definition.user;
    if (accountUser) memberOfRoles(accountUser, props.databaseVersion, [this.owner]);
    const others = definition.rotation && password ? this.ofRotation(definition.rotation, password.value, props) : [];

    const databases = [definition.name, ...(definition.additionalDatabases ?? [])].map(
      (name) =>
        new SqlDatabase(named(this, "databases"), idOf(name), {
          project: installation.projectId,
          instance: props.instance,
          name,
          charset: definition.version.startsWith("POSTGRES") ? "UTF8" : "utf8mb4",
          // Created after the user and destroyed before it: PostgreSQL does not drop a role that owns tables.
          dependsOn: [...(user ? [user] : props.dependsOn), ...others, ...(accountUser ? [accountUser] : [])],
          lifecycle: { preventDestroy: installation.deletionProtection },
        }),
    );
    this.name = (databases[0] as SqlDatabase).name;
    this.createRehearsal(props);
  }

  /** They hold nothing between two tests, so they may be replaced by any change. */
  private createRehearsal({ definition, dependsOn, installation, instance, rehearsal }: DatabaseProps): void {
    if (!definition.rehearsal || !rehearsal) return;
    const user = new SqlUser(named(this, "rehearsal"), "rehearsal-user", {
      project: installation.projectId,
      instance,
      name: definition.rehearsal.user,
      passwordWo: rehearsal.password,
      dependsOn: [...dependsOn],
    });
    user.addOverride("password_wo_version", rehearsal.passwordVersion);
    definition.rehearsal.databases.forEach((name, index) => {
      new SqlDatabase(named(this, "rehearsal"), `rehearsal-${index}`, {
        project: installation.projectId,
        instance,
        name,
        dependsOn: [user],
      });
    });
  }

  private ownUser(
    props: DatabaseProps,
    password: { readonly value: string; readonly version: string | number },
  ): SqlUser {
    const { definition, installation } = props;
    const user = new SqlUser(this, "user", {
      project: installation.projectId,
      instance: props.instance,
      name: definition.user,
      passwordWo: password.value,
      dependsOn: [...props.dependsOn],
    });
    // In CDKTF's class this is a string; the provider takes the number of the version.
    user.addOverride("password_wo_version", definition.rotation ? ROTATES : password.version);
    return user;
  }

  /** A job takes away the rights that Google gives every new user, and sets both passwords from then on. */
  private ofRotation(
    { secondUser, rotator }: NonNullable<DatabaseDefinition["rotation"]>,
    password: string,
    { databaseVersion, dependsOn, installation, instance }: DatabaseProps,
  ): SqlUser[] {
    const made = (name: string): SqlUser => {
      const user = new SqlUser(named(this, "rotation"), `rotation-${idOf(name)}`, {
        project: installation.projectId,
        instance,
        name,
        passwordWo: password,
        dependsOn: [...dependsOn],
      });
      user.addOverride("password_wo_version", ROTATES);
      return user;
    };
    const [second, changer] = [made(secondUser), made(rotator)];
    memberOfRoles(second, databaseVersion, [this.owner]);
    memberOfRoles(changer, databaseVersion, [this.owner, second]);
    return [second, changer];
  }

  /** Cloud SQL makes no user without a password. A random one also ends an earlier password. */
  private thrownAway(): string {
    const config = { length: 64, special: false };
    return new EphemeralResource(this, "thrown-away", { type: "random_password", config }).ref("result");
  }
}

/**
 * Stands for the number of a version where a job changes passwords: the number never changes, so Terraform does not set them
 * again. Once rotation is off, the real number follows, and with it the password in Secret Manager.
 */
const ROTATES = 1_000_000;

/** The same for a password that nobody knows. */
const THROWN_AWAY = 2_000_000;
