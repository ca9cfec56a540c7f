import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import type { SecretDefinition } from "../application-config";
import type { Installation } from "../installation";
import { named } from "../terraform/stack";
import type { Secrets } from "./secrets";

export interface SecretAccessProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly workloadPool: string;
  readonly namespace: string;
  /** Kubernetes service account that reads them. */
  readonly account: string;
  readonly definitions: readonly SecretDefinition[];
  readonly secrets: Secrets;
  /** Name in Secret Manager of the login that counts. @default - it does not change */
  readonly loginSecretId?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Lets a service account of the cluster read the application's secrets, one by one, and no other secret of the project. */
export class SecretAccess extends Construct {
  constructor(scope: Construct, id: string, props: SecretAccessProps) {
    super(scope, id);
    const { account, definitions, installation, loginSecretId, namespace, projectNumber, secrets, workloadPool } =
      props;
    const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${workloadPool}`;
    const read = [
      ...definitions
        .filter(({ name }) => secrets.get(name).at === undefined)
        .map(({ name }) => ({ name, secretId: secrets.get(name).reference })),
      ...(loginSecretId === undefined ? [] : [{ name: "login", secretId: loginSecretId }]),
    ];
    for (const { name, secretId } of read) {
      new SecretManagerSecretIamMember(named(this, "secrets"), `${name}-reader`, {
        project: installation.projectId,
        secretId,
        role: "roles/secretmanager.secretAccessor",
        member: `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${account}`,
        dependsOn: [...props.dependsOn],
      });
    }
  }
}
