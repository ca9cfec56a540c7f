import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { code, layers, type Refused, runTime } from "./refused";

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
function run(program: string, args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    // As `npm run lint` starts the one that knows types.
    const env = { ...process.env, GOMAXPROCS: "1", GOGC: "off", GOMEMLIMIT: "2GiB" };
    execFile(program, args, { cwd: directory, env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (stdout + stderr === "") reject(new Error(`${program} said nothing`));
      else resolve({ code: error?.code ?? 0, stdout, stderr });
    });
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

function treeOf(cases: readonly Refused[]): Readonly<Record<string, string>> {
  return { ...TREE, ...(Object.assign({}, ...cases.map(({ files }) => files)) as object) };
}

test("lint/layers.mjs refuses each wrong import and nothing else, and has a case for every rule", async () => {
  await write(treeOf(layers));
  const { code, stdout, stderr } = await run(process.execPath, [join(ROOT, "lint/layers.mjs"), "--rules"]);
  expect(code).toBe(1);
  const found = Array.from(stderr.matchAll(/^error (\S+: \S+) → /gm), ([, place]) => place);
  const named = layers.flatMap(({ rule, files, named = Object.keys(files).slice(0, 1) }) =>
    named.map((place) => `${rule}: ${place}`),
  );
  expect(found.sort()).toEqual(named.sort());
  expect(stdout.trim().split("\n").sort()).toEqual([...new Set(layers.map(({ rule }) => rule))].sort());
});

test("lint/run-time.mjs refuses what is loaded through another file, says the way, and lets types pass", async () => {
  await write(treeOf(runTime));
  const { code, stderr } = await run(process.execPath, [join(ROOT, "lint/run-time.mjs")]);
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toEqual(
    runTime.map(({ rule, files }) => `error ${rule}: ${[...Object.keys(files), "cdktf"].join(" → ")}`),
  );
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

test(".oxlintrc.jsonc refuses what the rules of the code forbid", async () => {
  for (const name of [".oxlintrc.jsonc", "lint", "node_modules"])
    await symlink(join(ROOT, name), join(directory, name));
  await write({
    "tsconfig.json": await readFile(join(ROOT, "tsconfig.json"), "utf8"),
    ...Object.fromEntries(code.map(([, file, text]) => [file, text])),
  });
  const { stdout } = await run(join(ROOT, "node_modules/.bin/oxlint"), [
    ...["--format", "json", "modules", "scripts", "examples", "__tests__"],
  ]);
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
  };
  expect(diagnostics.map(({ code, filename }) => `${code}: ${filename}`).sort()).toEqual(
    code.map(([rule, file]) => `${rule}: ${file}`).sort(),
  );
});
