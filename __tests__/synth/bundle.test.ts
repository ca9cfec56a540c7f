import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const BUNDLE = pathToFileURL(join(__dirname, "../../scripts/synth/bundle.mjs")).href;
const PROJECT = {
  "main.ts": 'import { word } from "./modules/word";\nconsole.log(word, __dirname);\n',
  "modules/word.ts": 'export const word: string = "first";\n',
  "modules/dify-gke/variables/v8-flags.json": "[]",
  "scripts/synth/nothing.ts": "",
  "tsconfig.json": "{}",
  "package-lock.json": "{}",
};

let project: string;
let cache: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

/** What main.ts prints. */
function run(): string {
  const program = `import { runMain } from ${JSON.stringify(BUNDLE)}; await runMain(${JSON.stringify(project)});`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }).trim();
}

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "bundle-"));
  cache = join(project, "node_modules", ".cache", "synth");
  for (const [path, text] of Object.entries(PROJECT)) write(path, text);
});

afterEach(() => {
  rmSync(project, { recursive: true });
});

test("the second run takes what the first one left, in the project's directory", () => {
  expect(run()).toBe(`first ${project}`);
  const [script = ""] = readdirSync(cache).filter((name) => name.endsWith(".cjs"));
  expect(readdirSync(cache)).toHaveLength(2);
  const path = join(cache, script);
  // V8 would not look at the text: it has the compiled code.
  for (const name of readdirSync(cache)) if (name !== script) rmSync(join(cache, name));
  writeFileSync(path, readFileSync(path, "utf8").replace('"first"', '"taken"'));
  expect(run()).toBe(`taken ${project}`);
});

test("what is changed counts at once, in any of the files", () => {
  expect(run()).toMatch(/^first /);
  write("modules/word.ts", 'export const word = "second";\n');
  expect(run()).toMatch(/^second /);
  // A file that only now is there, and found first.
  write("modules/word/index.ts", 'export const word = "folder";\n');
  rmSync(join(project, "modules/word.ts"));
  expect(run()).toMatch(/^folder /);
});

test("scripts of earlier contents go, when nobody can be about to read them", () => {
  run();
  const before = readdirSync(cache);
  const hourAgo = Date.now() / 1000 - 3600;
  for (const name of before) utimesSync(join(cache, name), hourAgo, hourAgo);
  write("modules/word.ts", 'export const word = "second";\n');
  run();
  const after = readdirSync(cache);
  expect(after).toHaveLength(2);
  expect(after.filter((name) => before.includes(name))).toEqual([]);
});

test("compiled code that V8 does not take is made anew", () => {
  run();
  const [code = ""] = readdirSync(cache).filter((name) => !name.endsWith(".cjs"));
  writeFileSync(join(cache, code), "nonsense");
  expect(run()).toMatch(/^first /);
  expect(readFileSync(join(cache, code)).length).toBeGreaterThan(100);
});

test("a cache that cannot be written is done without", () => {
  write("node_modules/.cache", "a file");
  expect(run()).toBe(`first ${project}`);
  expect(run()).toBe(`first ${project}`);
});
