// What is loaded together with what: esbuild follows the imports that are left once those of types are gone, as the
// project's commands load them. Run in the project's directory; each wrong way in is a line, and the exit code is 1.
import { buildSync } from "esbuild";

const RULES = [
  {
    name: "no-constructs-behind-dify-common",
    // Not even through another file may what Dify is reach what makes resources.
    entries: "modules/dify-common/**/*.ts",
  },
  {
    name: "no-constructs-behind-checks",
    // Checking variable files loads no CDKTF: constants that both need lie in a file without constructs.
    entries: "modules/dify-gke/variable-files.ts",
  },
];
const CONSTRUCTS = /^(cdktf|constructs|@cdktf\/provider-[a-z]+)(\/|$)/;

/** @returns a way for each file that imports constructs, from where loading begins */
function wrongWays(entries) {
  const { metafile } = buildSync({
    entryPoints: [entries],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "cjs",
    metafile: true,
    write: false,
    outdir: "none",
    logLevel: "error",
  });
  const begun = Object.values(metafile.outputs).map(({ entryPoint }) => entryPoint);
  const ways = new Map(begun.map((path) => [path, [path]]));
  const wrong = [];
  for (const [path, way] of ways) {
    for (const { path: to, external } of metafile.inputs[path].imports) {
      if (!external && !ways.has(to)) ways.set(to, [...way, to]);
      if (external && CONSTRUCTS.test(to)) wrong.push([...way, to]);
    }
  }
  return wrong;
}

for (const { name, entries } of RULES) {
  for (const way of wrongWays(entries)) {
    console.error(`error ${name}: ${way.join(" → ")}`);
    process.exitCode = 1;
  }
}
