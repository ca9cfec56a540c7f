import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPTS = join(__dirname, "../../scripts");

/** Files that read a command line, with its options and its text of help. */
const commands = readdirSync(SCRIPTS, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(join(SCRIPTS, path), "utf8") }))
  .filter(({ text }) => text.includes("parseArgs("))
  .map(({ path, text }) => ({
    path,
    options: [...text.matchAll(/"?([\w-]+)"?: (?:text\b|\{ type: "(?:boolean|string)")/g)].map(([, name]) => name),
    help: /const HELP = `([\s\S]*?)`;/.exec(text)?.[1] ?? "",
  }));

test("there are commands to look at", () => {
  expect(commands.length).toBeGreaterThan(12);
});

test.each(commands)("the help of $path names its options, and no others", ({ help, options }) => {
  // npm's own come before "run".
  const named = new Set(
    [...help.replaceAll("npm --silent run", "npm run").matchAll(/(?<![\w-])--([a-z][\w-]*)/g)].map(([, name]) => name),
  );
  expect([...named].sort()).toEqual([...new Set(options)].sort());
});
