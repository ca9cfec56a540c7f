import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseFile } from "../../modules/dify-gke/variables/parse";
import { type Values, withValues } from "../../scripts/discover/edit";
import { readFileText, replaceText } from "../../scripts/discover/write";

const NAME = "gke_cluster_name";
const SET = { [NAME]: "shared" };

test.each<[string, string, string]>([
  ["an empty file", "", 'gke_cluster_name = "shared"\n'],
  ["the end of a file", "a = 1\n", 'a = 1\n\ngke_cluster_name = "shared"\n'],
  ["a file that ends without a line's end", "a = 1", 'a = 1\n\ngke_cluster_name = "shared"\n'],
  ["a file of another system", "a = 1\r\nb = 2", 'a = 1\r\nb = 2\r\n\r\ngke_cluster_name = "shared"\r\n'],
  ["a value", 'gke_cluster_name = ""\nb = 2\n', 'gke_cluster_name = "shared"\nb = 2\n'],
  ["a value and its comment", 'gke_cluster_name   =   "" # later\r\n', 'gke_cluster_name   =   "shared" # later\r\n'],
  ["a value at the file's end", "gke_cluster_name=null", 'gke_cluster_name="shared"'],
  ["a name in quotes", '"gke_cluster_name" = ("a") // b', '"gke_cluster_name" = "shared" // b'],
  ["a comment before a value", 'gke_cluster_name = /* = */ "a"', 'gke_cluster_name = /* = */ "shared"'],
  ["a long text", "gke_cluster_name = <<-E\r\n  a = 1\r\n  E\r\nb = 2\r\n", 'gke_cluster_name = "shared"\r\nb = 2\r\n'],
  ["a list", "gke_cluster_name = [\n  1, # one\n]\nb = 2\n", 'gke_cluster_name = "shared"\nb = 2\n'],
  [
    "under a line that is commented out",
    '# gke_cluster_name = "theirs"\nb = 2\n',
    '# gke_cluster_name = "theirs"\ngke_cluster_name = "shared"\nb = 2\n',
  ],
  [
    "not under one in a text or a comment",
    "t = <<E\n# gke_cluster_name = 1\nE\n/*\n# gke_cluster_name = 1\n*/\n",
    't = <<E\n# gke_cluster_name = 1\nE\n/*\n# gke_cluster_name = 1\n*/\n\ngke_cluster_name = "shared"\n',
  ],
  [
    "not inside of an object",
    'o = {\n  gke_cluster_name = "inner"\n}\n',
    'o = {\n  gke_cluster_name = "inner"\n}\n\ngke_cluster_name = "shared"\n',
  ],
])("%s", (_, before, after) => {
  expect(withValues("dev.tfvars", before, SET)).toBe(after);
});

test("several values: those that are new are one paragraph", () => {
  const values = { network_name: "vpc", redis_tls: true, sql_tier: "db-custom-4-15360" };
  expect(withValues("dev.tfvars", 'sql_tier = "x"\n', values)).toBe(
    'sql_tier = "db-custom-4-15360"\n\nnetwork_name = "vpc"\nredis_tls    = true\n',
  );
});

test("a list takes the place of a list, and nothing else moves", () => {
  const values = { handed_over_services: ["network", "sql_instance"] };
  expect(
    withValues("dev.tfvars", 'a = 1\nhanded_over_services = [\n  "network", # since May\n]\nb = 2 # two\n', values),
  ).toBe('a = 1\nhanded_over_services = ["network", "sql_instance"]\nb = 2 # two\n');
  expect(JSON.parse(withValues("dev.tfvars.json", '{ "a": 1 }', values))).toEqual({ a: 1, ...values });
});

test("a template's beginning in a value is a text", () => {
  expect(withValues("dev.tfvars", "", { a: "${b}%{c}" })).toBe('a = "$${b}%%{c}"\n');
});

test.each<[string, string, string]>([
  ["an empty object", "{}", '{\n  "gke_cluster_name": "shared"\n}'],
  [
    "an object",
    '{\n    "a": 1,\n    "//": "why"\n}\n',
    '{\n    "a": 1,\n    "//": "why",\n    "gke_cluster_name": "shared"\n}\n',
  ],
  ["a value", '{"gke_cluster_name":null ,"b":[1, 2]}', '{"gke_cluster_name":"shared" ,"b":[1, 2]}'],
  ["tabs and another system", '{\r\n\t"a": 1\r\n}\r\n', '{\r\n\t"a": 1,\r\n\t"gke_cluster_name": "shared"\r\n}\r\n'],
])("JSON: %s", (_, before, after) => {
  expect(withValues("dev.tfvars.json", before, SET)).toBe(after);
});

/** Parts of a variable file, each on lines of its own, with names that are counted through. */
const PARTS: readonly ((name: string) => string)[] = [
  (name) => `${name} = "a = 1 # no comment"`,
  (name) => `${name} = true # gke_cluster_name = "comment"`,
  (name) => `${name} = {\n  gke_cluster_name = "inner" // c\n  list = [\n    "}", # ]\n  ]\n}`,
  (name) => `${name} = <<-EOT\n  gke_cluster_name = "text"\n  # gke_cluster_name = "text"\n  EOT`,
  (name) => `${name} = [1, -2.5,\n  3]`,
  () => '# a comment, with = and "quotes',
  () => "/* gke_cluster_name = 1\n   */",
  () => "// gke_cluster_name",
  () => "",
];
const VALUES = ['""', "null", '"old" # why', "<<E\nold\nE", "/* c */ 1"] as const;

const file = fc
  .tuple(
    fc.array(fc.nat(PARTS.length - 1), { maxLength: 8 }),
    fc.option(fc.tuple(fc.nat(8), fc.constantFrom(...VALUES))),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([parts, own, commented, windows, ended]) => {
    const lines = parts.map((part, index) => PARTS[part]?.(`v${index}`) ?? "");
    if (own) lines.splice(own[0], 0, `${NAME} = ${own[1]}`);
    if (commented) lines.unshift(`#${NAME} = "theirs"`);
    const all = lines.join("\n");
    // A long text ends with a line.
    const text = all + ((ended && lines.length > 0) || /(^|\n)\s*(EOT|E)$/.test(all) ? "\n" : "");
    return windows ? text.replaceAll("\n", "\r\n") : text;
  });

const directory = mkdtempSync(join(tmpdir(), "discover-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function valuesOf(text: string): Promise<ReadonlyMap<string, unknown>> {
  const { values, problems } = await parseFile(join(directory, "x.tfvars"), text);
  expect(problems).toEqual([]);
  return values ?? new Map<string, unknown>();
}

test("whatever the file: the value is there, every other one is what it was, and no other line has changed", async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.boolean(), async (before, two) => {
      const values: Values = two ? { ...SET, network_name: "vpc" } : SET;
      const after = withValues("dev.tfvars", before, values);
      const [old, now] = [await valuesOf(before), await valuesOf(after)];
      expect(Object.fromEntries(now)).toEqual({ ...Object.fromEntries(old), ...values });
      // Each line that was there is there still, in order, but for the old value's.
      const kept = before
        .split("\n")
        .filter((line) => line.trim() !== "" && !/^(gke_cluster_name|old|E)\b/.test(line.trim()));
      const lines = after.split("\n");
      let at = 0;
      for (const line of kept) {
        at = lines.findIndex((one, index) => index >= at && one.trimEnd() === line.trimEnd()) + 1;
        expect([line, at > 0]).toEqual([line, true]);
      }
      if (before.includes("\r\n")) expect(after).not.toMatch(/[^\r]\n/);
      // A second time there is nothing left to do.
      expect(withValues("dev.tfvars", after, values)).toBe(after);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test("whatever the JSON: all other members stay, in order", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue()),
      fc.constantFrom(undefined, 2, 4, "\t"),
      fc.boolean(),
      (members, indent, named) => {
        const given = { ...members, ...(named ? { [NAME]: "" } : {}) };
        const after = withValues("x.json", JSON.stringify(given, undefined, indent), SET);
        expect(JSON.parse(after)).toEqual({ ...(JSON.parse(JSON.stringify(given)) as object), ...SET });
        expect(Object.keys(JSON.parse(after) as object)).toEqual(Object.keys({ ...given, ...SET }));
      },
    ),
  );
});

describe("a file is replaced as a whole", () => {
  const path = join(directory, "real.tfvars");

  test("with its permissions and its mark, through a link, and nothing is left beside it", () => {
    writeFileSync(path, "\uFEFFa = 1\n");
    chmodSync(path, 0o640);
    const link = join(directory, "link.tfvars");
    symlinkSync(path, link);
    const before = readFileText(link);
    expect(before.text).toBe("a = 1\n");
    expect(replaceText(link, before, "a = 2\n")).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("\uFEFFa = 2\n");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(["link.tfvars", "real.tfvars"]);
  });

  test("not if somebody has changed it in the meantime", () => {
    writeFileSync(path, "a = 1\n");
    const before = readFileText(path);
    writeFileSync(path, "a = 3\n");
    expect(replaceText(path, before, "a = 2\n")).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("a = 3\n");
    expect(readdirSync(directory).sort()).toEqual(["link.tfvars", "real.tfvars"]);
  });
});
