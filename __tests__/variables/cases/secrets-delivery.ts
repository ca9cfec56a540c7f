import type { Given } from "./given";
import type { RuleCase } from "./rule-case";

const DELIVERED: Given = { secrets_delivery: "external-secrets", secret_versions: "newest" };
const at = { store: "vault", key: "dify" };
const values = (...names: string[]): Given => ({
  ...DELIVERED,
  secret_store_values: Object.fromEntries(names.map((name) => [name, at])),
});

/** Who brings secrets to the pods. */
export const secretsDeliveryCases: readonly RuleCase[] = [
  {
    id: "external-secrets-newest",
    breaks: [
      { secrets_delivery: "external-secrets" },
      { secrets_delivery: "external-secrets", secret_versions: "written" },
    ],
    holds: [DELIVERED, { secret_versions: "newest" }, {}],
  },
  {
    id: "operator-namespace-known",
    breaks: [{ ...DELIVERED, install_operators: ["external-secrets"], secrets_operator_namespace: "eso" }],
    holds: [
      { ...DELIVERED, secrets_operator_namespace: "eso" },
      { ...DELIVERED, install_operators: ["external-secrets"] },
    ],
  },
  {
    id: "secret-store-values-delivered",
    breaks: [{ secret_store_values: { "secret-key": at } }],
    holds: [values("secret-key"), {}],
  },
  {
    id: "secret-store-values-known",
    breaks: [values("secret-kay"), values("RESEND_API_KEY"), values("celery-broker-url")],
    holds: [
      values("secret-key"),
      values("db-user", "db-password"),
      { ...values("redis-password"), redis_host: "10.0.0.9" },
      { ...values("RESEND_API_KEY"), explicit_secret_names: ["RESEND_API_KEY"] },
    ],
  },
  {
    id: "secret-store-values-place",
    breaks: [{ ...DELIVERED, secret_store_values: { "secret-key": { ...at, store_kind: "SecretStore" } } }],
    holds: [
      values("secret-key"),
      {
        ...DELIVERED,
        secret_store_values: { "secret-key": { ...at, store_kind: "SecretStore" } },
        namespace_exists: true,
        namespace_name: "team",
      },
    ],
  },
  {
    id: "secret-store-values-login",
    breaks: [
      values("db-user"),
      { ...values("db-password"), enable_auto_password_rotation: true },
      { ...values("db-password"), take_over_databases: true },
    ],
    holds: [
      values("db-user", "db-password"),
      values("db-password"),
      { ...DELIVERED, enable_auto_password_rotation: true },
    ],
  },
  {
    id: "secret-store-values-iam",
    breaks: [
      { ...values("db-password"), database_authentication: "iam" },
      { ...values("db-password"), database_authentication_from: "iam" },
    ],
    holds: [
      { ...values("secret-key"), database_authentication: "iam" },
      { ...DELIVERED, database_authentication: "iam", database_authentication_from: "password" },
      { ...values("db-password"), database_authentication: "password" },
    ],
  },
  {
    id: "secret-store-values-redis",
    breaks: [
      values("redis-password"),
      { ...values("redis-password"), redis_host: "10.0.0.3", redis_password_secret: "r" },
    ],
    holds: [{ ...values("redis-password"), redis_host: "10.0.0.3" }, values("secret-key")],
  },
  {
    id: "secret-store-values-revision",
    breaks: [{ ...values("secret-key"), secret_revisions: { "secret-key": 2 } }],
    holds: [{ ...values("secret-key"), secret_revisions: { "sandbox-key": 2 } }],
  },
];
