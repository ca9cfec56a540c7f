import { DataGoogleSecretManagerSecrets } from "@cdktf/provider-google/lib/data-google-secret-manager-secrets";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";

/**
 * Lists the secrets that exist at plan time. A secret that never has a value is also a memory for the next plan, in its
 * labels or annotations.
 * @param names whole names or parts of names: a secret is found if its name contains one of them
 * @returns a Terraform expression, without `${}`
 */
export function listSecrets(
  scope: Construct,
  id: string,
  projectId: string,
  names: readonly string[],
  dependsOn: readonly ITerraformDependable[],
): string {
  const list = new DataGoogleSecretManagerSecrets(scope, id, {
    project: projectId,
    filter: names.map((name) => `name:${name}`).join(" OR "),
    // While the API is not enabled yet, this is read only at the apply: it is the first one, so there is nothing to find.
    dependsOn: [...dependsOn],
  });
  return `data.${list.terraformResourceType}.${list.friendlyUniqueId}.secrets`;
}
