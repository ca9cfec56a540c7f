import type { Bindings } from "./bindings";
import type { Component, Job } from "./component";
import type { DataCluster, DataRedis } from "./data-cluster";
import type { GoogleApi } from "./google/google-api";

/**
 * Describes an application as plain data and typed functions: the contract between `dify-common` (or any other
 * application) and `app-gke`. Nothing here creates a resource.
 */
export * from "./bindings";
export type * from "./component";
export type * from "./data-account";
export type * from "./data-cluster";

/**
 * The format of a generated secret. It has letters and digits only, which mean the same in a URL, in a shell and in
 * every encoding.
 */
export interface SecretFormat {
  /** Characters, out of 62. */
  readonly length: number;
  /** Why this length: the rule that the reader applies. */
  readonly why: string;
  /** Where to read that rule. @see docs/security.md */
  readonly source: string;
  /**
   * Raise it when earlier values do not fit a changed format: environments that have one get a new value.
   * @see docs/security.md
   * @default 1
   */
  readonly edition?: number;
}

/** The place of a value that neither Terraform nor this project makes or sees. */
export interface StoredElsewhere {
  /** Name of the store. @see https://external-secrets.io/latest/api/clustersecretstore/ */
  readonly store: string;
  /** Whether it is one of the namespace, or of the cluster. @see https://external-secrets.io/latest/api/secretstore/ */
  readonly kind: "SecretStore" | "ClusterSecretStore";
  /** The secret's name there. @see https://external-secrets.io/latest/api/externalsecret/ */
  readonly key: string;
  /** Part of the secret. @see https://external-secrets.io/latest/api/externalsecret/ @default - all of it */
  readonly property?: string;
  /** How the value is encoded there. @see https://external-secrets.io/latest/guides/decoding-strategy/ @default None */
  readonly decoding?: "None" | "Auto" | "Base64" | "Base64URL";
}

/** A secret with one purpose. Its value is generated or passed in at apply time and never enters the state. */
export interface SecretDefinition {
  /**
   * Suffix of the name in Secret Manager, and key in the Kubernetes Secret: `secret-key`.
   * @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets
   */
  readonly name: string;
  readonly source:
    | {
        readonly type: "generated";
        readonly format: SecretFormat;
        /** Raise it to have a new value generated. @see docs/security.md @default 1 */
        readonly revision?: number;
      }
    | {
        /** A sensitive variable, given at apply as `TF_VAR_<variable>`; may be empty. */
        readonly type: "variable";
        readonly variable: string;
        /** Key in the variable, if it is a map. @default - the variable is a string */
        readonly key?: string;
        /** Raise it to announce a new value. @see docs/security.md @default 1 */
        readonly revision?: number;
      }
    | {
        /** A secret of this name that exists in Secret Manager; its newest version is used. */
        readonly type: "existing";
        /** @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets */
        readonly secretId: string;
        /**
         * Whether its server only takes a new version with an apply, as a server that is made here does: then pods wait for the apply, too.
         * @see docs/external-secrets.md
         * @default false - pods take it as soon as it is there, if they can without an apply
         */
        readonly withApply?: boolean;
      }
    | {
        /** In a store of the External Secrets Operator, whatever it is: only with `WorkloadSettings.externalSecrets`. */
        readonly type: "store";
        readonly at: StoredElsewhere;
      };
  /**
   * Whether it is only a part of composed secrets, and nothing else reads it: then it is in no Kubernetes Secret.
   * @see docs/security.md
   * @default false
   */
  readonly onlyComposed?: boolean;
  /**
   * For a generated secret: its value comes from this store instead. The generated value stays in Secret Manager, and
   * is used again without this.
   * @see docs/external-secrets.md
   * @default - the generated value is used
   */
  readonly takenFrom?: StoredElsewhere;
  /**
   * `false`: a new value would destroy data or sessions, so there is no rotation reminder.
   * @see https://cloud.google.com/secret-manager/docs/secret-rotation
   * @default true
   */
  readonly rotates?: boolean;
}

/** A value composed of secrets and bindings, for the Kubernetes Secret only: a Redis URL with its password. */
export interface ComposedSecret {
  /** Key in the Kubernetes Secret; components name it in `Component.secrets`. */
  readonly name: string;
  /** Names of the secrets that it is composed of. @see docs/security.md */
  readonly from: readonly string[];
  /** `secret` gives a Terraform expression of a secret named in `from`. */
  readonly value: (bindings: Bindings, secret: (name: string) => string) => string;
}

export interface DatabaseDefinition {
  /** `POSTGRES_15`. @see https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/SqlDatabaseVersion */
  readonly version: string;
  /**
   * Part of a data cluster that it is on: then there is no Cloud SQL, and a job of the application makes databases and users. The
   * part's first port is PostgreSQL's.
   * @see docs/kubeblocks.md
   * @default - it is on Cloud SQL
   */
  readonly inCluster?: string;
  /** @see https://cloud.google.com/sql/docs/postgres/create-manage-databases */
  readonly name: string;
  /** @see https://cloud.google.com/sql/docs/postgres/create-manage-users */
  readonly user: string;
  /**
   * Name of the password in `ApplicationConfig.secrets`.
   * @see docs/database.md
   * @default - nobody knows its password: `iam` says who logs in
   */
  readonly passwordSecret?: string;
  /**
   * A Google service account, made for it, may log in without a password and acts as `user`.
   * @see https://cloud.google.com/sql/docs/postgres/iam-authentication
   * @default - `user` logs in with its password
   */
  readonly iam?: {
    /** Whether pods and jobs log in as the account. `false`: they use the password; the account stays for pods that still run. */
    readonly used: boolean;
  };
  /**
   * Its login is changed from within the cluster: `user` and a second one take turns.
   * @see docs/database.md
   * @default - Terraform alone changes it
   */
  readonly rotation?: {
    /** Acts as `user`. @see https://cloud.google.com/sql/docs/postgres/create-manage-users */
    readonly secondUser: string;
    /** Changes the passwords of both, and may do nothing else. @see https://cloud.google.com/sql/docs/postgres/create-manage-users */
    readonly rotator: string;
    /** Suffix of the name in Secret Manager of the login that counts: user and password. */
    readonly loginSecret: string;
    /** Key of the user's name in the Kubernetes Secret, where components find it. */
    readonly userKey: string;
  };
  /**
   * Databases of a user of their own, in which backups are tested: they are empty before and after.
   * @see docs/backups.md
   * @default - none
   */
  readonly rehearsal?: {
    /** @see https://cloud.google.com/sql/docs/postgres/create-manage-users */
    readonly user: string;
    /** Name of the password in `ApplicationConfig.secrets`. */
    readonly passwordSecret: string;
    /** @see https://cloud.google.com/sql/docs/postgres/create-manage-databases */
    readonly databases: readonly string[];
  };
  /**
   * Others make its user, and keep the password in a store: `passwordSecret` is taken from there, and with `userKey` the user's
   * name as well.
   * @see docs/external-secrets.md
   * @default - the user is made here
   */
  readonly userOfOthers?: {
    /** Key of the user's name in the Kubernetes Secret, where components find it. @default - the name is `user` */
    readonly userKey?: string;
  };
  /**
   * Databases in addition to `name` that belong to the same user.
   * @see https://cloud.google.com/sql/docs/postgres/create-manage-databases
   * @default []
   */
  readonly additionalDatabases?: readonly string[];
  /**
   * How many connections its components may open at once. A plan compares it with what the instance takes.
   * @see https://cloud.google.com/sql/docs/postgres/flags#postgres-m
   * @default - not known, so nothing is compared
   */
  readonly connections?: number;
}

export interface BucketDefinition {
  /** `<resource prefix>-<suffix>` is the bucket's name. @see https://cloud.google.com/storage/docs/buckets#naming */
  readonly nameSuffix: string;
  /** Region, dual-region or multi-region: `EU`. @see https://cloud.google.com/storage/docs/locations @default - the installation's region */
  readonly location?: string;
  /** `NEARLINE`. @see https://cloud.google.com/storage/docs/storage-classes @default STANDARD */
  readonly storageClass?: string;
  /** @see https://cloud.google.com/storage/docs/object-versioning @default true */
  readonly versioning?: boolean;
  /** @see https://cloud.google.com/storage/docs/public-access-prevention @default enforced */
  readonly publicAccessPrevention?: "enforced" | "inherited";
  /**
   * Deletes the objects together with the bucket; has no effect with deletion protection.
   * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/storage_bucket#force_destroy
   * @default true
   */
  readonly forceDestroy?: boolean;
  /** In addition to the rules that every bucket has. @default [] */
  readonly lifecycleRules?: readonly LifecycleRule[];
  /** @default [] */
  readonly cors?: readonly CorsRule[];
}

/**
 * The bucket that backups are written to: a job with `rights.writesBackups` creates objects, one with `rights.readsBackups` reads them,
 * and nobody in the cluster does more.
 */
export interface BackupBucketDefinition {
  /** Region, dual-region or multi-region: `EU`. @see https://cloud.google.com/storage/docs/locations @default - the installation's region */
  readonly location?: string;
  /** Days after which a backup is deleted. @see https://cloud.google.com/storage/docs/lifecycle */
  readonly retentionDays: number;
  /**
   * Nobody can delete a backup earlier, and nobody can undo this.
   * @see https://cloud.google.com/storage/docs/bucket-lock
   * @default false
   */
  readonly locked?: boolean;
}

/** What happens to objects after some time. */
export interface LifecycleRule {
  readonly action: {
    /**
     * `Delete`, `SetStorageClass` or `AbortIncompleteMultipartUpload`.
     * @see https://cloud.google.com/storage/docs/lifecycle#actions
     */
    readonly type: string;
    /** For `SetStorageClass`. @see https://cloud.google.com/storage/docs/storage-classes @default - another action */
    readonly storageClass?: string;
  };
  /** All conditions that are given have to be met. */
  readonly condition: {
    /** Days. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any age */
    readonly age?: number;
    /** `2026-01-31`. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any day */
    readonly createdBefore?: string;
    /** `LIVE`, `ARCHIVED` or `ANY`. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any */
    readonly withState?: string;
    /** @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any */
    readonly matchesStorageClass?: readonly string[];
    /** @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any number */
    readonly numNewerVersions?: number;
    /** Days. @see https://cloud.google.com/storage/docs/lifecycle#conditions @default - any time */
    readonly daysSinceNoncurrentTime?: number;
  };
}

/** Which web pages may read the bucket from a browser. */
export interface CorsRule {
  /** `https://dify.example.com`. @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly origin: readonly string[];
  /** `GET`. @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly method: readonly string[];
  /** Headers that pages may read: `Content-Type`. @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly responseHeader: readonly string[];
  /** @see https://cloud.google.com/storage/docs/cross-origin#cors-components */
  readonly maxAgeSeconds: number;
}

/** A whole application: what `AppGke` needs to run it. */
export interface ApplicationConfig {
  /**
   * DNS label; prefix of the Kubernetes objects.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
   */
  readonly name: string;
  /** @see https://cloud.google.com/iam/docs/service-accounts-create */
  readonly displayName: string;
  /** What it is for, in a sentence. @default - no description */
  readonly description?: string;
  /** The application's own version: a label of its objects. @see docs/releases.md */
  readonly version: string;
  readonly components: readonly Component[];
  /** Google APIs that components call on their own. @default [] */
  readonly apis?: readonly GoogleApi[];
  /**
   * Digests (`sha256:…`) of images whose tags move, by image with its tag: pods name the digest. With Binary
   * Authorization they are let through by name, as images with a tag are.
   * @see https://kubernetes.io/docs/concepts/containers/images/#image-names
   * @default {}
   */
  readonly imageDigests?: Readonly<Record<string, string>>;
  /** The component behind the public address. */
  readonly entryPoint: string;
  /**
   * Whether the entry point logs every request as JSON with `httpRequest`, so that answers can be counted.
   * @see https://cloud.google.com/logging/docs/structured-logging
   * @default false
   */
  readonly logsRequests?: boolean;
  /**
   * Pattern of lines that report an error, where components log text: RE2 without quotation marks and backslashes.
   * @see https://cloud.google.com/logging/docs/view/logging-query-language#regular-expressions
   * @default - errors are not counted
   */
  readonly errorLines?: string;
  /**
   * The job that writes a backup each day, and the line that it logs when it is done: an alert opens if the line is missing.
   * @see docs/backups.md
   * @default - there is no such alert
   */
  readonly dailyBackup?: { readonly container: string; readonly line: string };
  /**
   * Name of the job that logs the size of each database, as JSON with `database` and `databaseBytes`: the dashboard shows it.
   * @see docs/database.md
   * @default - none does
   */
  readonly sizeReport?: string;
  /**
   * The job that tests a backup each month, and the line that it logs when it is done: an alert opens if the line is missing.
   * @see docs/backups.md
   * @default - there is no such alert
   */
  readonly monthlyRehearsal?: { readonly container: string; readonly line: string };
  /** @default [] */
  readonly secrets?: readonly SecretDefinition[];
  /** @default [] */
  readonly composedSecrets?: readonly ComposedSecret[];
  /** @default - it has none */
  readonly database?: DatabaseDefinition;
  /** Whether it uses Redis, or which of its data clusters that is. @default false */
  readonly redis?: boolean | DataRedis;
  /** @default [] */
  readonly buckets?: readonly BucketDefinition[];
  /** @default - none is made */
  readonly backups?: BackupBucketDefinition;
  /** Databases that KubeBlocks runs: the cluster has to have it. @default [] */
  readonly dataClusters?: readonly DataCluster[];
  /** @default [] */
  readonly jobs?: readonly Job[];
  /**
   * How a new release is checked: the first port of a component has to answer this path with 2xx.
   * @see https://cloud.google.com/deploy/docs/verify-deployment
   * @default - it is not checked
   */
  readonly health?: { readonly component: string; readonly path: string };
}
