import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { diff } from "../../scripts/diff/run";
import type { Terminal } from "../../scripts/terminal/console";

/** A project of two variants and one environment, as little as the command needs of one. */
const FILES = {
  "package-lock.json": JSON.stringify({ packages: {} }),
  "scripts/word.txt": "word",
  "__tests__/terraform/variants.ts": `export const VARIANTS = { small: { size: 1 }, large: { size: 2 } };`,
  "__tests__/terraform/synth.ts": `import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformStack, type App } from "cdktf";
export function build(app: App, given: { size: number }) {
  const stack = new TerraformStack(app, "demo");
  const word = readFileSync(join(__dirname, "scripts/word.txt"), "utf8");
  stack.addOverride("terraform.backend.local.path", "demo.tfstate");
  stack.addOverride("resource.google_storage_bucket.app_files", { name: "files-" + given.size, labels: { word } });
}`,
  "scripts/synth.mjs": `import { mkdirSync, writeFileSync } from "node:fs";
const stack = process.env.CDKTF_OUTDIR + "/stacks/dify-" + process.env.DIFY_ENVIRONMENTS;
mkdirSync(stack, { recursive: true });
writeFileSync(stack + "/cdk.tf.json", JSON.stringify({ output: { url: { value: "http://demo" } } }));`,
  "variables/dev.tfvars": "",
};

let root: string;

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function git(...args: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" });
}

async function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  const texts = { output: "", errors: "" };
  const terminal = (name: keyof typeof texts): Terminal => ({
    write: (text) => (texts[name] += text),
    interactive: false,
    color: false,
    columns: 80,
    ask: () => Promise.resolve(undefined),
  });
  const code = await diff(args, { root, output: terminal("output"), errors: terminal("errors") });
  return { code, ...texts };
}

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "diff-")));
  write(FILES);
  symlinkSync(join(__dirname, "../../node_modules"), join(root, "node_modules"));
  git("init", "--quiet");
  git("add", ...Object.keys(FILES));
  git("commit", "--quiet", "--message", "First");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test("nothing differs where nothing has changed, and nothing is left behind", async () => {
  expect(await run("HEAD")).toMatchObject({ code: 0, output: "Nothing differs in 3 variants.\n" });
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(existsSync(join(root, "cdktf.out", `variants-${process.pid}`))).toBe(false);
});

test("each side is synthesized from its own files: what is not committed counts as well", async () => {
  write({ "scripts/word.txt": "other" });
  const { code, output } = await run("HEAD");
  expect(code).toBe(1);
  expect(output).toContain('In 2 variants: all but "variables/dev.tfvars"');
  expect(output).toContain('labels.word: "word" → "other"');
});

test("variants of one side are named, and so are those that are refused", async () => {
  write({
    "__tests__/terraform/variants.ts":
      "export const VARIANTS = { small: { size: 1 }, large: null, huge: { size: 3 } };",
  });
  const { code, errors } = await run("HEAD");
  expect(code).toBe(0);
  expect(errors).toContain('"huge" is a variant of this checkout only');
  expect(errors).toMatch(/"large" is refused by this checkout: .*null/);
});

test("only some of the variants", async () => {
  expect((await run("HEAD", "--only", "small")).output).toBe("Nothing differs in 1 variant.\n");
  expect(await run("HEAD", "--only", "tiny")).toMatchObject({ code: 2, output: "" });
});

test("what cannot be compared is exit code 2 with a reason", async () => {
  expect(await run("no-such-branch")).toMatchObject({
    code: 2,
    errors: expect.stringContaining('"no-such-branch" is not a revision of this repository') as unknown,
  });
  expect(await run()).toMatchObject({ code: 2, errors: expect.stringContaining("Name one revision") as unknown });
  expect(await run("HEAD", "--unknown")).toMatchObject({
    code: 2,
    errors: expect.stringContaining("--help") as unknown,
  });
  write({ "__tests__/terraform/synth.ts": "export const build = ;" });
  const { code, errors } = await run("HEAD");
  expect(code).toBe(2);
  expect(errors).toContain("this checkout cannot be synthesized");
});

test("--help says what the exit codes mean", async () => {
  const { code, output } = await run("--help");
  expect(code).toBe(0);
  expect(output).toContain("0 nothing differs, 1 something does, 2");
});
