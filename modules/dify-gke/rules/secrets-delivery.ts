import { secretNames } from "../../dify-common";
import { takenFromStores } from "../../dify-common/secrets";
import { redisPlace } from "../redis-place";
import { iamAuthentication } from "../shared-services";
import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { EXTERNAL_SECRETS } from "../../app-gke/operators/external-secrets-operator";
import { DESIGN, KUBERNETES, type Rule } from "./rule";

const newest: Rule = {
  id: "external-secrets-newest",
  what: '`secrets_delivery = "external-secrets"` without `secret_versions = "newest"`',
  why: "The operator takes the newest versions; without the operator again, Terraform would write earlier ones over them.",
  risk: "High",
  severity: "error",
  variables: ["secrets_delivery", "secret_versions"],
  source: DESIGN,
  brokenBy: (v) => v.secrets_delivery === "external-secrets" && v.secret_versions !== "newest",
  message: (v) =>
    `secrets_delivery is "external-secrets" and secret_versions is "${v.secret_versions}": the operator takes the newest version of each secret, and once Terraform delivers again it would write back the one that it wrote itself, which may be older. Set secret_versions = "newest" as well, and leave it there.`,
};

const delivered: Rule = {
  id: "secret-store-values-delivered",
  what: '`secret_store_values` without `secrets_delivery = "external-secrets"`',
  why: "Only the operator can read other stores: pods would get other values than those that are kept there.",
  risk: "High",
  severity: "error",
  variables: ["secret_store_values", "secrets_delivery"],
  source: DESIGN,
  brokenBy: (v) => Object.keys(v.secret_store_values).length > 0 && v.secrets_delivery !== "external-secrets",
  message: (v) =>
    `secret_store_values names ${names(v).join(", ")}, and secrets_delivery is "${v.secrets_delivery}": Terraform cannot read these stores, so pods would get other values. Set secrets_delivery = "external-secrets" and secret_versions = "newest", or take the values out of secret_store_values.`,
};

const known: Rule = {
  id: "secret-store-values-known",
  what: "A name in `secret_store_values` that no secret has",
  why: "Nobody would read the value.",
  risk: "Medium",
  severity: "error",
  variables: ["secret_store_values", "explicit_secret_names"],
  source: DESIGN,
  brokenBy: (v) => names(v).filter((name) => !possible(v).includes(name)),
  message: (v, subject) => {
    const near = nearest(subject, possible(v));
    return `secret_store_values names "${subject}", and there is no such secret: nobody would read the value.${near ? ` Did you mean "${near}"?` : ""} Name one of ${takenFromStores.join(", ")}, or an environment variable that is in explicit_secret_names as well.`;
  },
};

const namespaced: Rule = {
  id: "secret-store-values-place",
  what: "A SecretStore in `secret_store_values`, in a namespace that is made here",
  why: "A store of the namespace cannot be there before the namespace is: the first apply would wait for it until it times out.",
  risk: "Medium",
  severity: "error",
  variables: ["secret_store_values", "namespace_exists"],
  source: KUBERNETES,
  brokenBy: (v) =>
    v.namespace_exists ? [] : names(v).filter((name) => v.secret_store_values[name]?.store_kind === "SecretStore"),
  message: (v, subject) =>
    `secret_store_values takes ${subject} from SecretStore ${v.secret_store_values[subject]?.store ?? ""}, and the namespace is made here: the store cannot exist in it before the first apply, which would wait for values until it times out. Name a ClusterSecretStore, or a namespace that exists (namespace_exists).`,
};

/** What cannot be together with the database's login in a store, by variable. */
const LOGIN = {
  enable_auto_password_rotation: "a rotation would change a password that others keep",
  enable_cloud_deploy: "its stages have users of their own, which that login is not",
  take_over_databases: "there is no user to take over",
} as const;

const login: Rule = {
  id: "secret-store-values-login",
  what: "The database's login in `secret_store_values` together with what changes or makes it here",
  why: "One password would be kept in two places, and the pods could not sign in with one of the two.",
  risk: "High",
  severity: "error",
  variables: ["secret_store_values", ...(Object.keys(LOGIN) as (keyof typeof LOGIN)[])],
  source: DESIGN,
  brokenBy: (v) => {
    if (secretNames.databasePassword in v.secret_store_values)
      return (Object.keys(LOGIN) as (keyof typeof LOGIN)[]).filter((name) => v[name]);
    return secretNames.databaseUser in v.secret_store_values;
  },
  message: (_, subject) =>
    subject in LOGIN
      ? `${subject} is true, and secret_store_values takes db-password from a store: ${LOGIN[subject as keyof typeof LOGIN]}. Take ${subject} out, or db-password.`
      : `secret_store_values takes db-user from a store, but not db-password: the user that is made here has the name in db_user, and the pods could not sign in as another one. Take db-password from the store as well, or take db-user out.`,
};

const account: Rule = {
  id: "secret-store-values-iam",
  what: "The database's login in `secret_store_values`, and a service account that logs in without one",
  why: "Nobody would sign in with the value of the store, or the account would act as a user that others made.",
  risk: "High",
  severity: "error",
  variables: ["secret_store_values", "database_authentication", "database_authentication_from"],
  source: DESIGN,
  brokenBy: (v) => (iamAuthentication(v) ? LOGIN_NAMES.filter((name) => name in v.secret_store_values) : []),
  message: (v, subject) => {
    const variable = v.database_authentication === "iam" ? "database_authentication" : "database_authentication_from";
    return `secret_store_values takes ${subject} from a store, and ${variable} is "iam": a service account logs in without a password and acts as a user that is made here, not as the store's. Take ${subject} out of secret_store_values, or ${variable === "database_authentication" ? 'set database_authentication = "password"' : "take database_authentication_from out once no pod from before is left"}.`;
  },
};

const LOGIN_NAMES: readonly string[] = [secretNames.databasePassword, secretNames.databaseUser];

const redis: Rule = {
  id: "secret-store-values-redis",
  what: "`redis-password` in `secret_store_values` for a Redis whose password is known here",
  why: "Pods would use another password than the server's.",
  risk: "High",
  severity: "error",
  variables: ["secret_store_values", "redis_host", "redis_service", "data_services", "redis_password_secret"],
  source: DESIGN,
  brokenBy: (v) =>
    secretNames.redisPassword in v.secret_store_values &&
    (redisPlace(v) !== "external" || v.redis_password_secret !== ""),
  message: (v) =>
    `secret_store_values takes redis-password from a store, and ${v.redis_password_secret === "" ? "Redis is one that is made here, with a password of its own" : "redis_password_secret names a secret of Secret Manager with the password"}: pods would use another password than the server's. Take redis-password out of secret_store_values${v.redis_password_secret === "" ? "" : ", or take redis_password_secret out"}.`,
};

const revisions: Rule = {
  id: "secret-store-values-revision",
  what: "A revision of a secret in `secret_store_values`",
  why: "The number would announce a value that nobody uses.",
  risk: "Medium",
  severity: "error",
  variables: ["secret_revisions", "secret_store_values"],
  source: DESIGN,
  brokenBy: (v) => Object.keys(v.secret_revisions).filter((name) => name in v.secret_store_values),
  message: (_, subject) =>
    `secret_revisions names "${subject}", which secret_store_values takes from a store: the number would announce a value that nobody uses. Take it out of secret_revisions, and change the value in the store.`,
};

function names(v: Pick<Variables, "secret_store_values">): readonly string[] {
  return Object.keys(v.secret_store_values);
}

function possible(v: Pick<Variables, "explicit_secret_names">): readonly string[] {
  return [...takenFromStores, ...v.explicit_secret_names];
}

const place: Rule = {
  id: "operator-namespace-known",
  what: "Another namespace for an operator that is installed here",
  why: "A plan would look for the operator where it is not.",
  risk: "Medium",
  severity: "error",
  variables: ["secrets_operator_namespace", "install_operators"],
  source: DESIGN,
  brokenBy: (v) =>
    v.install_operators.includes("external-secrets") && v.secrets_operator_namespace !== EXTERNAL_SECRETS,
  message: (v) =>
    `secrets_operator_namespace is "${v.secrets_operator_namespace}", and install_operators installs the operator in ${EXTERNAL_SECRETS}: a plan would look for it where it is not, and refuse the cluster. Take secrets_operator_namespace out, or external-secrets out of install_operators.`,
};

/** Who brings secrets to the pods. */
export const secretsDeliveryRules: readonly Rule[] = [
  newest,
  delivered,
  known,
  namespaced,
  login,
  account,
  redis,
  revisions,
  place,
];
