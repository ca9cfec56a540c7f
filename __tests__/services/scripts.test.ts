import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join, relative } from "node:path";
import { run } from "./processes";
import { describeWith, path, tools } from "./require";

const root = join(__dirname, "../..");
const files = ["scripts", "examples"]
  .flatMap((directory) => readdirSync(join(root, directory), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => relative(root, join(entry.parentPath, entry.name)));
const shellScripts = [".ci/python", ".ci/run", ...files.filter((file) => extname(file) === ".sh")];
/** Start a program with the arguments that they are given. */
const wrappers = files.filter((file) => basename(file).startsWith("sandbox-"));

test("there are scripts to check", () => {
  expect(shellScripts).toEqual(
    expect.arrayContaining([
      ".ci/python",
      ".ci/run",
      "scripts/delivery/build-image.sh",
      "scripts/jobs/db-init.sh",
      "scripts/file-server/startup.sh",
      "examples/pipelines/terraform.sh",
    ]),
  );
  expect(wrappers).not.toEqual([]);
});

describeWith([tools.shellcheck], "shellcheck", () => {
  test.each([...shellScripts, ...wrappers])("finds nothing in %s", async (file) => {
    const { code, stdout } = await run(path(tools.shellcheck), ["--enable=quote-safe-variables", join(root, file)]);
    expect([code, stdout]).toEqual([0, ""]);
  });
});

describe.each(shellScripts)("%s", (file) => {
  const text = readFileSync(join(root, file), "utf8");

  test("can be started, and stops at the first error", () => {
    expect(statSync(join(root, file)).mode & 0o111).toBe(0o111);
    const [interpreter = ""] = text.replace(/^#!/, "").split(/\s/, 1);
    expect(existsSync(interpreter)).toBe(true);
    expect(text).toMatch(/^set -eu/m);
  });

  test("explains itself with --help, and does nothing else then", async () => {
    const { code, stdout, stderr } = await run(join(root, file), ["--help"], { env: { PATH: process.env.PATH } });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: /);
  });

  test("refuses what it does not know", async () => {
    const { code, stderr } = await run(join(root, file), ["--no-such-option"], { env: { PATH: process.env.PATH } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: /);
  });
});
