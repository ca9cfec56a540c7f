import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { rules } from "../../modules/dify-gke/rules";
import { catalogue } from "../../modules/dify-gke/rules/catalogue";
import { check } from "../../scripts/check/check";
import type { Report } from "../../scripts/check/report";
import { tree } from "../terraform/run-main";

const ROOT = resolve(__dirname, "../..");
const GOOD = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';
const OPEN = 'environment_variables = { CONSOLE_CORS_ALLOW_ORIGINS = "*" }\n';
const SILENT = 'silenced_warnings = { cors-restricted = "Only the intranet calls it." }\n';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "check-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

async function run(...args: string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = await check(
    args,
    { DIFY_VARIABLES: directory },
    {
      color: false,
      print: (text) => printed.push(text),
      complain: (text) => complaints.push(text),
    },
  );
  return { code, text: printed.join("\n"), complaints: complaints.join("\n") };
}

async function json(...args: string[]): Promise<Report> {
  return JSON.parse((await run(...args, "--json")).text) as Report;
}

describe("the exit code", () => {
  test("is 0 for good files, all of them or some", async () => {
    write({ "dev.tfvars": GOOD, "prod.tfvars": GOOD });
    expect(await run()).toEqual({
      code: 0,
      text: "dev, prod: 0 errors, 0 warnings",
      complaints: "",
    });
    expect(await run("prod")).toMatchObject({
      code: 0,
      text: "prod: 0 errors, 0 warnings",
    });
  });

  test("is 1 for an error, and says where", async () => {
    write({ "dev.tfvars": `${GOOD}region = "moon"\n`, "prod.tfvars": GOOD });
    const { code, text } = await run();
    expect(code).toBe(1);
    expect(text).toContain("dev.tfvars:3: region");
    expect(text).toMatch(/^dev, prod: 1 error, 0 warnings$/m);
    expect((await run("prod")).code).toBe(0);
  });

  test("is 1 for a warning with --strict only", async () => {
    write({ "dev.tfvars": GOOD + OPEN });
    expect(await run()).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^dev: 0 errors, 1 warning$/m) as string,
    });
    expect((await run("--strict")).code).toBe(1);
  });

  test("is 1 for an environment without a file, with the nearest one", async () => {
    write({ "prod.tfvars": GOOD });
    for (const name of ["prd", join(directory, "prd.tfvars"), "prd.tfvars"]) {
      const { code, text } = await run(name);
      expect(code).toBe(1);
      expect(text).toContain('Did you mean "prod"?');
    }
  });

  test("may be asked for by files, as a shell completes them, and by directories", async () => {
    write({ "common.tfvars": "", "dev.tfvars": GOOD, "prod.tfvars": GOOD });
    const file = (name: string): string => join(directory, name);
    expect((await run(file("prod.tfvars"))).text).toBe("prod: 0 errors, 0 warnings");
    expect((await run(file("common.tfvars"), file("dev.tfvars"))).text).toBe("dev: 0 errors, 0 warnings");
    expect((await run("dev.tfvars", "prod")).text).toBe("dev, prod: 0 errors, 0 warnings");
    for (const all of [`${directory}/`, directory, file("common.tfvars")])
      expect((await run(all)).text).toBe("dev, prod: 0 errors, 0 warnings");
    const { code, complaints } = await run(file("dev.tfvars"), "elsewhere/prod.tfvars");
    expect({ code, complaints }).toMatchObject({
      code: 2,
      complaints: expect.stringContaining("two directories") as string,
    });
  });

  test("is 2 for what it does not know", async () => {
    expect(await run("--strickt")).toMatchObject({
      code: 2,
      complaints: expect.stringContaining("--help") as string,
    });
  });
});

describe("--explain", () => {
  test.each([
    ["redis-required", "error, risk Critical", "without redis"],
    ["value-not-allowed", "error", "another type"],
    ["apart-redis", "error or warning, risk Critical", "take each other's tasks"],
    ["silence-needed", "warning, risk Low", "silenced_warnings = { silence-needed"],
  ])("says what %s is", async (id, level, says) => {
    const { code, text } = await run("--explain", id);
    expect({ code, first: text.split("\n")[0] }).toEqual({
      code: 0,
      first: `${id} (${level})`,
    });
    expect(text.toLowerCase()).toContain(says);
  });

  test("knows the id that was meant", async () => {
    const { code, text, complaints } = await run("--explain", "redis-requird");
    expect({ code, text }).toEqual({ code: 2, text: "" });
    expect(complaints).toBe(
      'There is no rule "redis-requird". Did you mean "redis-required"? See npm run check -- --rules.',
    );
  });

  test("has something to say about every rule, once", async () => {
    const { text } = await run("--rules");
    const ids = [...text.matchAll(/^ {2}(\S+) /gm)].map(([, id = ""]) => id);
    expect(ids).toEqual(expect.arrayContaining(rules.map(({ id }) => id)));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, what, why } of catalogue.flatMap(({ entries }) => entries)) {
      expect({ id, what }).toEqual({
        id,
        what: expect.stringMatching(/^\S.+[^.]$/) as string,
      });
      expect({ id, why }).toEqual({
        id,
        why: expect.stringMatching(/^\S.{10,}\.$/) as string,
      });
    }
  });
});

test("DIFY_ENVIRONMENTS is what to check where nothing is named", async () => {
  write({ "dev.tfvars": "region = 7\n", "prod.tfvars": GOOD });
  const output = {
    color: false,
    print: () => undefined,
    complain: () => undefined,
  };
  const env = { DIFY_VARIABLES: directory, DIFY_ENVIRONMENTS: "prod, " };
  expect(await check([], env, output)).toBe(0);
  expect(await check(["dev"], env, output)).toBe(1);
});

test("--json says everything, in a shape that stays", async () => {
  write({
    "dev.tfvars": `${GOOD}  regoin = "x"\nmin_instance_count = 0\nmodule_dependency = []\n`,
    "prod.tfvars.json": JSON.stringify({
      project_id: "demo-project",
      require_services_gcp_module: false,
      region: 7,
    }),
  });
  const { environments, problems, notes, ...rest } = await json();
  expect(rest).toEqual({ version: 1, silenced: [] });
  expect(notes).toHaveLength(1);
  const [dev, prod] = ["dev.tfvars", "prod.tfvars.json"].map((name) => join(directory, name));
  expect(environments).toEqual([
    { name: "dev", file: dev, errors: 2, warnings: 0, silenced: 0 },
    { name: "prod", file: prod, errors: 1, warnings: 0, silenced: 0 },
  ]);
  expect(problems).toEqual([
    {
      id: "variable-unknown",
      severity: "error",
      risk: null,
      environment: "dev",
      file: dev,
      line: 3,
      column: 3,
      variable: "regoin",
      related: [],
      message: '"regoin" is not a variable of this project. Did you mean "region"?',
      given: null,
      allowed: "region",
    },
    expect.objectContaining({
      id: "value-not-allowed",
      file: prod,
      line: 1,
      column: 66,
      given: '"7"',
    }),
    expect.objectContaining({
      id: "replicas-running",
      risk: "High",
      line: 4,
      column: 1,
    }),
  ]);
});

test("--json keeps what a terminal would obey as numbers, and stays JSON", async () => {
  write({ "dev.tfvars": `${GOOD}region = "\u202e\u009b2J\u{e0001}"\n` });
  const { text } = await run("--json");
  expect(text).not.toMatch(/[\u202e\u009b\u{e0001}]/u);
  expect((JSON.parse(text) as Report).problems[0]?.given).toBe('"\u202e\u009b2J\u{e0001}"');
});

describe("a silenced warning", () => {
  test("is counted instead of printed, and does not count for --strict", async () => {
    write({ "dev.tfvars": GOOD + OPEN + SILENT });
    expect(await run("--strict")).toMatchObject({
      code: 0,
      text: "dev: 0 errors, 0 warnings, 1 silenced (cors-restricted)",
    });
    const { silenced, problems, environments } = await json();
    expect(problems).toEqual([]);
    expect(silenced).toEqual([
      expect.objectContaining({
        id: "cors-restricted",
        line: 3,
        reason: "Only the intranet calls it.",
      }),
    ]);
    expect(environments).toEqual([expect.objectContaining({ silenced: 1 })]);
  });

  test("may be silenced in JSON, and in the common file for those that have it", async () => {
    write({
      "common.tfvars.json": '{ "silenced_warnings": { "cors-restricted": "Intranet." } }',
    });
    write({ "dev.tfvars": GOOD + OPEN, "prod.tfvars": GOOD });
    expect(await run("--strict")).toMatchObject({
      code: 0,
      text: expect.stringContaining("1 silenced") as string,
    });
    // Alone, prod does not know that dev needs it.
    expect(await run("prod", "--strict")).toMatchObject({ code: 0 });
  });

  test("that is gone is a warning, once", async () => {
    write({ "common.tfvars": SILENT, "dev.tfvars": GOOD, "prod.tfvars": GOOD });
    const { problems } = await json();
    expect(problems).toEqual([
      expect.objectContaining({
        id: "silence-needed",
        severity: "warning",
        file: join(directory, "common.tfvars"),
        line: 1,
      }),
    ]);
  });

  test("may have gone because of an error, which comes first", async () => {
    write({ "dev.tfvars": `${GOOD}${SILENT}environment_variables = 7\n` });
    expect((await json()).problems.map(({ id }) => id)).toEqual(["value-not-allowed"]);
  });

  test("needs a reason", async () => {
    write({
      "dev.tfvars": `${GOOD}${OPEN}silenced_warnings = { cors-restricted = " " }\n`,
    });
    const { problems } = await json();
    expect(problems).toContainEqual(
      expect.objectContaining({
        id: "value-not-allowed",
        variable: "silenced_warnings",
      }),
    );
    // Nothing is silenced by a mistake.
    expect(problems).toContainEqual(expect.objectContaining({ id: "cors-restricted" }));
  });
});

test("the command itself writes nothing, explains itself and knows the shipped files", () => {
  const empty = join(directory, "empty");
  mkdirSync(empty);
  const before = tree(directory);
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, "scripts/check.mjs"), ...args], {
      cwd: empty,
      encoding: "utf8",
      env: {
        ...process.env,
        DIFY_VARIABLES: join(ROOT, "variables"),
        DIFY_ENVIRONMENTS: "",
        HOME: empty,
        TMPDIR: empty,
      },
    });
  expect(command("--strict")).toMatchObject({ status: 0, stderr: "" });
  expect(command("--help").stdout).toContain("silenced_warnings");
  expect(command("nobody")).toMatchObject({ status: 1 });
  expect(tree(directory)).toEqual(before);
});
