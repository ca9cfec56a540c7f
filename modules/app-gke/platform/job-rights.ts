import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DataGoogleStorageBucketObjects } from "@cdktf/provider-google/lib/data-google-storage-bucket-objects";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { SqlUser } from "@cdktf/provider-google/lib/sql-user";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import type { ApplicationConfig, BucketFiles, Job } from "../application-config";
import { ADMINISTRATORS, memberOfRoles } from "../google/sql-roles";
import { type Installation, limitName } from "../installation";
import { named } from "../terraform/stack";
import { grantObject } from "./object-access";
import { memberOf } from "./pod-account";
import type { Secrets } from "./secrets";

export interface JobRightsProps {
  readonly installation: Installation;
  readonly application: Pick<ApplicationConfig, "jobs" | "database">;
  readonly projectNumber: string;
  readonly workloadPool: string;
  readonly namespace: string;
  /** Name of the Kubernetes service account that a job has for itself. */
  readonly accountOf: (job: string) => string;
  readonly secrets: Secrets;
  /** The bucket that backups are written to. @default - there is none */
  readonly backupBucket?: string;
  /** Cloud SQL instance. @default - none */
  readonly sqlInstance?: string;
  /** Version of the instance: `POSTGRES_15`. */
  readonly databaseVersion: string;
  /** Who owns the application's databases. @default - there are none */
  readonly databaseOwner?: SqlUser | string;
  /** Name in Secret Manager of the login that counts. @default - it does not change */
  readonly loginSecretId?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** What a job is told about what it may use. */
export interface JobInputs {
  /** Expression of the list of files, as JSON. @default - it reads none */
  readonly files?: string;
  /** Expression that changes with them. @default - it reads none */
  readonly run?: string;
  /** Name of its administrator. @default - it has none */
  readonly administrator?: string;
}

/** The longest name of a role: https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
const ROLE_LIMIT = 63;

/** Google's side of what single jobs may do: files of a bucket, and a user that administers the instance once. */
export class JobRights extends Construct {
  /** By job. */
  readonly inputs: ReadonlyMap<string, JobInputs>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: JobRightsProps,
  ) {
    super(scope, id);
    this.inputs = new Map(
      jobsWithRights(props.application).map((job) => {
        const files = job.rights.files && this.filesOf(job, job.rights.files);
        for (const access of job.rights.objects ?? []) {
          grantObject(this, { ...access, id: `${job.name}-${access.id}`, member: this.member(job.name) });
        }
        this.login(job);
        this.backups(job);
        return [job.name, { ...files, administrator: this.administratorOf(job, files?.run) }];
      }),
    );
  }

  /** A job that writes backups can neither read, delete nor replace those that are there. One that reads them can change nothing. */
  private backups({ name, rights }: WithRights): void {
    const { backupBucket } = this.props;
    if (backupBucket === undefined) return;
    const roles = {
      ...(rights.writesBackups && { writer: "roles/storage.objectCreator" }),
      ...(rights.readsBackups && { reader: "roles/storage.objectViewer" }),
    };
    for (const [what, role] of Object.entries(roles)) {
      new StorageBucketIamMember(named(this, "backups"), `${name}-${what}`, {
        bucket: backupBucket,
        role,
        member: this.member(name),
      });
    }
  }

  /** A job that logs in reads the login; one that rotates it also adds versions and disables earlier ones. */
  private login({ name, rights }: WithRights): void {
    const { loginSecretId } = this.props;
    if (!rights.login || loginSecretId === undefined) return;
    const roles = {
      reader: "roles/secretmanager.secretAccessor",
      viewer: "roles/secretmanager.viewer",
      ...(rights.login === "rotate" && { manager: "roles/secretmanager.secretVersionManager" }),
    };
    for (const [what, role] of Object.entries(roles)) {
      new SecretManagerSecretIamMember(named(this, "login"), `${name}-login-${what}`, {
        project: this.props.installation.projectId,
        secretId: loginSecretId,
        role,
        member: this.member(name),
        dependsOn: [...this.props.dependsOn],
      });
    }
  }

  /** @returns a job's own service account, as policies name it */
  private member(job: string): string {
    const { accountOf, ...place } = this.props;
    return memberOf({ ...place, account: accountOf(job) });
  }

  /** Terraform lists names and generations. The job may only read objects with this prefix, and cannot list them. */
  private filesOf(
    { name }: Job,
    { bucket, prefix, glob, namedBy }: BucketFiles,
  ): Required<Pick<JobInputs, "files" | "run">> {
    const { installation } = this.props;
    const list = new DataGoogleStorageBucketObjects(named(this, "files"), `${name}-files`, {
      bucket,
      // With both, the service reads no more names than those with the prefix.
      prefix: prefix || undefined,
      matchGlob: `${prefix}${glob}`,
      lifecycle: {
        postcondition: [
          {
            condition: "${length(self.bucket_objects) > 0}",
            errorMessage: `There is no file ${glob} in gs://${bucket}/${prefix}, so nothing would run. Put files there, or correct ${namedBy}.`,
          },
        ],
      },
      dependsOn: [...this.props.dependsOn],
    });
    new StorageBucketIamMember(named(this, "files"), `${name}-reader`, {
      bucket,
      role: "roles/storage.objectViewer",
      member: this.member(name),
      ...(prefix && {
        condition: {
          title: limitName(`${installation.resourcePrefix}-${name}`, 100),
          description: "Objects with this prefix only",
          expression: `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${prefix}")`,
        },
      }),
      dependsOn: [...this.props.dependsOn],
    });
    const objects = `data.${list.terraformResourceType}.${list.friendlyUniqueId}.bucket_objects`;
    const files = `jsonencode([for o in ${objects} : { name = o.name, link = o.media_link }])`;
    return { files: `\${${files}}`, run: `\${substr(sha256(${files}), 0, 8)}` };
  }

  /**
   * A user that Google's API makes may do everything on the instance. Each new set of files gets a new user, and the job takes
   * its rights away when all files have run: what is left is a login that may do nothing.
   */
  private administratorOf({ name, rights }: WithRights, run: string | undefined): string | undefined {
    const { installation, application, databaseOwner, databaseVersion, secrets, sqlInstance } = this.props;
    if (!rights.administrator || run === undefined || sqlInstance === undefined) return undefined;
    const password = secrets.get(rights.administrator.passwordSecret);
    const first = limitName(`${application.database?.user ?? ""}_${name.replaceAll("-", "_")}`, ROLE_LIMIT - 9);
    const user = new SqlUser(named(this, "administrators"), `${name}-administrator`, {
      project: installation.projectId,
      instance: sqlInstance,
      name: `${first}_${run}`,
      passwordWo: password.value,
      dependsOn: [...this.props.dependsOn],
    });
    user.addOverride("password_wo_version", password.version);
    if (databaseOwner) memberOfRoles(user, databaseVersion, [ADMINISTRATORS, databaseOwner]);
    return user.name;
  }
}

type WithRights = Job & { readonly rights: NonNullable<Job["rights"]> };

/** @returns the jobs that have a service account of their own */
export function jobsWithRights({ jobs = [] }: Pick<ApplicationConfig, "jobs">): readonly WithRights[] {
  return jobs.filter((job): job is WithRights => job.rights !== undefined);
}
