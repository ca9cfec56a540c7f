import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { type Installation, prefixedName } from "../installation";

export interface AccountProps {
  readonly installation: Installation;
  /** Last part of its name. */
  readonly suffix: string;
  readonly displayName: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A Google service account of the pipeline. Its roles are granted where the resources are that it uses. */
export class Account extends Construct {
  readonly email: string;
  /** `serviceAccount:<email>`. */
  readonly member: string;
  /** `projects/…/serviceAccounts/…`. */
  readonly id: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AccountProps,
  ) {
    super(scope, id);
    const { installation, suffix } = props;
    const account = new ServiceAccount(this, "account", {
      project: installation.projectId,
      accountId: prefixedName(installation, suffix, ACCOUNT_ID_LIMIT),
      displayName: props.displayName,
      dependsOn: [...props.dependsOn],
    });
    this.email = account.email;
    this.member = `serviceAccount:${account.email}`;
    this.id = account.name;
  }

  /** Grants a role on a whole project, where Google has nothing narrower. */
  grantOnProject(role: string, projectId = this.props.installation.projectId): ProjectIamMember {
    const elsewhere = projectId === this.props.installation.projectId ? "" : `-${projectId}`;
    return new ProjectIamMember(this, `${role.replace(/^roles\//, "").replaceAll(".", "-")}${elsewhere}`, {
      project: projectId,
      role,
      member: this.member,
    });
  }

  /** Lets another account run jobs as this one. */
  grantActingAs(id: string, other: Account): ServiceAccountIamMember {
    return new ServiceAccountIamMember(this, id, {
      serviceAccountId: this.id,
      role: "roles/iam.serviceAccountUser",
      member: other.member,
    });
  }
}

const ACCOUNT_ID_LIMIT = 30;

export interface AccountsProps {
  readonly installation: Installation;
  /** Whether there is a Cloud Deploy pipeline. */
  readonly pipeline: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The accounts that a pipeline acts as: created first, because the cluster has to know those that deploy. */
export class Accounts extends Construct {
  /** Runs the builds. */
  readonly builder: Account;
  /** Renders, deploys and checks releases. */
  readonly executor?: Account;
  /** Promotes and rolls back. */
  readonly promoter?: Account;

  constructor(scope: Construct, id: string, props: AccountsProps) {
    super(scope, id);
    const { installation, dependsOn } = props;
    const account = (suffix: string, displayName: string): Account =>
      new Account(this, suffix, { installation, suffix, displayName, dependsOn });
    const name = installation.resourcePrefix;
    this.builder = account("build", `Builds for ${name}`);
    this.builder.grantOnProject("roles/logging.logWriter");
    if (!props.pipeline) return;
    this.executor = account("deploy", `Releases of ${name}`);
    this.executor.grantOnProject("roles/logging.logWriter");
    this.promoter = account("promote", `Promotions of ${name}`);
  }
}
