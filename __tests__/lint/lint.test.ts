import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { code, layers, runTime } from "./refused";

const ROOT = join(__dirname, "../..");

let directory: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "lint-")));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

/** Runs a program of the project's in the temporary directory. @returns what it wrote, whatever its exit code */
function run(program: string, args: readonly string[], input = ""): Promise<{ code: unknown; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd: directory, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (stdout === "") reject(new Error(`${program}: ${stderr}`));
      else resolve({ code: error?.code ?? 0, stdout });
    });
    child.stdin?.end(input);
  });
}

/** What every tree has: packages to import, and a file of Dify that nothing is wrong with. */
const TREE: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    main: "modules/index.ts",
    dependencies: { cdktf: "1", "@cdktf/provider-google": "1" },
    devDependencies: { tool: "1" },
  }),
  "tsconfig.json": JSON.stringify({ compilerOptions: { module: "Node16", moduleResolution: "Node16" } }),
  "modules/dify-common/plain.ts": "export type Plain = string;\n",
  ...Object.fromEntries(
    ["cdktf", "tool", "@cdktf/provider-google"].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "lib/index.js" })],
      [`node_modules/${name}/lib/index.js`, "exports.Fn = 1;\n"],
    ]),
  ),
  "node_modules/@cdktf/provider-google/lib/bucket/index.js": "exports.Bucket = 1;\n",
};

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
  };
}

describe.each([
  ["lint/layers.mjs", layers, ["modules", "examples", "scripts"]],
  ["lint/run-time.mjs", runTime, ["modules"]],
])("%s", (rules, cases, folders) => {
  it("refuses each wrong import and nothing else, and has a case for every rule", async () => {
    await write({ ...TREE, ...(Object.assign({}, ...cases.map(({ files }) => files)) as object) });
    const options = ["--config", join(ROOT, rules), "--output-type", "json"];
    const { stdout } = await run(join(ROOT, "node_modules/.bin/depcruise"), [...options, ...folders]);
    const { violations, ruleSetUsed } = (JSON.parse(stdout) as Report).summary;
    const found = new Set(violations.map(({ from, rule }) => `${rule.name}: ${from}`));
    const named = cases.flatMap(({ rule, files, named = Object.keys(files).slice(0, 1) }) =>
      named.map((place) => `${rule}: ${place}`),
    );
    expect([...found].sort()).toEqual(named.sort());
    expect(ruleSetUsed.forbidden.map(({ name }) => name).sort()).toEqual(
      [...new Set(cases.map(({ rule }) => rule))].sort(),
    );
  });
});

test("lint/knip.jsonc refuses what nothing uses", async () => {
  await write({
    ...TREE,
    "main.ts":
      'import { used } from "./modules/some";\nimport "cdktf";\nimport "@cdktf/provider-google";\nconsole.log(used);\n',
    "modules/index.ts": "export const forUsers = 1;\n",
    "modules/some.ts": "export const used = 1;\nexport const nowhere = 2;\n",
  });
  const { code, stdout } = await run(join(ROOT, "node_modules/.bin/knip"), [
    ...["--config", join(ROOT, "lint/knip.jsonc"), "--directory", directory, "--reporter", "json"],
  ]);
  expect(code).toBe(1);
  const { issues } = JSON.parse(stdout) as {
    readonly issues: readonly ({ readonly file: string } & Readonly<Record<string, readonly { name: string }[]>>)[];
  };
  const found = issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, names]) => names.map(({ name }) => `${kind}: ${name} of ${file}`)),
  );
  expect(found.sort()).toEqual([
    "devDependencies: tool of package.json",
    "exports: nowhere of modules/some.ts",
    "files: modules/dify-common/plain.ts of modules/dify-common/plain.ts",
  ]);
});

test("eslint.config.mjs refuses what the rules of the code forbid", async () => {
  const program = `
    import { ESLint } from ${JSON.stringify(join(ROOT, "node_modules/eslint/lib/api.js"))};
    import tseslint from ${JSON.stringify(join(ROOT, "node_modules/typescript-eslint/dist/index.js"))};
    const cases = JSON.parse(await new Promise((resolve) => {
      let text = "";
      process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => resolve(text));
    }));
    // What needs types would have to know the whole project.
    const eslint = new ESLint({ cwd: ${JSON.stringify(ROOT)}, overrideConfig: [tseslint.configs.disableTypeChecked] });
    const found = [];
    for (const [, filePath, text] of cases) {
      const [result] = await eslint.lintText(text, { filePath });
      found.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
    }
    console.log(JSON.stringify(found));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], JSON.stringify(code));
  expect(JSON.parse(stdout)).toEqual(code.map(([rule]) => [rule]));
});
