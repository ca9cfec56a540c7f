import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const architecture = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** Exported classes and types of the modules, with the files that export them. */
const exported = new Map<string, string[]>();
/** The same of functions and constants. */
const values = new Map<string, string[]>();
for (const path of readdirSync(join(root, "modules"), { recursive: true, encoding: "utf8" })) {
  if (!path.endsWith(".ts")) continue;
  const text = readFileSync(join(root, "modules", path), "utf8");
  for (const [, name = ""] of text.matchAll(/^export (?:abstract )?(?:class|interface|type) (\w+)/gm))
    exported.set(name, [...(exported.get(name) ?? []), path]);
  for (const [, name = ""] of text.matchAll(/^export (?:async )?(?:function[*]? |const )(\w+)/gm))
    values.set(name, [...(values.get(name) ?? []), path]);
}

/** One thing that two layers know: what a file asks for, and what becomes of it. */
const ON_TWO_LAYERS = ["Claim", "JobRights", "RedisServer"];

test("no two files of the modules export different types by one name", () => {
  const twice = [...exported].filter(([, paths]) => paths.length > 1);
  expect(twice.filter(([name]) => !ON_TWO_LAYERS.includes(name))).toEqual([]);
  expect(ON_TWO_LAYERS.filter((name) => !twice.some(([other]) => other === name))).toEqual([]);
});

test("no two files of the modules export functions or constants by one name", () => {
  expect(values.size).toBeGreaterThan(500);
  expect([...values].filter(([, paths]) => paths.length > 1)).toEqual([]);
});

test("every word of the code in the glossary is a type of the modules", () => {
  const start = architecture.indexOf("## Glossary");
  const glossary = architecture.slice(start, architecture.indexOf("\n## ", start + 1));
  const words = Array.from(glossary.matchAll(/`([A-Z]\w+)`/g), ([, word = ""]) => word);
  expect(words.length).toBeGreaterThan(10);
  expect(words.filter((word) => !exported.has(word))).toEqual([]);
});

test("every file and folder of app-gke has its line in docs/architecture.md", () => {
  const layers = architecture.slice(architecture.indexOf("## Layers"), architecture.indexOf("## Glossary"));
  const entries = readdirSync(join(root, "modules/app-gke"), { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  expect(names.filter((name) => !layers.includes(`\`${name}\``) && !layers.includes(`/${name}\``))).toEqual([]);
});
