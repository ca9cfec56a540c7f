import type { Bindings, ComposedSecret, SecretDefinition } from "../application-config";
import type { LoginSecret } from "../platform/login-secret";
import type { Secrets } from "../platform/secrets";

/** What is in an application's Kubernetes Secret, written by Terraform or by an operator. */
export interface SecretContent {
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
    /** Ephemeral expressions of the newest login. */
    readonly newest: Pick<LoginSecret, "secretId" | "user" | "password">;
  };
}

/** @returns the secrets that are in the pods' Secret as they are, not only as parts of composed ones */
export function written(definitions: readonly SecretDefinition[]): readonly SecretDefinition[] {
  return definitions.filter(({ onlyComposed }) => onlyComposed !== true);
}
