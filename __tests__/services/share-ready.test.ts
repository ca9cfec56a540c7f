import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Result, removeDirectory, run, temporaryDirectory } from "./processes";

const SCRIPT = join(__dirname, "../../scripts/jobs/share-ready.sh");

describe("share-ready.sh", () => {
  let share: string;

  beforeEach(() => {
    share = temporaryDirectory("share");
    mkdirSync(join(share, "new"));
  });

  afterEach(() => {
    removeDirectory(share);
  });

  const ready = async (more: Readonly<Record<string, string>> = {}): Promise<Result> =>
    await run("sh", [SCRIPT], { env: { NEW_SHARE: join(share, "new"), SHARE_DIRECTORY: "dify-a", ...more } });
  const written = (side: string, file: string, text: string): string => {
    const path = join(share, side, "dify-a", file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const read = (file: string): string => readFileSync(join(share, "new/dify-a", file), "utf8");

  test("lets everybody have a directory on a new share, and nobody remove another's", async () => {
    expect(await ready()).toMatchObject({ code: 0, stdout: "share-ready: dify-a can be used\n" });
    for (const directory of ["new", "new/dify-a"]) {
      expect((statSync(join(share, directory)).mode & 0o7777).toString(8)).toBe("1777");
    }
  });

  test("copies what was there, keeps what is newer, and may run again", async () => {
    const earlier = { EARLIER_SHARE: join(share, "earlier") };
    written("earlier", "plugins/a b", "old");
    utimesSync(written("earlier", "both", "old"), 1000, 1000);
    written("earlier/..", "others", "not ours");
    written("new", "both", "newer");
    expect((await ready(earlier)).stdout).toContain("share-ready: 2 files are on the new share\n");
    expect([read("plugins/a b"), read("both")]).toEqual(["old", "newer"]);
    // What a previous pod wrote meanwhile.
    written("earlier", "late", "written late");
    expect((await ready(earlier)).stdout).toContain("3 files");
    expect(read("late")).toBe("written late");
  });

  test("has nothing to copy for an environment that had no directory", async () => {
    mkdirSync(join(share, "earlier"));
    expect((await ready({ EARLIER_SHARE: join(share, "earlier") })).stdout).toContain("nothing to copy");
  });

  test("says what is missing", async () => {
    rmSync(join(share, "new"), { recursive: true });
    expect(await ready()).toMatchObject({
      code: 1,
      stderr: `share-ready: error: no share is mounted at ${join(share, "new")}\n`,
    });
    expect((await run("sh", [SCRIPT, "--help"])).stdout).toContain("Usage: share-ready.sh");
  });
});
