import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { runMain, tree } from "../terraform/run-main";

describe("a mistake never ends in a stack trace", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "dify-net-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  /** The smallest output that there is, where only the place that it goes to counts. */
  const SMALL = "deploy_application = false";
  const synth = async (text: string, output = "out", env: NodeJS.ProcessEnv = {}, largest?: number) => {
    const variables = join(directory, "variables");
    mkdirSync(variables, { recursive: true });
    writeFileSync(
      join(variables, "dev.tfvars"),
      `project_id = "demo-project"\nrequire_services_gcp_module = false\n${text}\n`,
    );
    return await runMain({ variables, output: join(directory, output), env, largest });
  };

  test.each([
    ["two dots in a host", 'ssrf_proxy_allowed_hosts = ["a..b"]', "ssrf_proxy_allowed_hosts"],
    [
      "a script that is a directory",
      'initialization_jobs = [{ name = "a", script_path = "jobs" }]',
      "is not a file: the job would have nothing to run",
    ],
  ])("%s", async (_, text, says) => {
    const { code, stderr } = await synth(text);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr).toContain("Nothing was written.");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("an output directory below a file", async () => {
    writeFileSync(join(directory, "file"), "");
    const { code, stderr } = await synth(SMALL, "file/out");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .* failed: E(NOTDIR|EXIST)/m);
    expect(stderr).toContain("Correct the path");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect((await synth(SMALL, "file/out", { DIFY_TRACE: "1" })).stderr).toMatch(/^\s+at /m);
  });

  test("an output directory below one that is missing is made, and stays as it is when a file is refused", async () => {
    expect((await synth(SMALL, "a/b/out")).code).toBe(0);
    const before = tree(join(directory, "a/b/out"));
    expect(Object.keys(before)).toContain("stacks/dify-dev/cdk.tf.json");
    const { code, stderr } = await synth('region = "moon"', "a/b/out");
    expect([code, stderr]).toEqual([1, expect.stringContaining("Nothing was written.")]);
    expect(tree(join(directory, "a/b/out"))).toEqual(before);
  });

  describe("a command refuses what it does not know", () => {
    const ROOT = join(__dirname, "../..");
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Readonly<Record<string, string>>;
    };
    const commands = Object.entries(scripts).flatMap(([name, text]) => {
      const script = / (scripts\/[^/]+\.(?:ts|mjs))$/.exec(text)?.[1];
      return script === undefined ? [] : ([[name, script]] as const);
    });
    let bundles: string;

    // All at the same time, and below the packages that they require: tsx would compile for each what they have in common.
    beforeAll(() => {
      const cache = join(ROOT, "node_modules", ".cache");
      mkdirSync(cache, { recursive: true });
      bundles = mkdtempSync(join(cache, "commands-"));
      buildSync({
        ...{ absWorkingDir: ROOT, outdir: bundles, outbase: ".", logLevel: "error" },
        entryPoints: commands.map(([, script]) => script).filter((script) => script.endsWith(".ts")),
        ...{ bundle: true, packages: "external", platform: "node", format: "cjs", target: "node20" },
      });
    });
    afterAll(() => {
      rmSync(bundles, { recursive: true, force: true });
    });

    test("all of them", () => {
      const files = readdirSync(join(ROOT, "scripts")).filter((name) => /\.(ts|mjs)$/.test(name));
      expect(commands.map(([, script]) => script).sort()).toEqual(files.map((name) => `scripts/${name}`).sort());
    });

    test.each(commands)("%s", (name, script) => {
      const file = script.endsWith(".ts") ? join(bundles, script.replace(/ts$/, "js")) : script;
      const { status, stdout, stderr } = spawnSync(process.execPath, [file, "--nothing"], {
        cwd: ROOT,
        encoding: "utf8",
      });
      expect(status).toBe(2);
      // A synth is told by variables alone.
      expect(stdout + stderr).toMatch(name === "synth" ? /DIFY_ENVIRONMENTS/ : /Unknown/);
      expect(stdout + stderr).not.toContain("positional");
      expect(stdout + stderr).not.toMatch(/^\s+at /m);
    });
  });

  test("a disk on which the second of two stacks has no room: earlier output is whole, and without any there is none", async () => {
    expect((await synth("")).code).toBe(0);
    const before = tree(join(directory, "out"));
    const sizes = Object.keys(before).map((path) => statSync(join(directory, "out", path)).size);
    // In whichever unit the shell has it: between both files.
    const largest = 230;
    expect(sizes.filter((size) => size > largest * 1024)).toHaveLength(1);
    expect(sizes.filter((size) => size < largest * 640).length).toBeGreaterThan(1);
    for (const output of ["out", "other"]) {
      const { code, stdout, stderr } = await synth('region = "europe-west1"', output, {}, largest);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^error: writing the stacks to .* failed: EFBIG/m);
      expect(stderr).toContain("Raise the limit");
      expect(stderr).toContain("Nothing was written.");
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(tree(join(directory, "out"))).toEqual(before);
    expect(tree(join(directory, "other"))).toEqual({});
    expect(readdirSync(join(directory, "out")).sort()).toEqual(["manifest.json", "stacks"]);
  });

  test("a reader that ends early, such as head, ends the command without a word", () => {
    const check = "{ node scripts/check.mjs --rules; echo $? >&2; }";
    const { stdout, stderr } = spawnSync("/bin/sh", ["-c", `${check} | head -n 1`], {
      cwd: join(__dirname, "../.."),
      encoding: "utf8",
    });
    expect(stdout.trim().split("\n")).toHaveLength(1);
    // All of it was written before the reader ended, or 141: nothing else, and no trace.
    expect(["0\n", "141\n"]).toContain(stderr);
  });

  test("what a terminal would obey is shown by its number", async () => {
    const { stderr } = await synth('region = "us\u001b[2J\u202e"');
    expect(stderr).toContain("\\u001b[2J\\u202e");
    // oxlint-disable-next-line no-control-regex -- it is what must not be there
    expect(stderr).not.toMatch(/[\u001b\u202e]/);
  });
});
