import { type Block, isAddress, typeOf } from "../stacks/blocks";
import { leaves } from "../stacks/differences";

/** An address that was changed to another. */
export interface Pair {
  readonly from: string;
  readonly to: string;
}

type Named = readonly [address: string, block: Block];

/** From this share of equal arguments on, two resources count as one that was renamed. */
const SIMILAR = 0.6;

/** @returns which removed addresses became which new ones: of the same type, with similar content */
export function findRenamed(gone: readonly Named[], come: readonly Named[]): Pair[] {
  const candidates = gone
    .filter(([from]) => isAddress(from) && !/^(output|var)\./.test(from))
    .flatMap(([from, before]) =>
      come
        .filter(([to]) => typeOf(to) === typeOf(from))
        .map(([to, after]) => ({ from, to, score: similarity(leafSet(before), leafSet(after)) })),
    )
    .filter(({ score }) => score >= SIMILAR)
    // Among several similar ones, the one with the most similar name.
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

/** The share of common elements among all that either has. */
function similarity(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const all = new Set([...one, ...other]).size;
  return all === 0 ? 1 : [...one].filter((item) => other.has(item)).length / all;
}

/** @returns a value in which references to renamed addresses have the new names, so that only the rest differs */
export function withNewAddresses(value: unknown, pairs: readonly Pair[]): unknown {
  if (pairs.length === 0) return value;
  const renamed = new Map(pairs.map(({ from, to }) => [from, to]));
  const text = JSON.stringify(value).replace(
    /(?<![\w.-])(?:data\.|ephemeral\.)?[a-z][a-z0-9_]*\.[\w-]+/g,
    (address) => renamed.get(address) ?? address,
  );
  return JSON.parse(text) as unknown;
}
