import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Testing } from "cdktf";
import { BASE, fileOf, inventory } from "../../scripts/inventory/inventory";
import { stackOf } from "../../scripts/stacks/blocks";
import type { Stacks } from "../../scripts/stacks/variants";
import { CASES } from "./cases";

// Addresses are public: who renames one replaces what people have deployed. After a change on purpose: npm run inventory.
const DIRECTORY = join(__dirname, "inventory");
const NAMES = [...CASES.keys()];

async function stacksOf(name: string): Promise<Stacks> {
  const built = await CASES.get(name)?.(Testing.app());
  return new Map(built?.stacks.map((stack) => [stack.node.id, stackOf(stack.toTerraform() as object)]));
}

let base: Stacks;

beforeAll(async () => {
  base = await stacksOf(BASE);
});

test.each(NAMES)("%s consists of what its inventory says", async (name) => {
  const stacks = name === BASE ? base : await stacksOf(name);
  const expected = readFileSync(join(DIRECTORY, fileOf(name)), "utf8");
  expect(inventory(name, stacks, name === BASE ? undefined : base)).toBe(expected);
});

test("every variant has a file of its own, and every file a variant", () => {
  expect(readdirSync(DIRECTORY).sort()).toEqual(NAMES.map(fileOf).sort());
});
