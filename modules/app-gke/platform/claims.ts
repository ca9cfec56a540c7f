import { type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { DataGoogleProjectService } from "@cdktf/provider-google/lib/data-google-project-service";
import { DataGoogleSecretManagerSecrets } from "@cdktf/provider-google/lib/data-google-secret-manager-secrets";
import { DataGoogleSqlDatabases } from "@cdktf/provider-google/lib/data-google-sql-databases";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import type { Installation } from "../installation";
import { isOn } from "../google/api-state";
import type { EnableApis } from "../google/google-apis";
import { freeSqlUsers } from "../google/free-sql-users";
import { secretReplication } from "../google/secret-replication";
import type { SharedServices } from "../google/shared-services";
import type { PlanCheck } from "../terraform/check-block";
import type { Lookup } from "./lookup";

/** Something of a shared service that an application takes for itself. */
export interface Claim {
  /** Two environments that take the same thing have the same key. Letters and digits, at most 63. */
  readonly key: string;
  /** For people: `database dify_db of Cloud SQL instance shared-sql`. */
  readonly what: string;
  /** The database that is created under this claim. @default - none */
  readonly database?: Claimed;
  /** The database user that is created under it. @default - none */
  readonly user?: Claimed & {
    /** Whether an apply may have made it before it was noted. @default false */
    readonly later?: boolean;
  };
}

export interface Claimed {
  readonly name: string;
  /** A secret of the application, which exists before an apply creates this: it shows whose this is. */
  readonly passwordSecret: string;
}

/** Claims that have the same consequence. */
export interface ClaimGroup {
  readonly claims: readonly Claim[];
  /** Sentences: what would follow if another application had one of them, and what to do. */
  readonly advice: string;
}

/** What an application takes of the shared services. */
export interface ClaimSettings {
  readonly groups: readonly ClaimGroup[];
  /** Databases that exist become this application's own. @default false */
  readonly takeOverDatabases?: boolean;
  /** What it uses of others, who look for these notes before they delete it. @default [] */
  readonly uses?: readonly Pick<Claim, "key" | "what">[];
}

export interface ClaimsProps extends Partial<ClaimSettings> {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly lookup: Pick<Lookup, "sql">;
  readonly enabled: EnableApis;
}

/** What the secret's name ends with. */
const SUFFIX = "-claims";

/**
 * Keeps deployments apart that share a service without sharing a directory of variable files. Each notes what it takes
 * as annotations of a secret that never has a value, before it takes it; a plan reads those of the others. Nothing else
 * shows whose a database is: Cloud SQL's have no labels, its users cannot be listed by Terraform, and the provider gives
 * an existing user another password without a warning (its create is `users.insert`, which replaces:
 * https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/sql/resource_sql_user.go).
 */
export class Claims extends Construct {
  readonly checks: readonly PlanCheck[];
  /** What has to be checked before claims are noted, and before anything is made under a claimed name. */
  readonly looked: readonly ITerraformDependable[];
  /** What is claimed may be created once this exists. */
  readonly resource?: ITerraformDependable;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ClaimsProps,
  ) {
    super(scope, id);
    const { groups = [], uses = [] } = props;
    const claims = groups.flatMap((group) => group.claims);
    this.looked = this.lookForUsers(claims);
    if (claims.length + uses.length === 0) {
      this.checks = [];
      return;
    }
    const { installation, services, enabled } = props;
    const sqlInstance = services.sql?.name;
    const { replication, ignoreChanges } = secretReplication(installation);
    this.resource = new SecretManagerSecret(this, "secret", {
      project: installation.projectId,
      secretId: this.secretId,
      replication,
      lifecycle: { ignoreChanges: [...ignoreChanges] },
      annotations: Object.fromEntries([...claims, ...uses].map(({ key, what }) => [key, what])),
      dependsOn: [...enabled("secretmanager.googleapis.com"), ...this.looked],
    });
    if (claims.length === 0) {
      this.checks = [];
      return;
    }
    const found = this.secrets(claims);
    const databases = claims.filter((claim) => claim.database !== undefined);
    this.checks = [
      ...groups.map((group, index) => this.notOthers(group, found, index)),
      ...(sqlInstance !== undefined && databases.length > 0 && !props.takeOverDatabases
        ? [this.notThere(databases, found, sqlInstance)]
        : []),
    ];
  }

  private get secretId(): string {
    return `${this.props.installation.resourcePrefix}${SUFFIX}`;
  }

  /** @returns an expression of the secrets that say whose something is: all claims, and our own earlier secrets */
  private secrets(claims: readonly Claim[]): string {
    const { projectId: project } = this.props.installation;
    // Read at every plan, also at the first one: it must not wait for the API. Where that is off, there are no claims.
    const api = new DataGoogleProjectService(this, "api", { project, service: "secretmanager.googleapis.com" });
    const earlier = new Set(claims.flatMap(({ database }) => database?.passwordSecret ?? []));
    const list = new DataGoogleSecretManagerSecrets(this, "known", {
      project,
      filter: [SUFFIX.slice(1), ...earlier].map((name) => `name:${name}`).join(" OR "),
    });
    list.addOverride("count", `\${${isOn(api)} ? 1 : 0}`);
    const all = `flatten(data.${list.terraformResourceType}.${list.friendlyUniqueId}[*].secrets)`;
    const claimed = `[for k in try(keys(s.annotations), []) : { key = k, what = s.annotations[k] }]`;
    const by = `{ id = s.secret_id, environment = try(s.labels.environment, "unknown"), claims = ${claimed} }`;
    const local = new TerraformLocal(this, "secrets", `\${[for s in ${all} : ${by}]}`);
    return `local.${local.friendlyUniqueId}`;
  }

  /** Only in an existing instance: one that is made here has no users of others. */
  private lookForUsers(claims: readonly Claim[]): ITerraformDependable[] {
    const { enabled, installation, services, takeOverDatabases = false } = this.props;
    const { sql } = services;
    const users = claims.flatMap(({ key, user }) => (user ? [{ ...user, claim: key }] : []));
    if (!sql || sql.create || takeOverDatabases || users.length === 0) return [];
    const instance = sql.name;
    return [freeSqlUsers(this, { installation, instance, users, claimsSecret: this.secretId, enabled })];
  }

  private notOthers({ claims, advice }: ClaimGroup, found: string, index: number): PlanCheck {
    const { projectId } = this.props.installation;
    const keys = JSON.stringify(claims.map(({ key }) => key));
    const both = `sort([for c in s.claims : c.what if contains(${keys}, c.key)])`;
    const theirs = new TerraformLocal(
      this,
      `theirs-${index}`,
      `\${[for o in [for s in ${found} : { id = s.id, environment = s.environment, both = ${both} } ` +
        `if endswith(s.id, "${SUFFIX}") && s.id != "${this.secretId}"] : o if length(o.both) > 0]}`,
    );
    const of = `local.${theirs.friendlyUniqueId}`;
    const sentence = `format("Environment %s, which noted it in secret %s, has %s", o.environment, o.id, join(", ", o.both))`;
    const command = `format("gcloud secrets delete %s --project=${projectId}", o.id)`;
    return {
      condition: `length(${of}) == 0`,
      message:
        `\${join(". ", [for o in ${of} : ${sentence}])}: ${advice} If nothing is left of that environment, delete what it ` +
        `noted: \${join("; ", [for o in ${of} : ${command}])}`,
    };
  }

  /** A database that exists is ours if we have claimed it, or if an apply before there were claims has created it. */
  private notThere(databases: readonly Claim[], found: string, instance: string): PlanCheck {
    const { installation, lookup } = this.props;
    const { projectId: project } = installation;
    // Read from the instance that was found: if there is none, the message about the instance is the one to see.
    const existing = new DataGoogleSqlDatabases(this, "databases", { project, instance: lookup.sql?.name ?? instance });
    const names = `try(data.${existing.terraformResourceType}.${existing.friendlyUniqueId}.databases[*].name, [])`;
    const mine = `[for s in ${found} : s.claims[*].key if s.id == "${this.secretId}"]`;
    const wanted = `[${databases
      .map(
        ({ key, database }) => `{ name = "${database?.name}", key = "${key}", since = "${database?.passwordSecret}" }`,
      )
      .join(", ")}]`;
    const ours = `length(${mine}) > 0 ? contains(flatten(${mine}), d.key) : contains(${found}[*].id, d.since)`;
    const others = new TerraformLocal(
      this,
      "others",
      `\${[for d in ${wanted} : d.name if contains(${names}, d.name) && !(${ours})]}`,
    );
    const of = `local.${others.friendlyUniqueId}`;
    return {
      condition: `length(${of}) == 0`,
      message:
        `Cloud SQL instance ${instance} has \${join(" and ", ${of})} already, which no apply of this environment has made: ` +
        `this one would give their user another password, cut off who uses it, and then stop because they exist. Set ` +
        `db_name and db_user to names that are free. If they are this environment's own, have them imported ` +
        `(docs/existing-services.md#databases-that-exist) and set take_over_databases = true for that apply.`,
    };
  }
}
