import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inspect } from "node:util";
import { compileFunction } from "node:vm";
import { Fn, Lazy, TerraformIterator } from "cdktf";
import { TerraformDynamicBlock } from "cdktf/lib/terraform-dynamic-block";
import { TerraformDynamicExpression } from "cdktf/lib/terraform-dynamic-expression";
import quick = require("cdktf/lib/util");
import "./quick";

type Util = typeof quick;

/** CDKTF's own functions, which `./quick` has replaced in the module. */
function original(): Util {
  const path = require.resolve("cdktf/lib/util");
  const exports = {};
  const load = compileFunction(readFileSync(path, "utf8"), ["exports", "require"]) as (...given: unknown[]) => void;
  load(exports, (name: string) => createRequire(path)(name) as unknown);
  return exports as Util;
}

const own = original();

test("they are other functions", () => {
  for (const name of ["deepMerge", "keysToSnakeCase", "processDynamicAttributes"] as const) {
    expect(quick[name]).not.toBe(own[name]);
  }
});

const late = Lazy.anyValue({ produce: () => 1 });

test.each<readonly [string, () => readonly [object, ...object[]]]>([
  [
    "new fields, old ones and nested ones",
    () => [
      { a: 1, b: { c: 2 } },
      { a: 3, b: { d: 4 }, e: { f: { g: 5 } } },
    ],
  ],
  [
    "lists, which are appended",
    () => [
      { a: [1], b: 2 },
      { a: [2], b: [3], c: [{ d: undefined }] },
    ],
  ],
  [
    "nothing, which takes away",
    () => [
      { a: 1, b: 2 },
      { a: undefined, c: undefined, d: { e: undefined } },
    ],
  ],
  [
    "null, and an object in place of a text",
    () => [
      { a: "text", b: 1 },
      { a: { c: 1 }, b: null },
    ],
  ],
  ["what is known later, and not merged into", () => [{ a: { b: 1 } }, { a: late, c: { d: late } }]],
  ["several, in order", () => [{}, { a: 1 }, { a: { b: 1 } }, { a: { c: 2 } }]],
  ["an object into a list", () => [{ a: [1] }, { a: { 1: 2 } }]],
  ["names that every object has", () => [{}, { constructor: { a: 1 }, toString: { b: 2 } }]],
])("%s: merged as CDKTF does", (_, given) => {
  // Everything that is seen of it: the order of fields, and those that are undefined.
  const seen = (util: Util): string => inspect(util.deepMerge(...given()), { depth: null });
  expect(seen(quick)).toBe(seen(own));
});

test("what is merged is not part of the result: a later merge leaves it as it is", () => {
  const given = { a: { b: { c: 1 } } };
  const merged = quick.deepMerge({}, given) as unknown;
  quick.deepMerge(merged, { a: { b: { d: 2 } } });
  expect(given).toEqual({ a: { b: { c: 1 } } });
});

test.each<readonly [string, () => readonly [unknown, ...unknown[]]]>([
  ["into what is known later", () => [late, { a: 1 }]],
  ["into a text", () => ["text", { a: 1 }]],
  ["a text", () => [{}, "text"]],
])("%s is refused in CDKTF's own words", (_, given) => {
  const message = (util: Util): string => {
    try {
      util.deepMerge(...given());
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("nothing was refused");
  };
  expect(message(quick)).toBe(message(own));
});

test.each<readonly [string, object]>([
  ["names of every kind", { dependsOn: 1, forEach: 2, a1B2: 3, "x-y": 4, "/z": 5, XMLName: 6, snake_case: 7 }],
  ["fields, and lists of them", { lifecycle: { createBeforeDestroy: true, ignoreChanges: [{ someName: 1 }, "aB"] } }],
  ["what has the user's own names", { tags: { aB: 1 }, environment: { cD: 2 }, other: { eF: undefined } }],
  ["what is known later", { connection: late }],
])("%s: written with underscores as CDKTF does", (_, given) => {
  expect(quick.keysToSnakeCase(given)).toStrictEqual(own.keysToSnakeCase(given));
});

test("blocks of which Terraform counts how many: put where CDKTF puts them", () => {
  const block = TerraformDynamicBlock.fromDynamicExpression(
    new TerraformDynamicExpression({ iterator: TerraformIterator.fromList(["a"]), content: {} }),
  );
  const given = (): Record<string, unknown> => ({
    a: { rule: block, b: [1] },
    rule: block,
    c: Fn.join(",", ["x"]),
    d: late,
  });
  const shape = (value: unknown): string =>
    JSON.stringify(value, (_, field: unknown) => (field === late ? "late" : field));
  expect(Object.keys(quick.processDynamicAttributes(given()))).toEqual(
    Object.keys(own.processDynamicAttributes(given())),
  );
  expect(shape(quick.processDynamicAttributes({ a: given().a }))).toBe(
    shape(own.processDynamicAttributes({ a: given().a })),
  );
});
