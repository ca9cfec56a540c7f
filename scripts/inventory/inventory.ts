import { isAddress, typeOf } from "../stacks/blocks";
import type { Stacks } from "../stacks/variants";

/** The variant that the others are compared with. */
export const BASE = "the defaults";

/** @returns the name of the file with a variant's inventory */
export function fileOf(variant: string): string {
  const words = variant.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${words.replace(/^-|-$/g, "")}.txt`;
}

/**
 * A variant's inventory: addresses and counts by type, for people to read and for git to compare.
 * @param base what is in the base's file and not repeated here; the base itself is written in full without it
 */
export function inventory(variant: string, stacks: Stacks, base?: Stacks): string {
  const names = [...new Set([...(base?.keys() ?? []), ...stacks.keys()])].sort();
  const parts = names.flatMap((name) => {
    const own = addresses(stacks, name);
    if (!base) return [[`${name}: ${own.length} addresses`, "", ...own, "", ...counts(own, "")]];
    const known = addresses(base, name);
    const come = own.filter((address) => !known.includes(address));
    const gone = known.filter((address) => !own.includes(address));
    if (come.length + gone.length === 0) return [];
    if (own.length === 0) return [[`${name}: not there`]];
    return [
      [
        name,
        "",
        ...come.map((address) => `+ ${address}`),
        ...gone.map((address) => `- ${address}`),
        "",
        ...counts(come, "+"),
        ...counts(gone, "-"),
      ],
    ];
  });
  const title = base ? `${variant}: as ${BASE}${parts.length > 0 ? ", but" : ""}` : variant;
  return `${[title, ...parts.flatMap((lines) => ["", ...lines])].join("\n")}\n`;
}

function addresses(stacks: Stacks, name: string): string[] {
  return [...(stacks.get(name)?.blocks.keys() ?? [])].filter(isAddress).sort();
}

function counts(list: readonly string[], sign: string): string[] {
  const byType = new Map<string, number>();
  for (const type of list.map(typeOf)) byType.set(type, (byType.get(type) ?? 0) + 1);
  return [...byType].map(([type, count]) => `${`${sign}${count}`.padStart(4)} ${type}`);
}
