import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lock from "../../package-lock.json";
import project from "../../package.json";

const ROOT = join(__dirname, "../..");
/** The project began with this number and was never released under it. */
const BEFORE_THE_FIRST = "0.1.0";
const read = (path: string): Promise<string> => readFile(join(ROOT, path), "utf8");

describe("a release", () => {
  test("has its version in package.json, its lock file and at the top of the changelog", async () => {
    expect(lock.version).toBe(project.version);
    expect(lock.packages[""].version).toBe(project.version);
    const [newest] = [...(await read("CHANGELOG.md")).matchAll(/^## (\d\S*) - \d{4}-\d\d-\d\d$/gm)];
    expect(project.version).toBe(newest?.[1] ?? BEFORE_THE_FIRST);
  });

  test("runs on the Node.js that the documents name", async () => {
    const [, oldest = ""] = />=(\S+)/.exec(project.engines.node) ?? [];
    for (const path of ["README.md", "CONTRIBUTING.md"])
      expect(await read(path)).toContain(`Node.js ${oldest} or newer`);
    const used = (await read(".nvmrc")).trim().split(".").map(Number);
    const [major = 0, minor = 0] = oldest.split(".").map(Number);
    expect(used[0]).toBe(major);
    expect(used[1]).toBeGreaterThanOrEqual(minor);
  });
});

describe("scripts/changelog.mjs", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "changelog-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** @returns the changelog afterwards, or what the script said against it */
  async function release(version: string, changelog: string): Promise<string> {
    const path = join(directory, "CHANGELOG.md");
    await writeFile(path, changelog);
    await writeFile(join(directory, "package.json"), JSON.stringify({ version }));
    return new Promise((resolve) => {
      execFile(process.execPath, [join(ROOT, "scripts/changelog.mjs")], { cwd: directory }, (error, _, stderr) => {
        resolve(error ? stderr : readFile(path, "utf8"));
      });
    });
  }

  test("gives what is unreleased a version and a day", async () => {
    const changelog = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n";
    const [before, day, after] = (await release("0.2.0", changelog)).split(/(?<=## 0.2.0 - )(.*)/);
    expect(before).toBe("# Changelog\n\n## Unreleased\n\n## 0.2.0 - ");
    expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(after).toBe("\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n");
  });

  test.each([
    ["nothing is unreleased", "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n", "nothing under"],
    ["there is no such heading", "# Changelog\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n", "nothing under"],
    ["the version is there", "## Unreleased\n\n- New.\n\n## 0.2.0 - 2026-01-01\n\n- Old.\n", "has a heading for 0.2.0"],
  ])("refuses where %s", async (_, changelog, message) => {
    expect(await release("0.2.0", changelog)).toContain(message);
    expect(await readFile(join(directory, "CHANGELOG.md"), "utf8")).toBe(changelog);
  });
});
