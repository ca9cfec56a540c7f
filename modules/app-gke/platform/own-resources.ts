import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import type { Deployment } from "../deployment";
import type { GoogleApi } from "../google/project-services";
import { Buckets } from "./buckets";
import { Database } from "./database";
import { Identity } from "./identity";
import type { Lookup } from "./lookup";
import { Secrets } from "./secrets";

export interface OwnResourcesProps {
  readonly deployment: Deployment;
  readonly application: ApplicationConfig;
  readonly lookup: Lookup;
  /** Kubernetes namespace of the application. */
  readonly namespace: string;
  /** Cloud SQL instance by name. @default - no database */
  readonly sqlInstance?: string;
  /** Period of Secret Manager's rotation reminders: `2592000s`. */
  readonly secretRotationPeriod: string;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
}

/** What belongs to one application and to nobody else on the Google Cloud side. */
export interface OwnResources {
  readonly identity: Identity;
  readonly buckets: Buckets;
  readonly secrets: Secrets;
  readonly database?: Database;
}

/** Makes an application's identity, buckets, secrets and databases in `scope`. */
export function ownResources(scope: Construct, props: OwnResourcesProps): OwnResources {
  const { application, deployment, enabled, lookup } = props;
  const identity = new Identity(scope, "identity", {
    deployment,
    displayName: application.displayName,
    namespace: props.namespace,
    kubernetesServiceAccount: application.name,
    workloadPool: lookup.cluster.workloadPool,
    sqlInstance: props.sqlInstance,
    dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com"),
  });
  const buckets = new Buckets(scope, "buckets", {
    deployment,
    definitions: application.buckets ?? [],
    member: identity.member,
    dependsOn: enabled("storage.googleapis.com"),
  });
  const secrets = new Secrets(scope, "secrets", {
    deployment,
    projectNumber: lookup.projectNumber,
    definitions: application.secrets ?? [],
    rotationPeriod: props.secretRotationPeriod,
    dependsOn: enabled("secretmanager.googleapis.com", "pubsub.googleapis.com"),
  });
  if (!application.database || !lookup.sql) return { identity, buckets, secrets };
  const password = secrets.get(application.database.passwordSecret);
  const database = new Database(scope, "database", {
    deployment,
    definition: application.database,
    instance: lookup.sql.name,
    password: password.value,
    passwordVersion: password.version,
  });
  return { identity, buckets, secrets, database };
}
