import type { Construct } from "constructs";
import type { ApplicationConfig, Bindings } from "../application-config";
import { composedInPods, isOfOperator } from "./account-secrets";
import { resourcesOf } from "../terraform/dependencies";
import { ApplicationSecret, type ApplicationSecretProps } from "./application-secret";
import { loginKeys } from "./login-rotation";
import { STORE_ACCOUNT } from "./names";
import type { Namespace } from "./namespace";
import { SecretStore } from "./secret-store";
import type { WorkloadProps } from "./settings";

interface FilledSecretProps extends Pick<
  WorkloadProps,
  | "application"
  | "cluster"
  | "clusterAccess"
  | "externalSecrets"
  | "installation"
  | "login"
  | "namespace"
  | "secrets"
  | "secretsReadable"
> {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly placedIn: Namespace;
  readonly bindings: Bindings;
}

/** @returns an application's Secret, and what fills it. `undefined`: it has no secrets */
export function applicationSecret(scope: Construct, props: FilledSecretProps): ApplicationSecret | undefined {
  const { application, bindings, labels, login, name, namespace, placedIn, secrets } = props;
  const { composedSecrets = [], secrets: definitions = [] } = application;
  const inPods = composedInPods(application);
  const composed = composedSecrets.filter((secret) => !inPods.includes(secret));
  if (definitions.length === 0) return undefined;
  return new ApplicationSecret(scope, "secret", {
    ...{ name, labels, definitions, composed, secrets, bindings },
    namespace: placedIn.name,
    plainNamespace: namespace,
    elsewhere: (secret) => isOfOperator(application, secret),
    login: loginKeys(application, login),
    filledBy: filler(scope, props),
  });
}

/** @returns who fills the Secret in Terraform's place, once the values are in Secret Manager and may be read */
function filler(scope: Construct, props: FilledSecretProps): ApplicationSecretProps["filledBy"] {
  const {
    application,
    clusterAccess: access,
    externalSecrets: settings,
    placedIn,
    secretsReadable = [],
    secrets,
  } = props;
  if (!settings) return undefined;
  const dependsOn = [...secretsReadable, ...resourcesOf(secrets)];
  const pinned = valuesOfOthers(application);
  if (settings.clusterStore !== undefined)
    return { access, settings, store: { name: settings.clusterStore, kind: "ClusterSecretStore" }, pinned, dependsOn };
  const store = new SecretStore(scope, "secret-store", {
    ...props,
    access,
    namespace: placedIn.name,
    plainNamespace: props.namespace,
    serviceAccount: placedIn.serviceAccounts.own(STORE_ACCOUNT),
    dependsOn,
  });
  return {
    ...{ access, settings },
    store: { name: store.name, kind: "SecretStore" },
    pinned,
    dependsOn: [...dependsOn, ...resourcesOf(store)],
  };
}

export function hasOwnStore({ externalSecrets }: Pick<WorkloadProps, "externalSecrets">): boolean {
  return externalSecrets !== undefined && externalSecrets.clusterStore === undefined;
}

/** @returns the secrets whose values Terraform also gives to Cloud SQL or Redis: a new value counts only after an apply */
function valuesOfOthers({ database, jobs = [], secrets = [] }: ApplicationConfig): readonly string[] {
  const administrators = jobs.flatMap(({ rights }) => rights?.administrator?.passwordSecret ?? []);
  const users = [database?.passwordSecret, database?.rehearsal?.passwordSecret].filter((name) => name !== undefined);
  const servers = secrets.filter(({ source }) => source.type === "existing" && source.withApply === true);
  return [...users, ...administrators, ...servers.map(({ name }) => name)];
}
