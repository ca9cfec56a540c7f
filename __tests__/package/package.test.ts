import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { InstallationStack } from "../../modules";
import project from "../../package.json";
import type { StackJson } from "../terraform/synth";

const ROOT = join(__dirname, "../..");
const TSC = join(ROOT, "node_modules/typescript-native/bin/tsc");
const CONFIGURATIONS = ["tsconfig.json", "tsconfig.build.json"] as const;
const run = promisify(execFile);

/** For the compiler, which is a program in Go: as `npm run types` starts it, in as little time as it can do with. */
const env = { ...process.env, GOGC: "off", GOMEMLIMIT: "2GiB" };

/** A package of somebody else's. */
const NEIGHBOUR = {
  "package.json": JSON.stringify({ name: "neighbour", version: "1.0.0", peerDependencies: project.peerDependencies }),
  "index.js": `const { Construct } = require("constructs");
const { TerraformOutput } = require("cdktf");
exports.Greeting = class extends Construct {
  constructor(scope, id, text) {
    super(scope, id);
    new TerraformOutput(this, "text", { value: text, staticId: true });
  }
};
`,
  "index.d.ts": `import { Construct } from "constructs";
export declare class Greeting extends Construct {
  constructor(scope: Construct, id: string, text: string);
}
`,
};

/** Constructs of both packages in one stack. */
const WITH_NEIGHBOUR = `import { App } from "cdktf";
import {
  AppGke, type ApplicationConfig, googleProvider, installation, InstallationStack, newServices,
} from "dify-gke-cdktf";
import { Greeting } from "neighbour";

const app = new App({ outdir: "shop", skipValidation: true });
const shop = installation({
  projectId: "demo-project", region: "us-central1", environment: "shop", tenantId: "demo", applicationName: "shop",
  deletionProtection: false,
});
const application: ApplicationConfig = {
  name: "shop", displayName: "Shop", version: "1", entryPoint: "web",
  components: [
    {
      name: "web", image: "nginx:1.29.1", ports: [{ name: "http", containerPort: 8080 }],
      resources: { cpu: "250m", memory: "256Mi" }, security: { runAsUser: 101 },
    },
  ],
};
const stack = new InstallationStack(app, "shop");
googleProvider(stack, shop);
new Greeting(stack, "greeting", "hello");
new AppGke(stack, "app", { installation: shop, services: newServices(shop, {}), application });
app.synth();
`;

let directory: string;
/** The empty app that the package is installed into. */
let app: string;
/** Paths of the package's files. */
let packed: readonly string[];

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(app, path)), { recursive: true });
  await writeFile(join(app, path), text);
}

/** Installs a package as the checkout has it. */
async function link(name: string): Promise<void> {
  const target = join(app, "node_modules", name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(ROOT, "node_modules", name), target);
}

/** Packs as people do, but a copy: the checkout stays as it is. */
async function pack(): Promise<string> {
  const staged = join(directory, "staged");
  await mkdir(staged);
  for (const name of [".npmrc", "package.json", "LICENSE", "README.md", "scripts", "modules", ...CONFIGURATIONS])
    await cp(join(ROOT, name), join(staged, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(staged, "node_modules"));
  const { stdout } = await run("npm", ["pack", "--json"], { cwd: staged, env });
  // What a script writes comes before.
  const [tarball] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as {
    filename: string;
    files: { path: string }[];
  }[];
  packed = (tarball?.files ?? []).map(({ path }) => path);
  expect(readdirSync(staged)).not.toContain("dist");
  return join(staged, tarball?.filename ?? "");
}

beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "package-")));
  app = join(directory, "app");
  await cp(join(ROOT, "examples/own-app"), app, { recursive: true });
  const installed = join(app, "node_modules", project.name);
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", await pack(), "--strip-components=1", "-C", installed]);
  const packages = [...Object.keys(project.dependencies), ...Object.keys(project.peerDependencies)];
  for (const name of [...packages, "@types/node"]) await link(name);
  for (const [name, text] of Object.entries(NEIGHBOUR)) await write(`node_modules/neighbour/${name}`, text);
  await write("with-neighbour.ts", WITH_NEIGHBOUR);
  const [, smallest = ""] = /```ts\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs/library.md"), "utf8")) ?? [];
  await write("library.ts", smallest);
  await write(
    "tsconfig.test.json",
    JSON.stringify({
      extends: "./tsconfig.json",
      compilerOptions: { skipLibCheck: false },
      files: ["main.ts", "with-neighbour.ts", "library.ts"],
    }),
  );
  // Two compilers and npm, while other tests run.
}, 240_000);

afterAll(() => rm(directory, { recursive: true }));

async function stack(path: string): Promise<StackJson> {
  return JSON.parse(await readFile(join(app, path, "cdk.tf.json"), "utf8")) as StackJson;
}

/** Paths of this project's files that the constructs read. */
function readByConstructs(): string[] {
  const sources = readdirSync(join(ROOT, "modules"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, "modules", name), "utf8"));
  return sources.flatMap((text) => [...text.matchAll(/projectFile\([`"]([\w/.-]+)/g)].map(([, path = ""]) => path));
}

test("the package has what runs, its types, and what its constructs read, and nothing else of the checkout", () => {
  const folders = new Set(packed.map((path) => (path.includes("/") ? path.split("/").slice(0, 2).join("/") : path)));
  expect([...folders].sort()).toEqual(
    [
      ...["LICENSE", "README.md", "package.json"],
      ...["dist/app-gke", "dist/dify-common", "dist/dify-gke", "dist/index.d.ts", "dist/index.js"],
      ...["delivery", "file-server", "google", "jobs", "kubernetes", "pods"].map((folder) => `scripts/${folder}`),
    ].sort(),
  );
  const read = readByConstructs();
  expect(read.length).toBeGreaterThan(8);
  // Some are read by a folder and a name.
  expect(
    read.filter((path) => !packed.some((file) => file === path || (path.endsWith("/") && file.startsWith(path)))),
  ).toEqual([]);
});

/** @returns the files of types that a file of the package imports, with itself */
function typesFrom(file: string, known = new Map<string, string>()): ReadonlyMap<string, string> {
  const path = packed.find((each) => each === `${file}.d.ts` || each === `${file}/index.d.ts`);
  if (path === undefined || known.has(path)) return known;
  const text = readFileSync(join(app, "node_modules", project.name, path), "utf8");
  known.set(path, text);
  for (const [, from = ""] of text.matchAll(/(?:from |import\()"(\.[^"]+)"/g))
    typesFrom(join(dirname(path), from), known);
  return known;
}

test("its types need no others than those of its packages: an app may have none of Node's", () => {
  const types = typesFrom("dist/index");
  expect(types.size).toBeGreaterThan(30);
  const ofNode = [...types].filter(([, text]) => /\bNodeJS\.|from "node:/.test(text));
  expect(ofNode.map(([path]) => path)).toEqual([]);
});

test("nothing that it shares with an app is a dependency of its own", () => {
  const shared = Object.keys(project.peerDependencies);
  expect(shared).toEqual(expect.arrayContaining(["cdktf", "constructs"]));
  expect(
    Object.keys(project.dependencies).filter((name) => shared.includes(name) || /^@cdktf\/provider-/.test(name)),
  ).toEqual([]);
});

test("no package that is installed here has a script that may run, so that scripts can be on for npm pack", async () => {
  const { packages } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { readonly hasInstallScript?: boolean }>;
  };
  const scripted = Object.entries(packages).filter(([, { hasInstallScript = false }]) => hasInstallScript);
  const names = scripted.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  expect(names.length).toBeGreaterThan(0);
  expect(project.allowScripts).toEqual(Object.fromEntries(names.map((name) => [name, false])));
});

test("the example has the versions that the checkout has", async () => {
  const example = JSON.parse(await readFile(join(app, "package.json"), "utf8")) as typeof project;
  const wanted = { ...example.dependencies, ...example.devDependencies };
  // npm would warn of every script that is neither allowed nor refused.
  expect(Object.keys(example.allowScripts)).toEqual(
    Object.keys(project.allowScripts).filter((name) => name in project.dependencies),
  );
  expect(Object.keys(wanted)).toEqual(expect.arrayContaining(Object.keys(project.peerDependencies)));
  const installed = Object.keys(wanted).map(async (name) => {
    const text = await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8");
    return [name, (JSON.parse(text) as { readonly version: string }).version] as const;
  });
  expect(wanted).toEqual(Object.fromEntries(await Promise.all(installed)));
});

test("an app compiles strictly with it, and synthesizes Dify, AppGke, another package's construct and a stack of its own", async () => {
  await run(process.execPath, [TSC, "--checkers", "1", "--project", join(app, "tsconfig.test.json")], { env }).catch(
    (error: unknown) => {
      throw new Error((error as { readonly stdout: string }).stdout);
    },
  );
  // Both import the same package: one process is enough.
  const both = 'for (const name of ["with-neighbour", "main"]) require(`./${name}.js`);';
  const documented = 'fs.mkdirSync("own"); process.chdir("own"); require("./library.js"); process.chdir("..");';
  await run(process.execPath, ["--eval", `${documented} ${both}`], { cwd: app });
  const foundation = await stack("cdktf.out/stacks/dify-test-foundation");
  expect(JSON.stringify(foundation)).toContain("exportfs");
  const dify = await stack("cdktf.out/stacks/dify-test");
  expect(Object.keys(dify.resource.kubernetes_deployment_v1 ?? {})).toContain("app_workload_api_deployment");
  expect(dify.output).toHaveProperty("team");
  expect((await stack("cdktf.out/stacks/reports-test")).resource).toHaveProperty("google_storage_bucket.reports");
  const shop = await stack("shop/stacks/shop");
  // It says nothing of providers: their versions are what the constructs need, not what the bindings were made from.
  expect(shop.terraform).toMatchObject({ required_providers: dify.terraform.required_providers });
  expect((await stack("own/cdktf.out/stacks/shop")).output).toHaveProperty("url");
  expect(shop.output).toHaveProperty("text", { value: "hello" });
  expect(Object.keys(shop.resource.kubernetes_deployment_v1 ?? {})).toHaveLength(1);
}, 240_000);

test("a second copy of constructs is refused", async () => {
  await cp(join(ROOT, "node_modules/constructs"), join(directory, "constructs"), { recursive: true });
  // eslint-disable-next-line typescript/no-require-imports -- the other copy
  const { RootConstruct } = require(join(directory, "constructs")) as typeof import("constructs");
  expect(() => new InstallationStack(new RootConstruct("app"), "stack")).toThrow(
    /Another copy of the package constructs/,
  );
});
