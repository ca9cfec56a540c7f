// Turns "Unreleased" in the changelog into the version of package.json, with today's date.
import { readFileSync, writeFileSync } from "node:fs";

const HELP = `Usage: npm run changelog

Puts the heading "## <version> - <today>" under "## Unreleased" in CHANGELOG.md, with the version of package.json. Exit code
1 if nothing is under "Unreleased", or if there is a heading for the version already.`;

const PATH = "CHANGELOG.md";
const HEADING = "## Unreleased\n";

function main() {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) return console.log(HELP);
  if (args.length > 0) return fail(`Unknown: ${args.join(" ")}. See --help.`, 2);
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const text = readFileSync(PATH, "utf8");
  if (text.includes(`\n## ${version} `)) return fail(`${PATH} has a heading for ${version} already.`);
  const start = text.indexOf(HEADING) + HEADING.length;
  const [changes] = text.slice(start).split(/^## /m, 1);
  if (start < HEADING.length || changes.trim() === "") return fail(`${PATH} has nothing under "Unreleased".`);
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(PATH, `${text.slice(0, start)}\n## ${version} - ${today}\n${text.slice(start)}`);
}

function fail(message, code = 1) {
  console.error(message);
  process.exitCode = code;
}

try {
  main();
} catch (error) {
  fail(`The changelog was not changed: ${error.message}`);
}
