import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { StoredElsewhere } from "../application-config";
import type { Secret } from "../platform/secrets";
import { NO_VALUE } from "../platform/secrets";
import type { ClusterAccess } from "../terraform/cluster-script";
import { CustomResource } from "./custom-resource";
import { API_VERSION, OperatorReady } from "./operator-ready";
import { type SecretContent, written } from "./secret-content";
import type { ExternalSecretsSettings } from "./settings";

export interface ExternalSecretProps extends SecretContent {
  readonly settings: ExternalSecretsSettings;
  /** Where the deployment's own secrets are read. */
  readonly store: { readonly name: string; readonly kind: "SecretStore" | "ClusterSecretStore" };
  /** Secrets that only an apply changes, because Terraform also gives their value to Cloud SQL or Redis. */
  readonly pinned: readonly string[];
  /** The namespace as plain text. */
  readonly plainNamespace: string;
  readonly access: ClusterAccess;
  /** Terraform address of everything that the values depend on and that is not secret. */
  readonly inputsAddress: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * What the External Secrets Operator has to write into the Secret. It only fills in the values (`Merge`): the Secret itself stays
 * Terraform's, so that it outlives the operator and this object. This object is created again when an apply changes the values,
 * because the condition that Terraform waits for would still be true for the previous ones.
 * @see https://external-secrets.io/latest/guides/ownership-deletion-policy/
 */
export class ExternalSecret extends Construct {
  constructor(scope: Construct, id: string, props: ExternalSecretProps) {
    super(scope, id);
    const { bindings, composed, definitions, settings, login, pinned, secrets, store } = props;
    const rotating = login && [login.userKey, login.passwordKey];
    const own = definitions.filter(({ name }) => !rotating?.includes(name));
    const inputs = new DataResource(this, "inputs", {
      input: { hash: `\${sha256(jsonencode(${props.inputsAddress}))}` },
    });
    const templates = [
      ...written(own).map(({ name }) => [name, text(name, secrets.get(name))]),
      ...(rotating ?? []).map((key) => [key, text(key)]),
      ...composed.map(({ name, value }) => [name, value(bindings, (secret) => text(secret, secrets.get(secret)))]),
    ];
    const { resource: object } = new CustomResource(this, "external-secret", {
      apiVersion: API_VERSION,
      kind: "ExternalSecret",
      name: props.name,
      namespace: props.namespace,
      labels: props.labels,
      spec: {
        refreshInterval: settings.refreshInterval,
        secretStoreRef: store,
        target: {
          name: props.name,
          creationPolicy: "Merge",
          // The Secret keeps what it has when a secret cannot be read any more.
          deletionPolicy: "Retain",
          // Secrets that are read only to compose others are not written: only what is listed here.
          template: { engineVersion: "v2", mergePolicy: "Replace", data: Object.fromEntries(templates) as object },
        },
        data: [
          ...own.map(({ name }) => {
            const { at, secretId } = secrets.get(name);
            if (at) return elsewhere(name, at);
            const version = pinned.includes(name) && { version: secrets.get(name).version };
            return entry(name, { key: secretId, ...version });
          }),
          ...(login
            ? [
                entry(login.userKey, { key: login.newest.secretId, property: "user" }),
                entry(login.passwordKey, { key: login.newest.secretId, property: "password" }),
              ]
            : []),
        ],
      },
      replacedWith: [`${inputs.terraformResourceType}.${inputs.friendlyUniqueId}`],
      dependsOn: props.dependsOn,
    });
    const { access, name, plainNamespace } = props;
    new OperatorReady(this, "filled", {
      ...{ kind: "ExternalSecret", access, name, object, plainNamespace },
      otherwise:
        `No pod is started with new values, and Secret ${name} keeps those that it has. Put the value where it is looked for, let the ` +
        "store read it, or correct the place; then apply again",
    });
  }
}

/** @returns an entry of the list, with the defaults that the API would add */
function entry(
  secretKey: string,
  ref: { readonly key: string; readonly version?: string; readonly property?: string },
  decodingStrategy = "None",
): object {
  const defaults = { conversionStrategy: "Default", decodingStrategy, metadataPolicy: "None" };
  return { secretKey, remoteRef: { ...ref, ...defaults } };
}

/** @returns an entry of the list for a value in another store than Secret Manager's */
function elsewhere(name: string, { store, kind, key, property, decoding }: StoredElsewhere): object {
  const ref = { key, ...(property !== undefined && { property }) };
  return { ...entry(name, ref, decoding), sourceRef: { storeRef: { name: store, kind } } };
}

/** @returns the operator's own expression of a value: Go's template language, with Sprig's functions */
function text(name: string, { maybeEmpty }: Pick<Secret, "maybeEmpty"> = { maybeEmpty: false }): string {
  const value = `index . "${name}"`;
  return maybeEmpty ? `{{ ternary "" (${value}) (eq (${value}) "${NO_VALUE}") }}` : `{{ ${value} }}`;
}
