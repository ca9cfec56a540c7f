/**
 * What the rule for the cluster does with an image that is not exempt:
 * https://cloud.google.com/binary-authorization/docs/key-concepts.
 */
export type EvaluationMode = "ALWAYS_ALLOW" | "REQUIRE_ATTESTATION" | "ALWAYS_DENY";

/** Binary Authorization for the cluster that the application runs in. */
export interface BinaryAuthorizationSettings {
  readonly mode: EvaluationMode;
  /** Service account that Terraform acts as, by e-mail. @default - whoever runs Terraform */
  readonly impersonateServiceAccount?: string;
}
