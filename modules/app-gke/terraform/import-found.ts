import { type TerraformResource, TerraformStack } from "cdktf";
import { addressOf, appendBlock } from "./removed";

/**
 * Takes what exists into the state, by an `import` block with `for_each`: CDKTF's classes import only what is sure to
 * exist. For what is in the state it means nothing, so it may stay.
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
