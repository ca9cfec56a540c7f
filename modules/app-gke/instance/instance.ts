import type { ITerraformDependable } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { ApplicationConfig, DataRedis, RedisBinding } from "../application-config";
import type { Installation } from "../installation";
import type { EnableApis } from "../google/google-apis";
import type { SharedServices } from "../google/shared-services";
import { BucketAccess } from "../platform/bucket-access";
import { BackupBucket, BACKUPS } from "../platform/backup-bucket";
import { Buckets } from "../platform/buckets";
import type { Claims } from "../platform/claims";
import { DataBackupAccess } from "../platform/data-backup-access";
import { Database } from "../platform/database";
import { DatabaseAccount } from "../platform/database-account";
import { ComponentRoles } from "../platform/component-roles";
import { Identity } from "../platform/identity";
import { ownAccountsWithDatabase } from "../platform/mounted-buckets";
import { memberOf } from "../platform/pod-account";
import { LoginSecret } from "../platform/login-secret";
import { JobRights } from "../platform/job-rights";
import type { Lookup } from "../platform/lookup";
import { SecretAccess } from "../platform/secret-access";
import { Secrets } from "../platform/secrets";
import { resourcesOf } from "../terraform/dependencies";
import type { DataOperatorFound, Deliverer, Exposure, ResolvedWorkload } from "../workload/settings";
import { redisOfCluster } from "../workload/data-names";
import type { BuiltImage } from "../workload/image";
import { ownAccountName, STORE_ACCOUNT } from "../workload/names";
import { Workload } from "../workload/workload";

/** Where an application's Redis is. */
export interface RedisAddress {
  /** @see https://cloud.google.com/memorystore/docs/redis/general-best-practices @default - the file server, or Memorystore */
  readonly host?: string;
  /** `6379`. */
  readonly port: string;
  /** Whether it is Memorystore that the foundation makes. @default false */
  readonly memorystore?: boolean;
}

/** What all instances of an environment have in common. */
export interface CommonInstanceProps {
  readonly services: SharedServices;
  readonly lookup: Lookup;
  /** Where Redis is: its own host, or another port of the file server. @default - the file server, port 6379 */
  readonly redis?: RedisAddress;
  /** The Redis that its queue is moved away from. @default - it stays where it is */
  readonly earlierRedis?: RedisAddress | DataRedis;
  /** Interval between Secret Manager's rotation reminders: `2592000s`. */
  readonly secretRotationPeriod: string;
  readonly enabled: EnableApis;
  /** Uses the newest version of each secret, even if others added it. @default false - the version that Terraform wrote */
  readonly newestSecrets?: boolean;
  /** The operator that fills Secrets. @default - Terraform writes them */
  readonly secretsOperator?: { readonly ready: readonly ITerraformDependable[] };
  /** The operator of the application's data clusters. @default - it has none */
  readonly dataOperator?: DataOperatorFound;
  /** How pods run. @default - nothing runs in the cluster */
  readonly workload?: ResolvedWorkload;
  /** What exists before the pods, in addition to their permissions. */
  readonly before: readonly IConstruct[];
  /** What there is once pods can have a service mesh's proxy. @default - they have none */
  readonly meshReady?: readonly ITerraformDependable[];
  /** What the environment and its stages take of shared services: noted before it is created. */
  readonly claims: Claims;
}

export interface InstanceProps extends CommonInstanceProps {
  readonly installation: Installation;
  readonly application: ApplicationConfig;
  /** Kubernetes namespace. */
  readonly namespace: string;
  readonly exposure: Exposure;
  /** Pull-through mirror of Docker Hub. @default - images are pulled from Docker Hub itself */
  readonly mirror?: string;
  /** An image that runs instead of the application's own. @default - these run */
  readonly built?: BuiltImage;
  /** @default - Terraform alone brings versions */
  readonly deliverer?: Deliverer;
}

/**
 * An application with its own data: databases and a user on the shared instance, buckets, secrets, an identity, a
 * namespace and a directory on the share. An environment is one, and each stage of its pipeline another.
 *
 * Its parts are created in `scope`, because their Terraform addresses are older than this class.
 */
export class Instance {
  readonly identity: Identity;
  readonly buckets: Buckets;
  readonly secrets: Secrets;
  readonly database?: Database;
  /** Who logs in to the database without a password. */
  private readonly account?: DatabaseAccount;
  /** The database's login, where it changes. */
  private readonly login?: LoginSecret;
  /** What holds its data. A change of the variables that name it would replace it, and lose the data. */
  readonly irreplaceable: readonly ITerraformDependable[];
  /** Everything in the cluster. `undefined` if nothing runs there. */
  readonly workload?: Workload;

  constructor(
    scope: Construct,
    private readonly props: InstanceProps,
  ) {
    const { application, claims, installation, enabled, lookup, namespace, services } = props;
    const passwordSecret = application.database?.passwordSecret;
    this.identity = new Identity(scope, "identity", {
      installation,
      displayName: application.displayName,
      namespace,
      kubernetesServiceAccount: application.name,
      workloadPool: lookup.cluster.workloadPool,
      // With an account for the database, this identity has nothing to do there.
      sqlInstance: passwordSecret === undefined ? undefined : services.sql?.name,
      // Pods wait for their identity, and get their tokens from the last of these APIs.
      dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com", "iamcredentials.googleapis.com"),
    });
    this.buckets = new Buckets(scope, "buckets", {
      installation,
      definitions: application.buckets ?? [],
      member: this.identity.member,
      dependsOn: enabled("storage.googleapis.com"),
    });
    this.secrets = new Secrets(scope, "secrets", {
      installation,
      projectNumber: lookup.projectNumber,
      definitions: application.secrets ?? [],
      rotationPeriod: props.secretRotationPeriod,
      newest: props.newestSecrets,
      readElsewhere: props.workload?.externalSecrets !== undefined,
      dependsOn: enabled("secretmanager.googleapis.com", "pubsub.googleapis.com"),
      // The password's secret proves that the database user is this installation's own, so it is made only after the check that
      // nobody else has a user of that name.
      later: passwordSecret === undefined ? undefined : { name: passwordSecret, after: claims.looked },
    });
    this.login = this.createLogin(scope);
    this.account = this.createAccount(scope);
    this.database = this.createDatabase(scope);
    const backups =
      application.backups &&
      new BackupBucket(scope, "backups", {
        installation,
        definition: application.backups,
        dependsOn: enabled("storage.googleapis.com"),
      });
    const data = resourcesOf(this.buckets, ...(this.database ? [this.database] : []));
    this.irreplaceable = data.length > 0 ? data : resourcesOf(this.identity, this.secrets);
    this.workload = props.workload && this.createWorkload(scope, props.workload, backups?.name);
  }

  /** What runs in the cluster, after the rights of its service accounts. @param backups the bucket of backups */
  private createWorkload(scope: Construct, settings: ResolvedWorkload, backups: string | undefined): Workload {
    const { application, before, deliverer, enabled, exposure, installation, lookup, namespace, services } = this.props;
    const accounts = this.accounts();
    const roles = new ComponentRoles(scope, "component-roles", {
      ...accounts,
      dependsOn: enabled("cloudresourcemanager.googleapis.com"),
    });
    const rights = new JobRights(scope, "job-rights", {
      ...accounts,
      secrets: this.secrets,
      backupBucket: backups,
      sqlInstance: lookup.sql?.name,
      databaseVersion: this.databaseVersion,
      databaseOwner: this.database?.owner,
      loginSecretId: this.login?.secretId,
      dependsOn: enabled("storage.googleapis.com", ...(lookup.sql ? (["sqladmin.googleapis.com"] as const) : [])),
    });
    const access = new BucketAccess(scope, "bucket-access", {
      ...accounts,
      identity: this.identity.member,
      names: this.buckets.names,
      dependsOn: enabled("storage.googleapis.com"),
    });
    const dataBackups = this.createDataBackupAccess(scope, backups, accounts);
    const reader = this.createSecretAccess(scope, accounts);
    return new Workload(scope, "workload", {
      ...settings,
      installation,
      application,
      namespace,
      cluster: services.cluster,
      clusterAccess: lookup.cluster,
      exposure,
      googleServiceAccountEmail: this.identity.email,
      secrets: this.secrets,
      dataOperator: this.props.dataOperator,
      dataBackupsReady: dataBackups?.ready,
      secretsReadable: [...(this.props.secretsOperator?.ready ?? []), ...(reader ? resourcesOf(reader) : [])],
      buckets: backups === undefined ? this.buckets.names : { ...this.buckets.names, [BACKUPS]: backups },
      database: this.database && lookup.sql && { resource: this.database, instance: lookup.sql },
      ...this.redis(),
      fileServer: lookup.share,
      earlierFileServer: lookup.earlierShare,
      privatelyUsed: lookup.privatelyUsed,
      mirror: this.props.mirror,
      built: this.props.built,
      // Pods that start before their permissions exist would fail their first requests, or not start at all.
      permissions: [
        this.identity,
        ...(this.account ? [this.account] : []),
        this.buckets,
        roles,
        access,
        rights,
        ...before,
      ],
      meshReady: this.props.meshReady,
      jobInputs: rights.inputs,
      login: this.login,
      controlPlane: lookup.cluster.addressInside,
      deliverer,
    });
  }

  /** Where the service accounts of its components and jobs are, and what they are called. */
  private accounts() {
    const { application, installation, lookup, namespace } = this.props;
    return {
      installation,
      application,
      namespace,
      projectNumber: lookup.projectNumber,
      workloadPool: lookup.cluster.workloadPool,
      accountOf: (task: string) => ownAccountName(application.name, task),
    };
  }

  /** What the store of secrets that is made here may read. `undefined`: none is made. */
  private createSecretAccess(scope: Construct, accounts: Accounts): SecretAccess | undefined {
    const { application, enabled, workload } = this.props;
    if (!workload?.externalSecrets || workload.externalSecrets.clusterStore !== undefined) return undefined;
    return new SecretAccess(scope, "secret-access", {
      ...accounts,
      account: accounts.accountOf(STORE_ACCOUNT),
      definitions: application.secrets ?? [],
      secrets: this.secrets,
      loginSecretId: this.login?.secretId,
      dependsOn: enabled("secretmanager.googleapis.com"),
    });
  }

  /** What KubeBlocks may do in the bucket of backups. */
  private createDataBackupAccess(
    scope: Construct,
    bucket: string | undefined,
    accounts: Accounts,
  ): DataBackupAccess | undefined {
    const { application, workload } = this.props;
    const copied = (application.dataClusters ?? []).some(({ backupMethod }) => backupMethod !== undefined);
    if (!workload?.dataBackups || !copied || bucket === undefined) return undefined;
    return new DataBackupAccess(scope, "data-backup-access", {
      ...accounts,
      bucket,
      operatorNamespace: workload.kubeBlocksNamespace,
    });
  }

  private createLogin(scope: Construct): LoginSecret | undefined {
    const { application, enabled, installation, lookup } = this.props;
    const { passwordSecret, rotation } = application.database ?? {};
    if (!application.database || !rotation || passwordSecret === undefined || !lookup.sql) return undefined;
    return new LoginSecret(scope, "login", {
      installation,
      definition: { ...application.database, rotation },
      password: this.secrets.get(passwordSecret).value,
      dependsOn: enabled("secretmanager.googleapis.com"),
    });
  }

  private createAccount(scope: Construct): DatabaseAccount | undefined {
    const { application, claims, enabled, installation, lookup, namespace } = this.props;
    if (!application.database?.iam || !lookup.sql) return undefined;
    const own = ownAccountsWithDatabase(application).map((task): [string, string] => [
      task,
      memberOf({
        ...lookup.cluster,
        projectNumber: lookup.projectNumber,
        namespace,
        account: ownAccountName(application.name, task),
      }),
    ]);
    return new DatabaseAccount(scope, "database-account", {
      installation,
      displayName: application.displayName,
      instance: lookup.sql.name,
      members: {
        identity: this.identity.member,
        ...Object.fromEntries(own.map(([task, member]) => [`own-${task}`, member])),
      },
      dependsOn: [
        ...enabled("iam.googleapis.com", "iamcredentials.googleapis.com", "sqladmin.googleapis.com"),
        ...(claims.resource ? [claims.resource] : []),
      ],
    });
  }

  private createDatabase(scope: Construct): Database | undefined {
    const { application, claims, installation, lookup } = this.props;
    if (!application.database || !lookup.sql) return undefined;
    const { passwordSecret, rehearsal, userOfOthers } = application.database;
    const tried = rehearsal && this.secrets.get(rehearsal.passwordSecret);
    return new Database(scope, "database", {
      installation,
      definition: application.database,
      instance: lookup.sql.name,
      databaseVersion: this.databaseVersion,
      password: userOfOthers || passwordSecret === undefined ? undefined : this.secrets.get(passwordSecret),
      accountUser: this.account?.user,
      rehearsal: tried && { password: tried.value, passwordVersion: tried.version },
      dependsOn: claims.resource ? [claims.resource] : [],
    });
  }

  /** `POSTGRES_15` */
  private get databaseVersion(): string {
    return this.props.services.sql?.databaseVersion ?? "";
  }

  private redis(): { readonly redis?: RedisBinding; readonly earlierRedis?: RedisBinding } {
    const { application, earlierRedis, redis } = this.props;
    if (!application.redis) return {};
    return {
      redis: this.redisAt(typeof application.redis === "object" ? application.redis : redis),
      earlierRedis: earlierRedis && this.redisAt(earlierRedis),
    };
  }

  private redisAt(address: RedisAddress | DataRedis = { port: "6379" }): RedisBinding {
    const { application, installation } = this.props;
    if ("part" in address) return redisOfCluster(installation, application.dataClusters ?? [], address);
    const { host, port, memorystore = false } = address;
    if (!memorystore) return { host: host ?? this.fileServerIp, port };
    const made = this.props.lookup.memorystore;
    if (!made) throw new Error("The application has its Redis on Memorystore, and the services have none");
    return { host: made.host, port, ca: made.ca };
  }

  private get fileServerIp(): string {
    const ip = this.props.lookup.fileServerIp;
    if (!ip) throw new Error("The application uses shared files or Redis, and there is no file server");
    return ip;
  }
}

type Accounts = ReturnType<Instance["accounts"]>;
