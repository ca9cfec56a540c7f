import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import { resourcesOf } from "../terraform/dependencies";
import type { ApplicationSecretProps } from "./application-secret";
import { STORE_ACCOUNT } from "./names";
import type { Namespace } from "./namespace";
import { SecretStore } from "./secret-store";
import type { WorkloadProps } from "./settings";

interface SecretFillerProps extends Pick<
  WorkloadProps,
  "application" | "cluster" | "externalSecrets" | "installation" | "secrets" | "secretsReadable"
> {
  readonly labels: Readonly<Record<string, string>>;
  readonly placedIn: Namespace;
}

/** @returns who fills the Secret in Terraform's place, once the values are in Secret Manager and may be read */
export function secretFiller(scope: Construct, props: SecretFillerProps): ApplicationSecretProps["filledBy"] {
  const { application, externalSecrets: delivery, placedIn, secretsReadable = [], secrets } = props;
  if (!delivery) return undefined;
  const dependsOn = [...secretsReadable, ...resourcesOf(secrets)];
  const pinned = valuesOfOthers(application);
  if (delivery.clusterStore !== undefined)
    return { delivery, store: { name: delivery.clusterStore, kind: "ClusterSecretStore" }, pinned, dependsOn };
  const store = new SecretStore(scope, "secret-store", {
    ...props,
    namespace: placedIn.name,
    serviceAccount: placedIn.serviceAccounts.own(STORE_ACCOUNT),
    dependsOn,
  });
  return {
    delivery,
    store: { name: store.name, kind: "SecretStore" },
    pinned,
    dependsOn: [...dependsOn, ...resourcesOf(store)],
  };
}

export function hasOwnStore({ externalSecrets }: Pick<WorkloadProps, "externalSecrets">): boolean {
  return externalSecrets !== undefined && externalSecrets.clusterStore === undefined;
}

/** @returns the secrets that Terraform gives to Cloud SQL as well, which has them once it has applied */
function valuesOfOthers({ database, jobs = [] }: ApplicationConfig): readonly string[] {
  const administrators = jobs.flatMap(({ rights }) => rights?.administrator?.passwordSecret ?? []);
  const users = [database?.passwordSecret, database?.rehearsal?.passwordSecret].filter((name) => name !== undefined);
  return [...users, ...administrators];
}
