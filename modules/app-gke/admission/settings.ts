/**
 * What the rule for the cluster does with an image that is not exempt:
 * https://cloud.google.com/binary-authorization/docs/key-concepts.
 */
export type EvaluationMode = "ALWAYS_ALLOW" | "REQUIRE_ATTESTATION" | "ALWAYS_DENY";

/** Binary Authorization for the cluster that the application runs in. */
export interface BinaryAuthorizationSettings {
  /** @see https://cloud.google.com/binary-authorization/docs/key-concepts */
  readonly mode: EvaluationMode;
  /**
   * E-mail address of the service account that Terraform acts as.
   * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference#impersonate_service_account
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}
