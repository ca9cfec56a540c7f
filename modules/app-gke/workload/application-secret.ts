import { TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import { ExternalSecret, type ExternalSecretProps } from "./external-secret";
import type { Task } from "./pod";
import { type SecretContent, written } from "./secret-content";

export interface ApplicationSecretProps extends SecretContent {
  /** The namespace as plain text: plans look at what fills it. */
  readonly plainNamespace: string;
  /** Whether pods take this secret from another Kubernetes Secret. */
  readonly elsewhere: (name: string) => boolean;
  /** How an operator in the cluster fills it. @default - Terraform writes the values */
  readonly filledBy?: Pick<ExternalSecretProps, "access" | "settings" | "store" | "pinned" | "dependsOn">;
}

/**
 * The Kubernetes Secret that pods take their secret environment from. Its data is a write-only argument; Terraform
 * writes it again when a number changes that is derived from the versions in Secret Manager and from everything in the
 * values that is not secret. Where an operator fills it, it is the same Secret, and that number stays as it is, so the
 * values are there all the time.
 */
export class ApplicationSecret extends Construct {
  readonly name: string;
  /** Name and namespace as plain text. */
  readonly at: { readonly name: string; readonly namespace: string };
  readonly resource: SecretV1;
  /** Terraform address of everything that the values depend on and that is not secret, by name. */
  private readonly inputsAddress: string;
  private readonly elsewhere: (name: string) => boolean;

  constructor(scope: Construct, id: string, props: ApplicationSecretProps) {
    super(scope, id);
    const { filledBy } = props;
    this.elsewhere = props.elsewhere;
    const local = new TerraformLocal(this, "inputs", inputsOf(props));
    this.inputsAddress = `local.${local.friendlyUniqueId}`;
    this.resource = new SecretV1(this, "secret", {
      metadata: { name: props.name, namespace: props.namespace, labels: { ...props.labels } },
      type: "Opaque",
      dataWo: filledBy ? {} : valuesOf(props),
      lifecycle: filledBy ? { ignoreChanges: [...THE_OPERATORS] } : undefined,
    });
    this.resource.addOverride(
      "data_wo_revision",
      filledBy ? 1 : `\${parseint(substr(sha256(jsonencode(${this.inputsAddress})), 0, 8), 16)}`,
    );
    this.name = this.resource.metadata.name;
    this.at = { name: props.name, namespace: props.plainNamespace };
    if (filledBy) {
      const { dependsOn } = filledBy;
      new ExternalSecret(this, "external", {
        ...props,
        ...filledBy,
        inputsAddress: this.inputsAddress,
        dependsOn: [...dependsOn, this.resource],
      });
    }
  }

  /** @returns a Terraform expression that changes with the secrets of these tasks in it. `undefined` without any */
  checksumOf(tasks: readonly Task[]): string | undefined {
    const names = new Set(tasks.flatMap((task) => Object.values(task.secrets ?? {})));
    const inputs = [...names]
      .filter((name) => !this.elsewhere(name))
      .sort()
      .map((name) => `${this.inputsAddress}["${name}"]`);
    return inputs.length > 0 ? `\${sha256(jsonencode([${inputs.join(", ")}]))}` : undefined;
  }
}

/** What the operator changes in the Secret: labels and annotations of its own, and the values. */
const THE_OPERATORS = [
  'metadata[0].labels["reconcile.external-secrets.io/managed"]',
  "metadata[0].annotations",
  "data_wo_revision",
] as const;

/** @returns ephemeral expressions of the values, by key */
function valuesOf({ bindings, composed, definitions, login, secrets }: ApplicationSecretProps): Record<string, string> {
  const data: Record<string, string> = {};
  for (const { name } of written(definitions)) data[name] = secrets.get(name).value;
  for (const { name, value } of composed) data[name] = value(bindings, (secret) => secrets.get(secret).value);
  if (login) {
    const { newest, passwordKey, userKey } = login;
    data[userKey] = newest.user;
    data[passwordKey] = newest.password;
  }
  return data;
}

/** @returns everything that a value depends on and that is not secret, by key */
function inputsOf(props: ApplicationSecretProps): Record<string, readonly string[]> {
  const { bindings, composed, definitions, filledBy, login, secrets } = props;
  // What an operator brings without an apply must not restart pods at the next apply.
  const version = (name: string): string =>
    secrets.get(name)[filledBy && !filledBy.pinned.includes(name) ? "ownVersion" : "version"];
  const inputs: Record<string, readonly string[]> = {};
  for (const { name } of written(definitions)) inputs[name] = [version(name)];
  for (const { name, from, value } of composed) {
    // The composed text without the secrets counts too: a changed host has to be written as well.
    const visible = value(bindings, (secret) => `<${secret}>`);
    inputs[name] = [visible, ...from.map(version)];
  }
  // A rotated login must not write the Secret again: the rotation has written it already.
  if (login) inputs[login.userKey] = inputs[login.passwordKey] = ["rotates"];
  return inputs;
}
