import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRequirements } from "../../modules/dify-gke/python-requirements";

const directory = mkdtempSync(join(tmpdir(), "requirements-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function read(content: string | Buffer) {
  const path = join(directory, "requirements.txt");
  writeFileSync(path, content);
  return readRequirements(path);
}

test.each([
  "pandas==2.3.3",
  "pandas == 2.3.3",
  "Foo_Bar.baz[a,b-c] >=1.0, !=1.4, <2",
  "foo (>=1)",
  "foo~=1.4.2",
  "foo",
  'foo==1.0; python_version >= "3.12" and sys_platform == "linux"',
  "foo @ https://example.com/foo-1.0.zip",
  "foo[extra]@https://example.com/foo-1.0-py3-none-any.whl",
  "https://example.com/foo-1.0-py3-none-any.whl",
  "foo==1.0 --hash=sha256:aa --hash=sha256:bb",
  "foo==1.0 \\\n    --hash=sha256:aa",
  "-i https://example.com/simple",
  "--index-url=https://example.com/simple",
  "--extra-index-url https://user:${PASSWORD}@example.com/simple",
  "--extra-index-url https://${TOKEN}@example.com/simple",
  "--find-links https://example.com/links",
  "--no-binary :all:",
  "--prefer-binary",
  "--pre",
  "--require-hashes",
  "--trusted-host example.com",
  "\uFEFFfoo==1.0",
  "foo==1.0\r\nbar==2.0\r\n",
])("%s is one", (line) => {
  expect(read(line).unusable).toEqual([]);
});

test.each([
  ["-r more.txt", "-r, which reads another file"],
  ["--requirement=more.txt", "--requirement, which reads another file"],
  ["-c limits.txt", "-c, which reads another file"],
  ["-e .", "-e, which takes a directory"],
  ["./foo", "a file or a directory"],
  ["foo.whl", "a file or a directory"],
  ["foo @ file:///tmp/foo", "a file or a directory"],
  ["--find-links ./wheels", "--find-links with a directory"],
  ["git+https://github.com/acme/foo@v1", "the address of a repository"],
  ["foo @ git+ssh://git@github.com/acme/foo", "the address of a repository"],
  ["-i https://user:hunter2@example.com/simple", "a user name or a password for example.com"],
  ["-i https://hunter2@example.com/simple", "a user name or a password for example.com"],
  ["-i https://hunter2:@example.com/simple", "a user name or a password for example.com"],
  ["-i https://${USER}:hunter2@example.com/simple", "a user name or a password for example.com"],
  ["foo @ https://user:hunter2@example.com/foo.zip", "a user name or a password for example.com"],
  ["--index-url", "--index-url without a value"],
  ["--pre yes", "--pre with a value"],
  ["--upgrade", "--upgrade, an option that pip does not take in a file"],
  ["foo bar", "something that is not a requirement"],
  ["foo=1.0", "something that is not a requirement"],
  ["import foo", "something that is not a requirement"],
  ['{ "foo": 1 }', "something that is not a requirement"],
])("%s is none", (line, why) => {
  const { unusable } = read(`# a comment\n${line}\n`);
  expect(unusable).toEqual([expect.stringContaining(`has in line 2 ${why}`)]);
  expect(unusable.join()).not.toContain("hunter2");
});

test("what is no text, and what is too much of it", () => {
  expect(read(Buffer.from([0x66, 0xff, 0xfe])).unusable).toEqual(["is not text in UTF-8"]);
  expect(read("foo\0").unusable).toEqual(["holds characters that do not belong in a text"]);
  expect(read(`# ${"x".repeat(600 * 1024)}`).unusable).toEqual(["is larger than 512 KiB"]);
  expect(readRequirements(join(directory, "none.txt")).unusable).toEqual(["is not a file that can be read"]);
});

test("all mistakes at once, each with its line", () => {
  expect(read("foo==1\n-r a\n\n-e b\n").unusable.map((why) => why.slice(0, 13))).toEqual([
    "has in line 2",
    "has in line 4",
  ]);
});

test("what pip would write to the log", () => {
  const { shown } = read(
    "-i https://u:${A}@example.com/${B}\n--extra-index-url=https://${C}@example.com\nfoo @ https://u:${D}@example.com/foo.zip\n-f https://u:${E}@example.com/links\n",
  );
  expect(shown).toEqual(["B", "D", "E"]);
});

test("names, versions that stay open, addresses and variables", () => {
  const { packages, urls, variables } = read(
    "-i https://${USER}:${PASS_1}@index.example.com/simple\nPan_das==1.0\nfoo==1.*\nbar>=1\nbaz @ https://example.com/baz.zip\nqux --hash=sha256:aa # ==1\n",
  );
  expect(packages.map(({ name, pinned }) => [name, pinned])).toEqual([
    ["pan-das", true],
    ["foo", false],
    ["bar", false],
    ["baz", true],
    ["qux", true],
  ]);
  expect(urls.map(({ host }) => host)).toEqual(["index.example.com", "example.com"]);
  expect(variables).toEqual(["USER", "PASS_1"]);
});
