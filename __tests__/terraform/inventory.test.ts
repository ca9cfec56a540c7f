import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformElement, type TerraformStack, Testing } from "cdktf";
import { visitBeforeWriting } from "../../modules/app-gke/terraform/before-writing";
import { BASE, fileOf, inventory } from "../../scripts/inventory/inventory";
import { isAddress, type Stack, stackOf } from "../../scripts/stacks/blocks";
import type { Stacks } from "../../scripts/stacks/variants";
import { CASES } from "./cases";

// Addresses are public: who renames one replaces what people have deployed. After a change on purpose: npm run inventory.
const DIRECTORY = join(__dirname, "inventory");
const NAMES = [...CASES.keys()];

/** Blocks as the parts of a stack have them before CDKTF resolves their arguments, which takes half of a synthesis. */
function unresolved(stack: TerraformStack): Stack {
  const parts = stack.node.findAll().filter((element) => TerraformElement.isTerraformElement(element));
  return { blocks: new Map(parts.flatMap((part) => [...stackOf(part.toTerraform() as object).blocks])), moved: [] };
}

function written(stack: TerraformStack): Stack {
  return stackOf(stack.toTerraform() as object);
}

async function stacksOf(name: string, read = unresolved): Promise<Stacks> {
  const built = await CASES.get(name)?.(Testing.app());
  return new Map(
    built?.stacks.map((stack) => {
      visitBeforeWriting(stack);
      return [stack.node.id, read(stack)];
    }),
  );
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

// Of everything that is a kind of block of its own: ephemeral resources, charts, checks, what is forgotten.
test.each([BASE, "variables/prod.tfvars", "an operator that is installed", "a handed over SQL instance"])(
  "%s has the same addresses before its arguments are resolved as when it is written",
  async (name) => {
    const addresses = (stacks: Stacks): object =>
      Object.fromEntries(
        [...stacks].map(([stack, { blocks }]) => [stack, [...blocks.keys()].filter(isAddress).sort()]),
      );
    expect(addresses(await stacksOf(name))).toEqual(addresses(await stacksOf(name, written)));
  },
);

test("every variant has a file of its own, and every file a variant", () => {
  expect(readdirSync(DIRECTORY).sort()).toEqual(NAMES.map(fileOf).sort());
});
