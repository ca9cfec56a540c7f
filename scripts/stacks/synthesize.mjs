// Synthesizes all variants of a checkout, and its shipped environments: node synthesize.mjs CHECKOUT OUTPUT [TEXT].
// OUTPUT, a directory inside the checkout, gets index.json: a list of { variant, stacks } with the path of each stack's
// file, or { variant, error } if a variant cannot be synthesized. With TEXT, only variants whose names contain it.
// Prints "7/78" as it proceeds. It needs little from the checkout, so that an old one will do: VARIANTS, build and
// scripts/synth.mjs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

const [root = "", output = "", text = ""] = process.argv
  .slice(2)
  .map((path, index) => (index < 2 ? resolve(path) : path));
const index = [];

/** Loads a TypeScript module of the checkout with its imports, as if it were in the checkout's root. */
function load(path) {
  const [{ text: code }] = buildSync({
    entryPoints: [join(root, path)],
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "cjs",
    write: false,
  }).outputFiles;
  const module = new Module(join(root, "variants.cjs"));
  module.filename = module.id;
  module.paths = Module._nodeModulePaths(root);
  module._compile(code, module.filename);
  return module.exports;
}

async function variants() {
  const { VARIANTS } = load("__tests__/terraform/variants.ts");
  const { build } = load("__tests__/terraform/synth.ts");
  const { App } = createRequire(join(root, "package.json"))("cdktf");
  const wanted = Object.entries(VARIANTS).filter(([name]) => name.includes(text));
  for (const [number, [variant, given]] of wanted.entries()) {
    const directory = join(output, String(number));
    try {
      const app = new App({ outdir: directory, skipValidation: true });
      await build(app, given);
      app.synth();
      index.push({ variant, stacks: stacksIn(directory) });
    } catch (error) {
      index.push({ variant, error: error instanceof Error ? error.message : String(error) });
    }
    console.log(`${number + 1}/${wanted.length}`);
  }
}

function shipped() {
  const names = readdirSync(join(root, "variables")).flatMap((file) => {
    const [, name] = /^([^.]+)\.tfvars(\.json)?$/.exec(file) ?? [];
    return name && name !== "common" && `variables/${file}`.includes(text) ? [[file, name]] : [];
  });
  for (const [file, name] of names) {
    const directory = join(output, name);
    const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts", "synth.mjs")], {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        DIFY_VARIABLES: join(root, "variables"),
        DIFY_ENVIRONMENTS: name,
        CDKTF_OUTDIR: directory,
        NO_COLOR: "1",
      },
    });
    const variant = `variables/${file}`;
    index.push(status === 0 ? { variant, stacks: stacksIn(directory) } : { variant, error: stderr.trim() });
  }
}

function stacksIn(directory) {
  const stacks = join(directory, "stacks");
  return existsSync(stacks)
    ? Object.fromEntries(readdirSync(stacks).map((name) => [name, join(stacks, name, "cdk.tf.json")]))
    : {};
}

/** As in main.ts; for an old revision at least without stack traces, which take most of the time. */
function quicken() {
  const quick = "modules/app-gke/terraform/quick-synthesis.ts";
  if (existsSync(join(root, quick))) load(quick).quickenSynthesis();
  else Error.prepareStackTrace = () => "";
}

// It would take precedence over the directories that the apps get.
delete process.env.CDKTF_OUTDIR;
mkdirSync(output, { recursive: true });
// Scripts of jobs are found from here.
process.chdir(root);
quicken();
await variants();
shipped();
writeFileSync(join(output, "index.json"), JSON.stringify(index));
