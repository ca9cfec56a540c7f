// Runs main.ts and its imports as one script, kept with V8's compiled code for the next run: compiling the sources of
// CDKTF and of the resource classes takes longer than a synth.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { isMainThread } from "node:worker_threads";

/** Files whose content determines the script. */
const SOURCES = ["main.ts", "modules", "scripts/synth", "tsconfig.json", "package-lock.json"];
/** Older scripts are removed, unless another process may be about to read them. */
const STALE_MS = 10 * 60_000;

/** Runs main.ts. @param project directory of the project */
export async function runMain(project) {
  // The same flags as for the reader of variable files, but earlier: V8 does not accept code that was compiled with
  // other flags.
  const flags = JSON.parse(readFileSync(join(project, "modules/dify-gke/variables/v8-flags.json"), "utf8"));
  for (const flag of flags) setFlagsFromString(flag);
  const cache = join(project, "node_modules", ".cache", "synth");
  const name = contentHash(project);
  const file = join(cache, `${name}.cjs`);
  const codeFile = join(cache, `${name}.${process.versions.v8}-${process.arch}`);
  const source = read(file, "utf8") ?? (await build(project, file));
  const cachedData = read(codeFile);
  const script = new Script(wrapped(source), { filename: file, cachedData });
  if (isMainThread && (!cachedData || script.cachedDataRejected)) {
    // At the end, so that it includes the functions that were called in the meantime.
    process.once("exit", () => write(codeFile, script.createCachedData()));
  }
  start(script, join(project, "main.cjs"));
}

/**
 * Runs another script of the project without keeping it: it writes no file.
 * @param project directory of the project
 * @param entry path of the script in it
 */
export async function runOnce(project, entry) {
  const path = join(project, entry.replace(/\.ts$/, ".cjs"));
  start(new Script(wrapped(await bundle(project, entry)), { filename: path }), path);
}

/** As Node.js wraps a module. */
function wrapped(source) {
  return `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
}

/** @param path where the module seems to be, for finding its packages and other files */
function start(script, path) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
}

function contentHash(project) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      for (const entry of readdirSync(path).sort()) add(join(path, entry));
    } else
      hash
        .update(`${relative(project, path)}\0`)
        .update(readFileSync(path))
        .update("\0");
  };
  for (const source of SOURCES) add(join(project, source));
  return hash.digest("hex").slice(0, 32);
}

async function build(project, file) {
  const text = await bundle(project, "main.ts");
  removeStale(join(file, ".."));
  write(file, text);
  return text;
}

/** @returns a script with all of its imports */
async function bundle(project, entry) {
  const { buildSync } = await import("esbuild");
  const { outputFiles } = buildSync({
    absWorkingDir: project,
    entryPoints: [entry],
    bundle: true,
    // It finds its WebAssembly relative to its own place.
    external: ["@cdktf/hcl2json"],
    // A script cannot import.
    supported: { "dynamic-import": false },
    // One of the packages has a format that only loads as files.
    mainFields: ["module", "main"],
    legalComments: "none",
    // Without comments, which are all that is not ASCII: V8 reads and compares such a text in less than half of the time.
    // Lines, so that a stack trace still has places.
    minifyWhitespace: true,
    lineLimit: 120,
    platform: "node",
    target: "node20",
    format: "cjs",
    write: false,
  });
  return outputFiles[0].text;
}

function read(file, encoding) {
  try {
    return readFileSync(file, encoding);
  } catch {
    return undefined;
  }
}

/** Writes all or nothing, because others may be reading. If nothing can be written, the next run builds it again. */
function write(file, content) {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch {
    // The next run that builds removes what is left of it.
  }
}

function removeStale(cache) {
  try {
    for (const entry of readdirSync(cache)) {
      const path = join(cache, entry);
      if (Date.now() - statSync(path).mtimeMs > STALE_MS) rmSync(path, { force: true });
    }
  } catch {
    // It does not exist yet.
  }
}
