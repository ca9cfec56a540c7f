import { z } from "zod";
import { group, variable } from "./definition";
import {
  count,
  environmentMap,
  objectName,
  kubernetesNameOrEmpty,
  refreshInterval,
  rotationPeriod,
  secretMap,
  storeKey,
} from "./limits";

/** Group 5: what reaches the containers as environment. */
export const environment = group(5, {
  secret_environment_variables: variable({
    description:
      "Environment variables whose values are in Secret Manager: name to id of an existing secret. They go to the components " +
      "that read them.",
    schema: secretMap,
    default: {},
  }),
  secret_rotation_period: variable({
    description:
      "How often Secret Manager reminds of rotating a secret, and how often the database's login changes with `enable_auto_password_rotation`.",
    schema: rotationPeriod,
    default: "2592000s",
  }),
  secret_propagation_delay: variable({
    description: "The documented module's pause after creating a secret, in seconds.",
    schema: count(0, 3600),
    default: 30,
  }),
  secrets_delivery: variable({
    documented: false,
    description:
      "Who writes the values into the pods' Kubernetes Secret: `terraform`, at every apply that changes one, or " +
      "[`external-secrets`](external-secrets.md), the External Secrets Operator of the cluster, which brings new versions without an apply.",
    schema: z.enum(["terraform", "external-secrets"]),
    default: "terraform",
  }),
  secret_versions: variable({
    documented: false,
    description:
      "Which version of a generated or passed secret counts: `written`, the one that Terraform wrote, or `newest`, " +
      "[even one that others added](external-secrets.md#new-versions). An environment that others have added versions for stays at `newest`.",
    schema: z.enum(["written", "newest"]),
    default: "written",
  }),
  secrets_refresh_interval: variable({
    documented: false,
    description: "How often the External Secrets Operator looks for new versions: `15m`, `1h`.",
    schema: refreshInterval,
    default: "1h",
  }),
  secrets_operator_namespace: variable({
    documented: false,
    description:
      "Namespace that the cluster's External Secrets Operator runs in: a plan refuses a [cluster without it](external-secrets.md#the-operator).",
    schema: objectName,
    default: "external-secrets",
  }),
  secret_store_name: variable({
    documented: false,
    description:
      "ClusterSecretStore of the External Secrets Operator that reads the environment's own secrets in Secret Manager. Empty: a " +
      "[store of the environment's own](external-secrets.md#the-store), which may read these secrets and nothing else.",
    schema: kubernetesNameOrEmpty,
    default: "",
  }),
  secret_store_values: variable({
    documented: false,
    description:
      "Values that [others keep](external-secrets.md#values-in-other-stores), in any store that the External Secrets Operator knows: name of " +
      "a secret of Dify's own (`secret-key`, `redis-password`) or of one in `explicit_secret_names`, to store, key and property.",
    schema: z.record(
      z.string(),
      z.strictObject({
        store: objectName,
        store_kind: z.enum(["ClusterSecretStore", "SecretStore"]).default("ClusterSecretStore"),
        key: storeKey,
        property: storeKey.optional(),
        decoding: z.enum(["None", "Auto", "Base64", "Base64URL"]).default("None"),
      }),
    ),
    default: {},
  }),
  environment_variables: variable({
    description:
      "Further environment variables: each goes to the components that read it, and one that none is known to read to the API's " +
      "processes. No secrets: everyone who may read a pod can read them.",
    schema: environmentMap,
    default: {},
  }),
  trusted_ca_file: variable({
    documented: false,
    file: true,
    description:
      "PEM file with the certificates of authorities that [everything trusts](operations.md#certificates-of-your-own-authority) in " +
      "addition to the public ones, such as a company's own, from the variable file's directory. Empty: the public ones alone.",
    schema: z.string(),
    default: "",
  }),
});
