import { type LocalExecProvisioner, type TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { visitBeforeWriting } from "./before-writing";
import { resourcesOf } from "./dependencies";

const written = new WeakMap<TerraformStack, Map<string, object[]>>();

/** Adds a block of a kind that a stack has several of, and for which CDKTF has no class. */
export function appendBlock(stack: TerraformStack, kind: "import" | "removed", block: object): void {
  const kinds = written.get(stack) ?? new Map<string, object[]>();
  written.set(stack, kinds);
  const blocks = [...(kinds.get(kind) ?? []), block];
  kinds.set(kind, blocks);
  stack.addOverride(kind, blocks);
}

/**
 * Takes something out of a stack's state without destroying it, by `removed` blocks: CDKTF has no class for them. They have no effect
 * on what is not in the state, so they may stay.
 * @param addresses of what the stack had, and no longer has
 * @see https://developer.hashicorp.com/terraform/language/block/removed
 */
export function forgetAddresses(stack: TerraformStack, addresses: readonly string[]): void {
  for (const from of [...addresses].sort()) appendBlock(stack, "removed", { from, lifecycle: { destroy: false } });
}

/**
 * Undoes what an earlier apply did, if it is not asked for any more: Terraform runs a destroy provisioner only while the configuration
 * has it, in a resource or in a `removed` block.
 * @param ids path of the earlier `terraform_data` below `scope`, from which its address follows
 * @param provisioner as the resource had it
 */
export function takeBack(scope: Construct, ids: readonly string[], provisioner: LocalExecProvisioner): void {
  const stack = TerraformStack.of(scope);
  const { type, ...command } = provisioner;
  appendBlock(stack, "removed", {
    from: `terraform_data.${[stack.getLogicalId(scope.node), ...ids.map((id) => id.replaceAll("-", "_"))].join("_")}`,
    lifecycle: { destroy: true },
    provisioner: [{ [type]: command }],
  });
}

/** Forgets everything that a stack no longer has. @param before the stack as it was */
export function forget(stack: TerraformStack, before: TerraformStack): void {
  for (const each of [stack, before]) visitBeforeWriting(each);
  const kept = new Set(resourcesOf(stack).map(addressOf));
  forgetAddresses(
    stack,
    resourcesOf(before)
      .map(addressOf)
      .filter((address) => !kept.has(address)),
  );
}

/** @returns `google_storage_bucket.app_buckets_data` */
export function addressOf({ terraformResourceType, friendlyUniqueId }: TerraformResource): string {
  return `${terraformResourceType}.${friendlyUniqueId}`;
}
