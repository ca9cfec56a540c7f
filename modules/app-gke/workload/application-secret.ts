import { TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import type { ComposedSecret, Bindings, SecretDefinition } from "../application-config";
import type { LoginSecret } from "../platform/login-secret";
import type { Secrets } from "../platform/secrets";
import type { Task } from "./pod";

export interface ApplicationSecretProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly definitions: readonly SecretDefinition[];
  readonly composed: readonly ComposedSecret[];
  readonly secrets: Secrets;
  readonly bindings: Bindings;
  /** The database's login, where it changes without Terraform. @default - it does not */
  readonly login?: {
    readonly userKey: string;
    readonly passwordKey: string;
    /** Ephemeral expressions of the newest one. */
    readonly newest: Pick<LoginSecret, "user" | "password">;
  };
}

/**
 * The Kubernetes Secret that pods take their secret environment from. Its data is a write-only argument; Terraform
 * writes it again when a number changes that is derived from the versions in Secret Manager and from everything in the
 * values that is not secret.
 */
export class ApplicationSecret extends Construct {
  readonly name: string;
  readonly resource: SecretV1;
  /** Terraform address of everything that the values depend on and that is not secret, by name. */
  private readonly inputsAddress: string;

  constructor(scope: Construct, id: string, props: ApplicationSecretProps) {
    super(scope, id);
    const { secrets, bindings } = props;
    const data: Record<string, string> = {};
    const inputs: Record<string, readonly string[]> = {};
    for (const { name } of props.definitions.filter(({ onlyComposed }) => onlyComposed !== true)) {
      const { value, version } = secrets.get(name);
      data[name] = value;
      inputs[name] = [version];
    }
    for (const { name, from, value } of props.composed) {
      data[name] = value(bindings, (secret) => secrets.get(secret).value);
      // The same text without the secrets, so that a changed host is noticed too.
      const visible = value(bindings, (secret) => `<${secret}>`);
      inputs[name] = [visible, ...from.map((secret) => secrets.get(secret).version)];
    }
    if (props.login) {
      const { newest, passwordKey, userKey } = props.login;
      data[userKey] = newest.user;
      data[passwordKey] = newest.password;
      // Another login is no reason to write: it is there already.
      inputs[userKey] = inputs[passwordKey] = ["rotates"];
    }
    const local = new TerraformLocal(this, "inputs", inputs);
    this.inputsAddress = `local.${local.friendlyUniqueId}`;
    this.resource = new SecretV1(this, "secret", {
      metadata: { name: props.name, namespace: props.namespace, labels: { ...props.labels } },
      type: "Opaque",
      dataWo: data,
    });
    this.resource.addOverride(
      "data_wo_revision",
      `\${parseint(substr(sha256(jsonencode(${this.inputsAddress})), 0, 8), 16)}`,
    );
    this.name = this.resource.metadata.name;
  }

  /** @returns a Terraform expression that changes with the secrets of these tasks. `undefined` without secrets */
  checksumOf(tasks: readonly Task[]): string | undefined {
    const names = new Set(tasks.flatMap((task) => Object.values(task.secrets ?? {})));
    const inputs = [...names].sort().map((name) => `${this.inputsAddress}["${name}"]`);
    return inputs.length > 0 ? `\${sha256(jsonencode([${inputs.join(", ")}]))}` : undefined;
  }
}
