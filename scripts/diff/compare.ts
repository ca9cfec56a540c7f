import { type Block, isManaged, type Stack, typeOf } from "../stacks/blocks";
import { differences } from "../stacks/differences";
import type { Stacks } from "../stacks/variants";
import type { Attribute, Change } from "./change";
import { immutableArguments, replaces, schemaPath } from "./immutable";
import { withReplacedInTurn } from "./in-turn";
import { findRenamed, type Pair, withNewAddresses } from "./renames";

const NOTHING: Stack = { blocks: new Map(), moved: [] };

/** @returns what differs between the stacks of one variant, in the order of stacks and addresses */
export function compareStacks(before: Stacks, after: Stacks): Change[] {
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((name) => compareStack(name, before.get(name) ?? NOTHING, after.get(name) ?? NOTHING));
  return changes.map((change) => withOtherStack(change, changes));
}

function compareStack(stack: string, before: Stack, after: Stack): Change[] {
  const gone = [...before.blocks].filter(([address]) => !after.blocks.has(address));
  const come = [...after.blocks].filter(([address]) => !before.blocks.has(address));
  const moved = after.moved.filter(({ from, to }) => before.blocks.has(from) && !before.blocks.has(to));
  const renamed = findRenamed(
    gone.filter(([address]) => !moved.some(({ from }) => from === address)),
    come.filter(([address]) => !moved.some(({ to }) => to === address)),
  );
  const pairs = [...moved, ...renamed];
  const kept = [...before.blocks.keys()].filter((address) => after.blocks.has(address));
  const both = [...kept.map((address) => ({ from: address, to: address })), ...pairs];
  const left = (kind: "removed" | "added", [address]: readonly [string, Block]): Change[] =>
    both.some(({ from, to }) => address === (kind === "removed" ? from : to))
      ? []
      : [{ kind, stack, address, attributes: [], remarks: [] }];
  const changes = [
    ...both.flatMap(({ from, to }) => {
      const was = withNewAddresses(before.blocks.get(from) ?? {}, pairs) as Block;
      const isSame = (a: unknown, b: unknown): boolean => resolve(a, before.blocks) === resolve(b, after.blocks);
      return compareBlocks({ stack, from, to, moved, isSame }, was, after.blocks.get(to) ?? {});
    }),
    ...gone.flatMap((one) => left("removed", one)),
    ...come.flatMap((one) => left("added", one)),
  ];
  return withReplacedInTurn(after.blocks, changes).sort((a, b) => compareText(a.address, b.address));
}

interface Where extends Pair {
  readonly stack: string;
  readonly moved: readonly Pair[];
  /** Whether a value has the same meaning on both sides, however it is written. */
  readonly isSame: (before: unknown, after: unknown) => boolean;
}

function compareBlocks({ stack, from, to, moved, isSame }: Where, before: Block, after: Block): Change[] {
  const renamed = from !== to;
  const immutable = isManaged(to) ? immutableArguments(typeOf(to)) : [];
  const ignored = ignoredPaths(after);
  const attributes = differences(before, after).map((difference): Attribute => {
    if (ignored.some((path) => path === "all" || isWithin(difference.path, path))) {
      return { ...difference, effect: "ignored" };
    }
    if (isSame(difference.before, difference.after)) return { ...difference, effect: "same" };
    return replaces(difference, immutable ?? []) ? { ...difference, effect: "replaces" } : difference;
  });
  if (attributes.length === 0 && !renamed) return [];
  const isMoved = moved.some((pair) => pair.to === to);
  const lost = renamed && isManaged(to) && !isMoved;
  const replaced = lost || attributes.some(({ effect }) => effect === "replaces");
  const remarks = [
    lost && "the address has changed without a moved block",
    replaced && preventsDestroy(before) && "prevent_destroy refuses the plan",
    immutable === undefined && "it is not known here which arguments of this type can be changed in place",
  ].filter((remark) => remark !== false);
  const kind = replaced ? "replaced" : !renamed ? "changed" : isMoved ? "moved" : "renamed";
  return [{ kind, stack, address: to, ...(renamed && { from }), attributes, remarks }];
}

/** A value as text, with references to plain text replaced by the text. */
function resolve(value: unknown, blocks: ReadonlyMap<string, Block>): string | undefined {
  const text = JSON.stringify(value) as string | undefined;
  return text?.replace(/\$\{([\w-]+\.[\w-]+)\.(\w+)\}/g, (reference, address: string, argument: string) => {
    const known = blocks.get(address)?.[argument];
    return typeof known === "string" && !known.includes("${") ? known : reference;
  });
}

function ignoredPaths(block: Block): string[] {
  const { ignore_changes: list } = (block.lifecycle ?? {}) as { readonly ignore_changes?: string | readonly string[] };
  return list === undefined ? [] : [list].flat().map(schemaPath);
}

function isWithin(path: string, outer: string): boolean {
  const inner = schemaPath(path);
  return inner === outer || inner.startsWith(`${outer}.`);
}

/** Only as long as the block exists: Terraform destroys what has left the configuration. */
function preventsDestroy(block: Block): boolean {
  return (block.lifecycle as { readonly prevent_destroy?: boolean } | undefined)?.prevent_destroy === true;
}

/** What moves from one stack to another is lost to the first one's state. */
function withOtherStack(change: Change, changes: readonly Change[]): Change {
  if (change.kind !== "removed" || !isManaged(change.address)) return change;
  const { address, remarks } = change;
  const other = changes.find((one) => one.kind === "added" && one.address === address && one.stack !== change.stack);
  return other ? { ...change, remarks: [...remarks, `${other.stack} creates one with this address`] } : change;
}

/** By code points: the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
