import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "@cdktf/hcl2json";
import fc from "fast-check";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { MANY, readLongText, type TextToken } from "../../modules/dify-gke/variables/long-text";
import { parseFile } from "../../modules/dify-gke/variables/parse";

const directory = mkdtempSync(join(tmpdir(), "numbers-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const GOOD = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';

async function read(name: string, text: string) {
  writeFileSync(join(directory, name), text);
  try {
    return await readEnvironments({ directory });
  } finally {
    rmSync(join(directory, name));
  }
}

describe("a number where a text is wanted", () => {
  const exact = ["7", "0", "-3", "1.5", "6380"];
  const other = ["123456789012345678", "1.10", "1e3", "1.0", "-0.50"];
  const forms: Readonly<Record<string, (number: string) => readonly [file: string, text: string]>> = {
    hcl: (number: string) => ["dev.tfvars", `${GOOD}environment_variables = { A = ${number} }\n`],
    json: (number: string) => [
      "dev.tfvars.json",
      `{"project_id":"demo-project","require_services_gcp_module":false,\n\n"environment_variables":{"A":${number}}}`,
    ],
  };

  test.each(Object.entries(forms).flatMap(([form, of]) => exact.map((number) => [form, number, of] as const)))(
    "%s: %s is that text",
    async (_, number, of) => {
      const { environments } = await read(...of(number));
      expect(environments[0]?.variables.environment_variables).toEqual({ A: number });
    },
  );

  test.each(Object.entries(forms).flatMap(([form, of]) => other.map((number) => [form, number, of] as const)))(
    "%s: %s is refused, with its line and what to write",
    async (_, number, of) => {
      const { environments, problems } = await read(...of(number));
      expect(environments).toEqual([]);
      expect(problems).toEqual([
        expect.objectContaining({
          variable: "environment_variables",
          line: 3,
          given: number,
          allowed: `"${number}"`,
          message: expect.stringMatching(/Put it in quotes\.$/) as string,
        }),
      ]);
    },
  );

  test("a release is not another one", async () => {
    const { problems } = await read("dev.tfvars", `${GOOD}application_version = 1.10\n`);
    expect(problems).toEqual([expect.objectContaining({ variable: "application_version", given: "1.10" })]);
  });

  test("leading zeros are refused, which both languages take for another number or for none", async () => {
    const { environments, problems } = await read("dev.tfvars", `${GOOD}environment_variables = { A = 007 }\n`);
    expect([environments.length, problems.length]).toEqual([0, 1]);
    const json = await read("dev.tfvars.json", '{"project_id":"demo-project","redis_port":007}');
    expect(json.environments).toEqual([]);
  });

  test("nothing secret is shown", async () => {
    const { problems } = await read("dev.tfvars", `${GOOD}environment_variables = { API_KEY = 123456789012345678 }\n`);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/1234567890/);
  });

  test("where a number is wanted, it is one however it is written", async () => {
    const { environments, problems } = await read(
      "dev.tfvars",
      `${GOOD}min_instance_count = 2.0\nmax_instance_count = 1e1\n`,
    );
    expect(problems).toEqual([]);
    expect(environments[0]?.variables).toMatchObject({ min_instance_count: 2, max_instance_count: 10 });
  });

  test("in quotes, in comments and in names it is text", async () => {
    const { environments, problems } = await read(
      "dev.tfvars",
      `${GOOD}# 1.10\nenvironment_variables = { A = "1.10", /* 1e3 */ B1 = "x 1.0", C = <<EOT\n1.10\nEOT\n}\n`,
    );
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(environments[0]?.variables.environment_variables).toEqual({ A: "1.10", B1: "x 1.0", C: "1.10\n" });
  });
});

describe("a long text", () => {
  const piece = fc.constantFrom(
    ...["a", " ", "  ", "\t", "\n", "\\n", "\\t", '\\"', "\\\\", "\\u00e9", "\\U0001F600", "\r\n"],
    ...[
      "$${",
      "%%{",
      "$$$${",
      "%%%{",
      "$",
      "%",
      "$$",
      "{",
      "}",
      "é",
      "\\u0041",
      "\\ud83d",
      "\\udE00",
      "\\q",
      "\\U0010FFFF",
      "\\U00110000",
    ],
  );
  const forms = ["quoted", "heredoc", "flush"] as const satisfies readonly TextToken["form"][];
  const filler = { quoted: "$${".repeat(MANY), heredoc: "x\n".repeat(MANY), flush: "x\n".repeat(MANY) };

  test("is what HCL's own parser would have made of it", async () => {
    await parse("warm.tfvars", "a = 1");
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), fc.constantFrom(...forms), async (pieces, form) => {
        const text = pieces.join("");
        const content =
          form === "quoted"
            ? filler.quoted + text.replaceAll(/\r?\n/g, "")
            : `${filler[form]}${text.replaceAll('"', "")}\n`;
        const long = readLongText({ start: 0, end: 0, content, form });
        if (long === undefined || long === "expression") return;
        const source = form === "quoted" ? `"${content}"` : `<<${form === "flush" ? "-" : ""}EOT\n${content}EOT`;
        const parsed = parse("a.tfvars", `a = ${source}\n`) as Promise<{ readonly a: string }>;
        if (long === "no escape") {
          await expect(parsed).rejects.toThrow("Invalid escape sequence");
          return;
        }
        const { a } = await parsed;
        // The parser escapes what is literal.
        expect(long.meant).toBe(a.replace(/([$%])\1\{/g, "$1{"));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test("of odd content leaves what follows in its line", async () => {
    const lines = 30_000;
    const file = join(directory, "long.tfvars");
    writeFileSync(
      file,
      [
        `a = <<EOT\n${"x $${y}\n".repeat(lines)}EOT`,
        `b = "${"$${y}".repeat(lines)}"`,
        `c = "${'\\"'.repeat(100_000)}"`,
        `d = "${"${y}".repeat(lines)}"`,
        "e = 1",
      ].join("\n"),
    );
    const { values, places, problems } = await parseFile(file);
    expect(places.get("e")).toEqual({ line: lines + 6, column: 1 });
    expect(values?.get("a")).toBe("x ${y}\n".repeat(lines));
    expect(values?.get("b")).toBe("${y}".repeat(lines));
    expect(values?.get("c")).toBe('"'.repeat(100_000));
    expect(problems.map(({ variable }) => variable)).toEqual(["d"]);
    rmSync(file);
  });
});
