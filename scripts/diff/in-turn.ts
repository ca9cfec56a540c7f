import { type Block, isManaged, typeOf } from "../stacks/blocks";
import { differences } from "../stacks/differences";
import type { Change } from "./change";
import { immutableArguments, replaces, schemaPath } from "./immutable";

/**
 * Adds what is replaced because something else is: an argument that cannot be changed in place refers to what only the
 * apply will know, or `replace_triggered_by` names it.
 * @param blocks of the new stack
 * @param changes of the stack, one per address
 */
export function withReplacedInTurn(blocks: ReadonlyMap<string, Block>, changes: readonly Change[]): Change[] {
  const found = new Map(changes.map((change) => [change.address, change]));
  const waiting = changes.filter(({ kind }) => kind === "replaced" || kind === "changed");
  for (const cause of waiting) {
    for (const [address, block] of blocks) {
      const known = found.get(address);
      if (!isManaged(address) || address === cause.address) continue;
      if (known?.kind === "replaced" || known?.kind === "added") continue;
      const remark = because(block, typeOf(address), cause, blocks);
      if (remark === undefined) continue;
      const { stack } = cause;
      const next: Change = {
        ...(known ?? { stack, address, attributes: [] }),
        kind: "replaced",
        remarks: [...(known?.remarks ?? []), remark],
      };
      found.set(address, next);
      // The list grows during the loop, so what follows from this one is found as well.
      waiting.push(next);
    }
  }
  return [...found.values()];
}

function because(
  block: Block,
  type: string,
  { address, kind }: Change,
  blocks: ReadonlyMap<string, Block>,
): string | undefined {
  const { replace_triggered_by: triggers = [] } = (block.lifecycle ?? {}) as {
    readonly replace_triggered_by?: readonly string[];
  };
  if (triggers.some((trigger) => trigger === address || trigger.startsWith(`${address}.`))) {
    return `replace_triggered_by names ${address}`;
  }
  if (kind !== "replaced") return undefined;
  const immutable = immutableArguments(type) ?? [];
  const reference = differences({}, block).find(
    (difference) =>
      replaces(difference, immutable) && refersToUnknown(difference.after, address, blocks.get(address) ?? {}),
  );
  return reference && `${schemaPath(reference.path)} refers to ${address}, which is replaced`;
}

/** Terraform knows the value of a plain text argument before the apply. */
function refersToUnknown(value: unknown, address: string, given: Block): boolean {
  const reference = new RegExp(`(?<![\\w.-])${address.replaceAll(".", "\\.")}(?:\\[[^\\]]*\\])?\\.(\\w+)`, "g");
  return [...JSON.stringify(value).matchAll(reference)].some(([, attribute = ""]) => {
    const known = given[attribute];
    return known === undefined || JSON.stringify(known).includes("${");
  });
}
