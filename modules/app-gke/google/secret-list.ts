import { DataGoogleSecretManagerSecrets } from "@cdktf/provider-google/lib/data-google-secret-manager-secrets";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";

/**
 * Looks which secrets exist while Terraform plans. A secret that never has a value also remembers something for the next
 * plan, in its labels or annotations.
 * @param names whole names or parts of them: what is found holds one of them
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
    // Put off to the apply while the API is not on yet: the first time, when there is nothing to find.
    dependsOn: [...dependsOn],
  });
  return `data.${list.terraformResourceType}.${list.friendlyUniqueId}.secrets`;
}
