import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblems, type Problem } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";

const GOOD = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "files-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function problems(): Promise<readonly Problem[]> {
  return (await readEnvironments({ directory })).problems;
}

/** Problems of one file. */
async function said(content: string | Uint8Array, name = "dev.tfvars"): Promise<readonly Problem[]> {
  writeFileSync(join(directory, name), content);
  return problems();
}

const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, "utf16le");

describe("a file that is none", () => {
  test.each([
    [
      "a directory",
      (path: string) => {
        mkdirSync(path);
      },
      /^This is a directory/,
    ],
    [
      "a link to nothing",
      (path: string) => {
        symlinkSync("nothing", path);
      },
      /^This is a link to a file/,
    ],
    [
      "a link to itself",
      (path: string) => {
        symlinkSync("dev.tfvars", path);
      },
      /^This is a link that leads back/,
    ],
    [
      "a pipe that nobody writes to",
      (path: string) => {
        execFileSync("mkfifo", [path]);
      },
      /^This is a pipe/,
    ],
    [
      "a device without end",
      (path: string) => {
        symlinkSync("/dev/zero", path);
      },
      /^This is a pipe or a device/,
    ],
  ])("%s", async (_, make, says) => {
    make(join(directory, "dev.tfvars"));
    expect(await problems()).toEqual([
      expect.objectContaining({ id: "file-unreadable", message: expect.stringMatching(says) as string }),
    ]);
  });
});

describe("a file that is not UTF-8 is refused, not read as another text", () => {
  test.each([
    ["Latin-1", Buffer.from(`${GOOD}description = "caf\u00e9"\n`, "latin1"), 3],
    ["a character cut off", Buffer.concat([Buffer.from(GOOD), Buffer.from([0x23, 0xe2, 0x82])]), 3],
    ["bytes of a program", Buffer.from("7f454c4602010100", "hex"), undefined],
    ["UTF-16", utf16(GOOD), 1],
    ["UTF-16 without a mark", utf16(GOOD).subarray(2), 1],
    ["UTF-16 the other way round", utf16(GOOD).swap16(), 1],
  ])("%s", async (_, content, line) => {
    for (const name of ["dev.tfvars", "dev.tfvars.json"]) {
      const found = await said(content, name);
      if (line === undefined) expect(found.length).toBeGreaterThan(0);
      else expect(found).toEqual([expect.objectContaining({ id: "file-not-utf-8", line })]);
      rmSync(join(directory, name));
    }
  });

  test.each([
    ["the mark of UTF-8", `\uFEFF${GOOD}`],
    ["lines of Windows", GOOD.replaceAll("\n", "\r\n")],
    [
      "a line of hyphens in a comment",
      `# ${"-".repeat(200)}\n/* ${"!?[{( ".repeat(200)} */\n// ${"%{".repeat(200)}\n${GOOD}`,
    ],
    ["a heredoc of brackets", `${GOOD}description = <<EOT\n${"[{(-!?\n".repeat(50)}EOT\n`],
    ["what is escaped", `${GOOD}description = "${"%%{$${".repeat(150)}"\n`],
  ])("but %s is no hindrance", async (_, content) => {
    expect(await said(content)).toEqual([]);
  });
});

describe("however much there is, it is refused with a place, and a few lines", () => {
  const deep = (open: string, close: string) => `description = ${open.repeat(20_000)}1${close.repeat(20_000)}\n`;
  test.each([
    ["brackets", "dev.tfvars", GOOD + deep("[", "]"), { line: 3 }],
    ["parentheses", "dev.tfvars", GOOD + deep("(", ")"), { line: 3 }],
    ["objects", "dev.tfvars", GOOD + deep("{ a = ", "}"), { line: 3 }],
    ["brackets in JSON", "dev.tfvars.json", `{\n"region":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, { line: 2 }],
    ["objects in JSON", "dev.tfvars.json", `{"a":`.repeat(20_000) + "1" + "}".repeat(20_000), { line: 1 }],
    ["signs", "dev.tfvars", `region = ${"-".repeat(20_000)}1\n`, { id: "file-syntax", line: 1 }],
    ["conditions", "dev.tfvars", `region = ${"true?".repeat(20_000)}1\n`, { id: "file-syntax", line: 1 }],
    ["directives", "dev.tfvars", `region = "${"%{ if true }".repeat(20_000)}"\n`, { id: "file-syntax", line: 1 }],
    ["directives in lines", "dev.tfvars", `region = <<E\n${"%{ if true }\n".repeat(20_000)}E\n`, { id: "file-syntax" }],
    ["texts in texts", "dev.tfvars", `region = <<E\n${'${"'.repeat(20_000)}\nE\n`, { id: "file-syntax", line: 2 }],
    ["blocks", "dev.tfvars", "a {\n".repeat(20_000), { id: "file-syntax", line: 101 }],
    ["text", "dev.tfvars", `${GOOD}description = "${"x".repeat(2 ** 21)}"\n`, { id: "file-too-large" }],
    [
      "variables",
      "dev.tfvars",
      Array.from({ length: 20_000 }, (_, n) => `a_${n} = 1\n`).join(""),
      { id: "file-too-large" },
    ],
    ["lines", "dev.tfvars", "# nothing\n".repeat(90_000) + GOOD, { id: "file-too-large" }],
    [
      "entries of a map",
      "dev.tfvars",
      `${GOOD}environment_variables = {\n${Array.from({ length: 20_000 }, (_, n) => `A${n} = 1.10\n`).join("")}}\n`,
      { id: "file-too-large", line: 3, variable: "environment_variables" },
    ],
    [
      "entries of a map in JSON",
      "dev.tfvars.json",
      `{"project_id": "demo-project",\n"a":{${Array.from({ length: 20_000 }, (_, n) => `"A${n}":1`).join(",")}}}`,
      { id: "file-too-large", line: 2, variable: "a" },
    ],
    [
      "entries of lists in lists",
      "dev.tfvars",
      `${GOOD}support_users = ${"[".repeat(50)}${'"a",'.repeat(9000)}${"]".repeat(50)}\n`,
      { id: "file-too-large", line: 3, variable: "support_users" },
    ],
    [
      "buckets",
      "dev.tfvars",
      `${GOOD}storage_buckets = [${Array.from({ length: 201 }, (_, n) => `{ name_suffix = "a${n}" }`).join(",\n")}]\n`,
      { id: "value-not-allowed", line: 3, variable: "storage_buckets", allowed: "at most 200 entries" },
    ],
    [
      "braces of a text",
      "dev.tfvars",
      `${GOOD}project_id_2 = "${"$$${".repeat(100_000)}"\n`,
      { id: "variable-unknown", line: 3 },
    ],
    [
      "lines of Windows",
      "dev.tfvars",
      `${GOOD}project_id_2 = <<EOT\n${"x\r\n".repeat(100_000)}EOT\n`,
      { id: "variable-unknown", line: 3 },
    ],
    [
      "letters of a name",
      "dev.tfvars",
      `${GOOD}${"region".repeat(30_000)} = 1\n`,
      { id: "variable-unknown", line: 3, column: 1 },
    ],
    [
      "letters of a field",
      "dev.tfvars",
      `${GOOD}startup_probe = { ${"x".repeat(200_000)} = 1 }\n`,
      { id: "field-unknown" },
    ],
    ["letters of a value", "dev.tfvars", `${GOOD}database_type = "${"x".repeat(200_000)}"\n`, { line: 3 }],
    ["words of a value", "dev.tfvars", `${GOOD}database_type = "${"x ".repeat(100_000)}"\n`, { line: 3 }],
  ])("%s", async (_, name, content, expected) => {
    const found = await said(content, name);
    expect(found).toEqual([expect.objectContaining(expected)]);
    expect(formatProblems(found, { color: false }).length).toBeLessThan(2500);
  });

  test("mistakes: the first hundred, and how many there are", async () => {
    const found = await said(GOOD + Array.from({ length: 900 }, (_, index) => `nothing_${index} = 1\n`).join(""));
    expect(found).toHaveLength(101);
    expect(formatProblems(found, { color: false })).toMatch(/800 more problems in this file are not shown\..*$/);
  });

  test("what breaks one rule: the first twenty, and how many more", async () => {
    const names = Array.from({ length: 1500 }, (_, index) => `  UPLOAD_FILE_SIZ${index} = "a"`).join("\n");
    const found = await said(`${GOOD}environment_variables = {\n${names}\n}\n`);
    expect(found).toHaveLength(21);
    expect(new Set(found.map(({ rule }) => rule?.id))).toEqual(new Set(["environment-read"]));
    expect(found.at(-1)).toMatchObject({
      id: "more-problems",
      severity: "warning",
      line: 3,
      message: expect.stringMatching(/^1480 more problems/) as string,
    });
  });

  test("mistakes of one variable: the first twenty", async () => {
    const fields = Array.from({ length: 500 }, (_, index) => `field_${index} = 1`).join("\n");
    const found = await said(`${GOOD}startup_probe = {\n${fields}\n}\nsupport_users = [${"1, ".repeat(500)}]\n`);
    expect(found.length).toBeLessThan(45);
    expect(found.filter(({ id }) => id === "more-problems")).toHaveLength(2);
  });

  test("mistakes of the language: the first ten", async () => {
    const found = await said("@\n".repeat(2000));
    expect(found.length).toBeLessThan(12);
    expect(found.at(-1)?.message).toMatch(/^\d+ more like these follow\. Correct these first\.$/);
  });
});

test("a file that cannot be read hides nothing of another one", async () => {
  writeFileSync(join(directory, "aa.tfvars"), `a = ${"! ".repeat(20_000)}1`);
  writeFileSync(join(directory, "bb.tfvars"), "a = ".concat("(".repeat(200)));
  writeFileSync(join(directory, "cc.tfvars"), `${GOOD}region = 7\n`);
  expect((await problems()).map(({ environment }) => environment)).toEqual(["aa", "bb", "cc"]);
});

test("what may be a secret is never shown", async () => {
  const found = await said(
    [
      GOOD,
      'redis_host = "redis://user:hidden-1@10.0.0.3:6379"',
      'region = "https://user:hid/den-2@example.com"',
      'initialization_jobs = [{ name = "a", script_path = "https://user:hidden-9@example.com/a.sh" }]',
      'secret_environment_variables = { API = "hidden-3 is no id" }',
      'cron_jobs = [{ name = "a", schedule = "0 3 * * *", secret_env_vars = { API = "hidden-4!" } }]',
      'explicit_secret_names = ["hidden-5!"]',
      'environment_variables = { "hidden 6" = "hidden-7" }',
      'redis_auth = "${hidden-8}"',
    ].join("\n"),
  );
  expect(found.length).toBeGreaterThan(5);
  expect(JSON.stringify(found)).not.toMatch(/hidden-|den-2/);
});
