import type { Change } from "../../scripts/diff/change";
import { report } from "../../scripts/diff/report";
import { describeValues } from "../../scripts/diff/values";

function change(kind: Change["kind"], address: string, more: Partial<Change> = {}): Change {
  return { kind, stack: "dify-dev", address, attributes: [], remarks: [], ...more };
}

const TEAM = [{ path: "labels.team", before: "ai", after: "data" }];
const plain = { attributes: true, color: false };

test("what differs alike in several variants stands once, replacements first", () => {
  const everywhere = change("added", "google_storage_bucket.app_files");
  const changes = new Map([
    ["the defaults", [everywhere]],
    ["enable_iap", [everywhere, change("replaced", "google_sql_user.app_user", { remarks: ["because"] })]],
    ["state_bucket", [everywhere]],
  ]);
  expect(report(changes, plain)).toEqual([
    "In all 3 variants",
    "",
    "  dify-dev",
    "    + google_storage_bucket.app_files",
    "",
    'In "enable_iap"',
    "",
    "  dify-dev",
    "  -/+ google_sql_user.app_user",
    "          because",
    "",
    "1 replaced, 1 added, in 3 of 3 variants.",
    "",
    "Would be replaced:",
    "  dify-dev google_sql_user.app_user",
  ]);
});

test("variants are named by the shorter list", () => {
  const names = ["a", "b", "c", "d", "e"];
  const among = (...some: string[]): (string | undefined)[] =>
    report(new Map(names.map((name) => [name, some.includes(name) ? [change("added", "a_b.c")] : []])), plain);
  expect(among("a", "b", "c", "d")[0]).toBe('In 4 variants: all but "e"');
  expect(among("a", "b")[0]).toBe('In 2 variants: "a", "b"');
});

test("addresses with the same differences share them", () => {
  const changes = new Map([
    [
      "the defaults",
      [
        change("changed", "a_b.one", { attributes: TEAM }),
        change("changed", "a_b.two", { attributes: TEAM }),
        change("changed", "a_b.three", {
          attributes: TEAM.map((one) => ({ ...one, after: "ops", effect: "ignored" as const })),
        }),
      ],
    ],
  ]);
  expect(report(changes, plain).slice(2, -2)).toEqual([
    "  dify-dev",
    "    ~ a_b.one",
    "    ~ a_b.two",
    '          labels.team: "ai" → "data"',
    "    ~ a_b.three",
    '          labels.team: "ai" → "ops"  (ignored: lifecycle)',
  ]);
  expect(report(changes, { ...plain, attributes: false }).join("\n")).not.toContain("labels");
});

test("nothing that differs is said in a sentence, and colours are for terminals", () => {
  expect(report(new Map([["the defaults", []]]), plain)).toEqual(["Nothing differs in 1 variant."]);
  const changes = new Map([["the defaults", [change("added", "a_b.c")]]]);
  expect(report(changes, plain).join()).not.toContain("\u001b");
  expect(report(changes, { ...plain, color: true }).join()).toContain("\u001b");
});

describe("values", () => {
  test("of a long one, what differs and a little around it", () => {
    const { line } = describeValues(
      `${"x".repeat(300)}one${"y".repeat(300)}`,
      `${"x".repeat(300)}two${"y".repeat(300)}`,
    );
    expect(line).toMatch(/^…x{10,40}oney{10,40}… → …x{10,40}twoy{10,40}…$/);
  });

  test("of a text, the lines that differ, the first dozen", () => {
    expect(describeValues("a\nb\nc\n", "a\nB\nc\n").more).toEqual(["- b", "+ B"]);
    const many = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join("");
    const { more } = describeValues("first\n", `first\n${many}`);
    expect(more).toHaveLength(13);
    expect(more.at(-1)).toBe("… and 18 lines more");
  });
});
