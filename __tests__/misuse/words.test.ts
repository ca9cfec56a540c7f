import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";

const GOOD = { project_id: "demo-project", require_services_gcp_module: false };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "words-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function said(content: string, json = false): Promise<readonly Problem[]> {
  const text = json
    ? `{${JSON.stringify(GOOD).slice(1, -1)},\n${content}}`
    : `project_id = "demo-project"\nrequire_services_gcp_module = false\n${content}\n`;
  writeFileSync(join(directory, json ? "dev.tfvars.json" : "dev.tfvars"), text);
  return (await readEnvironments({ directory })).problems;
}

describe("a name with two values in an object or a map, of which a parser takes the last one", () => {
  test.each([
    ["in a map", 'resource_labels = { a = "x"\n b = "y"\n "a" = "z" }', 5, "resource_labels"],
    ["with colons", 'resource_labels = {a: "x",\na: "y"}', 4, "resource_labels"],
    ["in an object in a list", 'storage_buckets = [{\nname_suffix = "a"\nname_suffix = "b" }]', 5, "storage_buckets"],
    ["behind a comment", 'resource_labels = {\n # a = "c"\n a = "x"\n /* a */ a = "y" }', 6, "resource_labels"],
  ])("%s", async (_, content, line, variable) => {
    expect(await said(content)).toEqual([expect.objectContaining({ id: "field-given-twice", line, variable })]);
  });

  test("in JSON, however deep", async () => {
    const content = '"storage_buckets": [{ "name_suffix": "a", "cors": [{ "origin": ["*"],\n"origin": [] }] }]';
    expect(await said(content, true)).toEqual([
      expect.objectContaining({ id: "field-given-twice", line: 3, variable: "storage_buckets" }),
    ]);
  });

  test.each([
    ["in two objects of a list", 'storage_buckets = [{ name_suffix = "a" }, { name_suffix = "b" }]'],
    ["where the other one is a value", 'resource_labels = { a = "x"\n b = "a", x = "b" }'],
    ["where the other one is in a text", 'resource_labels = { a = "x" }\ndescription = "a = b, a = c"'],
  ])("not %s", async (_, content) => {
    expect(await said(content)).toEqual([]);
  });
});

test.each([
  ["region = us-central1", "Write it in quotes."],
  ["enable_cdn = TRUE", "Write true."],
  ["enable_cdn = yes", "Write true or false."],
  ["min_instance_count = one", "Write a plain number."],
  ["description = None", "Write it in quotes."],
  ["region = NULL", "Write null."],
])("%s is a word without quotes", async (content, remedy) => {
  const [problem, ...more] = await said(content);
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ id: "value-is-expression", line: 3, given: content.replace(/.*= /, "") });
  expect(problem?.message.endsWith(remedy)).toBe(true);
});

test("a letter that looks like another one is named by its number", async () => {
  expect(await said('regi\u043en = "us-central1"')).toEqual([
    expect.objectContaining({
      message:
        '"regi\u043en" is not a variable of this project: it has the character \u043e (U+043E). Did you mean "region"?',
    }),
  ]);
  expect(await said('region = "us\u2011central1"')).toEqual([
    expect.objectContaining({ given: '"us\u2011central1", with the character \u2011 (U+2011)' }),
  ]);
});

test("one mistake is said once: a number out of two limits, quotes of a word processor", async () => {
  expect(await said("min_instance_count = 1e999")).toEqual([expect.objectContaining({ given: "Infinity" })]);
  const messages = (await said("region = \u201cus-central1\u201d")).map(({ message }) => message);
  expect(messages).toEqual([...new Set(messages)]);
});
