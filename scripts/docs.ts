import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pages } from "./docs/pages";
import { lastNet } from "./synth/last-net";

const HELP = `Writes docs/variables.md and variables/schema.json from the definitions of the variables, docs/releases.md from
the catalogue of releases, the tables of connections in docs/security.md from what is synthesized, and in docs/pitfalls.md
the tables of rules and what the command answers to typical mistakes.

  npm run docs              write all
  npm run docs -- --check   write nothing; exit code 1 if one of them is out of date
  npm run docs -- --help    this text
`;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(HELP);
    return;
  }
  const unknown = args.filter((argument) => argument !== "--check");
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(" ")}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  const { outOfDate, plainPages } = await import("./docs/pages.js");
  const root = join(__dirname, "..");
  const pages = { ...(await plainPages(root)), ...(await formattedPages(root)) };
  if (args.includes("--check")) {
    for (const path of await outOfDate(root, pages)) {
      console.error(`${path} is out of date: run "npm run docs".`);
      process.exitCode = 1;
    }
    return;
  }
  for (const [path, content] of Object.entries(pages)) {
    await writeFile(join(root, path), content);
    console.log(`${path} written`);
  }
}

/** Lint checks the format of a JSON file and of a table, so the formatter writes them. */
async function formattedPages(root: string): Promise<Pages> {
  const [{ format }, { compared }, { matrix }, { jsonSchema }, { withWritten }] = await Promise.all([
    import("oxfmt"),
    import("../__tests__/network/connections.js"),
    import("../__tests__/network/matrix.js"),
    import("./docs/schema.js"),
    import("./docs/section.js"),
  ]);
  const security = await readFile(join(root, "docs/security.md"), "utf8");
  const connections = await format("security.md", matrix(compared()), { printWidth: 120 });
  const schema = await format("schema.json", JSON.stringify(jsonSchema()), { printWidth: 120 });
  return {
    "docs/security.md": withWritten(security, connections.code),
    "variables/schema.json": schema.code,
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  lastNet("writing the documents", error);
  process.exitCode = 1;
});
