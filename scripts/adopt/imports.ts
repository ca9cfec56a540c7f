import type { Resource } from "../stacks/resources";
import { importId, WAYS, type Way } from "./import-ids";

/** An `import` block, as Terraform's JSON has it. */
export interface Import {
  readonly to: string;
  readonly id: string;
  /** As in the resource. */
  readonly for_each?: unknown;
}

/** A resource with the way in which it is taken over. */
export interface Adoptable extends Resource {
  readonly address: string;
  readonly way: Way;
}

/** @returns the resources of a stack that its state lacks */
export function adoptables(resources: readonly Resource[], known: ReadonlySet<string>): Adoptable[] {
  return resources
    .map((resource) => ({ ...resource, address: `${resource.type}.${resource.name}`, way: wayOf(resource.type) }))
    .filter(({ address }) => !known.has(address));
}

function wayOf(type: string): Way {
  const way = WAYS[type];
  if (!way) throw new Error(`${type} is missing in scripts/adopt/import-ids.ts`);
  return way;
}

/**
 * @param found arguments that only Google knows, by address
 * @returns the blocks for what is imported by an id
 */
export function importBlocks(
  resources: readonly Adoptable[],
  found: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Import[] {
  return resources.flatMap(({ address, way, block }) => {
    if (!("id" in way)) return [];
    const more = found.get(address);
    if (way.id.includes("{found}") && !more) return [];
    const id = importId(way.id, { ...block, ...more });
    // The count is 0 or 1, which only the plan knows.
    if ("count" in block) return [{ to: `${address}[0]`, id }];
    return "for_each" in block ? [{ for_each: block.for_each, to: `${address}[each.key]`, id }] : [{ to: address, id }];
  });
}

/** @returns the text of a file with the blocks, one a line: what Terraform says of one is found by its line */
export function importFile(imports: readonly Import[]): string {
  const lines = imports.map((one) => `    ${JSON.stringify(one)}`);
  return `{\n  "import": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** The line of the first block in the file. */
export const FIRST_LINE = 3;
