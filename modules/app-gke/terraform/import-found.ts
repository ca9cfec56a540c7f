import { type TerraformResource, TerraformStack } from "cdktf";
import { addressOf, appendBlock } from "./removed";

/**
 * Takes a resource into the state if it exists, by an `import` block with `for_each`: CDKTF's classes only import what is sure to
 * exist. The block has no effect on what is in the state already, so it may stay.
 * @param found Terraform expression, without `${}`: the id of what exists, in a list of none or one
 * @see https://developer.hashicorp.com/terraform/language/block/import#for_each
 */
export function importFound(resource: TerraformResource, found: string): void {
  appendBlock(TerraformStack.of(resource), "import", {
    for_each: `\${toset(${found})}`,
    to: addressOf(resource),
    id: "${each.value}",
  });
}
