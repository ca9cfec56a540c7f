import { type Block, isManaged, typeOf } from "../stacks/blocks";
import { differences } from "../stacks/differences";
import type { Change } from "./change";
import { immutableArguments, replaces, schemaPath } from "./immutable";

/**
 * Adds what is replaced because something else is: it refers to what only the apply will know of that, in an argument that
 * cannot be changed in place, or `replace_triggered_by` names it.
 * @param blocks of the stack as it will be
 * @param changes of the stack, one an address
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
      // What follows from this one is found as well: the list grows while it is gone through.
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

/** Of an argument that is plain text, Terraform knows the value before the apply. */
function refersToUnknown(value: unknown, address: string, given: Block): boolean {
  const reference = new RegExp(`(?<![\\w.-])${address.replaceAll(".", "\\.")}(?:\\[[^\\]]*\\])?\\.(\\w+)`, "g");
  return [...JSON.stringify(value).matchAll(reference)].some(([, attribute = ""]) => {
    const known = given[attribute];
    return known === undefined || JSON.stringify(known).includes("${");
  });
}
