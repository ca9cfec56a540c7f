import { type Block, isAddress, typeOf } from "../stacks/blocks";
import { leaves } from "../stacks/differences";

/** An address that became another. */
export interface Pair {
  readonly from: string;
  readonly to: string;
}

type Named = readonly [address: string, block: Block];

/** Share of equal arguments from which on two resources are taken for one that was renamed. */
const SIMILAR = 0.6;

/** @returns which of the addresses that went became which of those that came: of one type, with similar content */
export function findRenamed(gone: readonly Named[], come: readonly Named[]): Pair[] {
  const candidates = gone
    .filter(([from]) => isAddress(from) && !/^(output|var)\./.test(from))
    .flatMap(([from, before]) =>
      come
        .filter(([to]) => typeOf(to) === typeOf(from))
        .map(([to, after]) => ({ from, to, score: similarity(leafSet(before), leafSet(after)) })),
    )
    .filter(({ score }) => score >= SIMILAR)
    // Of several that are alike, the one whose name is most alike.
    .map((pair) => ({ ...pair, name: similarity(new Set(pair.from.split("_")), new Set(pair.to.split("_"))) }))
    .sort((a, b) => b.score - a.score || b.name - a.name);
  const taken = new Set<string>();
  const pairs: Pair[] = [];
  for (const { from, to } of candidates) {
    if (taken.has(from) || taken.has(to)) continue;
    taken.add(from).add(to);
    pairs.push({ from, to });
  }
  return pairs;
}

function leafSet(block: Block): ReadonlySet<string> {
  return new Set(leaves(block).map(({ path, value }) => `${path}=${JSON.stringify(value)}`));
}

/** Of all that either has, the share that both have. */
function similarity(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const all = new Set([...one, ...other]).size;
  return all === 0 ? 1 : [...one].filter((item) => other.has(item)).length / all;
}

/** @returns a value in which references to renamed addresses name the new ones, so that only the rest differs */
export function withNewAddresses(value: unknown, pairs: readonly Pair[]): unknown {
  if (pairs.length === 0) return value;
  const renamed = new Map(pairs.map(({ from, to }) => [from, to]));
  const text = JSON.stringify(value).replace(
    /(?<![\w.-])(?:data\.|ephemeral\.)?[a-z][a-z0-9_]*\.[\w-]+/g,
    (address) => renamed.get(address) ?? address,
  );
  return JSON.parse(text) as unknown;
}
