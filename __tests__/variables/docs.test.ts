import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "../../modules/dify-gke/variables";
import { jsonSchema, referencePage } from "../../scripts/docs";
import { releasesPage } from "../../scripts/docs/releases";

const root = join(__dirname, "../..");

function docs(...args: string[]): string {
  return execFileSync(process.execPath, ["--import", "tsx", "scripts/docs.ts", ...args], {
    cwd: root,
    encoding: "utf8",
  });
}

describe("npm run docs", () => {
  it("has been run since the last change", () => {
    expect(readFileSync(join(root, "docs/variables.md"), "utf8")).toBe(referencePage());
    expect(readFileSync(join(root, "docs/releases.md"), "utf8")).toBe(releasesPage());
    expect(JSON.parse(readFileSync(join(root, "variables/schema.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(jsonSchema())),
    );
  });

  // The tables of docs/pitfalls.md and the answers in it as well.
  it("checks the same by itself", () => {
    expect(docs("--check")).toBe("");
  });

  it("explains itself, and refuses what it does not know", () => {
    expect(docs("--help")).toContain("--check");
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "scripts/docs.ts", "--chek"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(status).toBe(2);
    expect(stderr).toContain("--chek");
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
