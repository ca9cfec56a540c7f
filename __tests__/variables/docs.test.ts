import { readFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "../../modules/dify-gke/variables";
import { outOfDate, plainPages } from "../../scripts/docs/pages";
import { referencePage } from "../../scripts/docs/reference";
import { jsonSchema } from "../../scripts/docs/schema";

const root = join(__dirname, "../..");

describe("npm run docs", () => {
  // The tables of docs/pitfalls.md and the answers in it as well; those of docs/security.md: __tests__/network.
  it("has been run since the last change", async () => {
    expect(await outOfDate(root, await plainPages(root))).toEqual([]);
    expect(JSON.parse(readFileSync(join(root, "variables/schema.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(jsonSchema())),
    );
  });

  it("notices a page that is different, and one that is missing", async () => {
    const { "docs/releases.md": releases = "" } = await plainPages(root);
    expect(await outOfDate(root, { "docs/releases.md": `${releases}\n`, "docs/none.md": "" })).toEqual([
      "docs/releases.md",
      "docs/none.md",
    ]);
  });

  it("describes every variable, and offers an editor none that is sensitive", () => {
    const page = referencePage();
    const { properties } = jsonSchema() as { properties: Record<string, { description?: string }> };
    for (const { name, sensitive, description } of definitions) {
      expect(page).toContain(`\n### ${name}\n`);
      expect(properties[name]?.description).toBe(sensitive ? undefined : description);
    }
  });
});
