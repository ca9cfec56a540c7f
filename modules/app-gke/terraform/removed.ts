import type { TerraformStack } from "cdktf";
import { resourcesOf } from "./dependencies";

/**
 * Takes what a stack had out of its state without destroying it, by `removed` blocks: CDKTF has no class for them. For what is
 * not in the state they mean nothing, so they may stay.
 * @param before the stack as it was
 * @see https://developer.hashicorp.com/terraform/language/block/removed
 */
export function forget(stack: TerraformStack, before: TerraformStack): void {
  const kept = new Set(addresses(stack));
  const gone = addresses(before).filter((address) => !kept.has(address));
  if (gone.length === 0) return;
  stack.addOverride(
    "removed",
    gone.sort().map((from) => ({ from, lifecycle: { destroy: false } })),
  );
}

function addresses(stack: TerraformStack): string[] {
  return resourcesOf(stack).map(
    ({ terraformResourceType, friendlyUniqueId }) => `${terraformResourceType}.${friendlyUniqueId}`,
  );
}
