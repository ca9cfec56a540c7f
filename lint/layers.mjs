// Who may import whom: the layers of docs/architecture.md. Imports of types count as well. Run in the project's directory;
// each import that is refused is a line, and the exit code is 1.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { parseSync } from "oxc-parser";

const PLACES = ["main.ts", "modules", "scripts", "examples", "__tests__"];

const CONSTRUCTS = "^node_modules/(cdktf|constructs|@cdktf/provider-[a-z]+)(/|$)";

/** What makes stacks of Dify's variables. Everything else in dify-gke is checked without it. */
const WIRING = "^modules/dify-gke/(dify-gke|outputs)[.]ts$";

/** The folders of app-gke in the order of docs/architecture.md: each may import those after it. */
const ROOMS = [
  "monitoring",
  "instance",
  "front-door",
  "delivery",
  "admission",
  "guardrails",
  "workload",
  "operators",
  "platform",
  "foundation",
  "google",
  "terraform",
];

/** Packages that are there after `npm ci --omit=dev`. */
const INSTALLED = installed();

/**
 * Files that match `from`, and not `except`, import nothing that matches one of `to`. A package is
 * `node_modules/<what the import says>`.
 */
const RULES = [
  {
    name: "app-gke-knows-no-dify",
    comment: "It runs any application. What it has to know of Dify stands in an ApplicationConfig or in settings.",
    from: "^(modules/app-gke|examples)/",
    to: ["^modules/dify-"],
  },
  ...ROOMS.map((room, index) => ({
    name: `${room}-knows-nothing-above`,
    comment: "Google's side is there before anything in the cluster, and a part before what is composed of it.",
    from: `^modules/app-gke/${room}/`,
    to: ["app-gke[.]ts$", ...ROOMS.slice(0, index).map((above) => `${above}/`)].map((to) => `^modules/app-gke/${to}`),
  })),
  {
    name: "contract-knows-no-room",
    comment:
      "An application is described by it before anything is made of that: it may only know what Google calls things.",
    from: "^modules/app-gke/[^/]+[.]ts$",
    except: "/(app-gke|props-check)[.]ts$",
    to: ROOMS.slice(0, ROOMS.indexOf("google")).map((room) => `^modules/app-gke/${room}/`),
  },
  {
    name: "dify-common-creates-nothing",
    comment: "It says what Dify is, in plain data and functions; AppGke makes resources of that.",
    from: "^modules/dify-common/",
    to: [CONSTRUCTS],
  },
  {
    name: "dify-common-knows-no-variables",
    comment: "It takes DifySettings from anywhere.",
    from: "^modules/dify-common/",
    to: ["^modules/dify-gke/"],
  },
  {
    name: "dify-gke-creates-nothing-itself",
    comment: "Defaults, wiring and rules only: a resource belongs to AppGke.",
    from: "^modules/dify-gke/",
    to: ["^node_modules/@cdktf/provider-"],
  },
  {
    name: "checks-know-no-wiring",
    comment: "What a file says is checked before anything is built, and without it.",
    from: "^modules/dify-gke/",
    except: WIRING,
    to: [CONSTRUCTS, WIRING, "^modules/app-gke/app-gke[.]ts$"],
  },
  {
    name: "modules-stand-alone",
    comment: "They are a library: what uses them is not theirs.",
    from: "^modules/",
    to: ["^(main[.]ts$|scripts/|examples/|__tests__/)"],
  },
  {
    name: "users-get-what-runs",
    comment: "`npm ci --omit=dev` has to be enough for a synth.",
    from: "^(main[.]ts$|modules/|scripts/(synth|check)([.]mjs$|/))",
    to: [`^node_modules/(?!(${INSTALLED.join("|")})(/|$))`],
  },
].map(({ from, except, to, ...rule }) => ({
  ...rule,
  holdsFor: (path) => new RegExp(from).test(path) && !(except && new RegExp(except).test(path)),
  refuses: (path) => to.some((pattern) => new RegExp(pattern).test(path)),
}));

function installed() {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
  return Object.keys({ ...dependencies, ...peerDependencies });
}

function sources(place) {
  if (!existsSync(place)) return [];
  const paths = statSync(place).isFile()
    ? [place]
    : readdirSync(place, { recursive: true }).map((path) => join(place, path));
  return paths.filter((path) => /[.](ts|mjs|cjs)$/.test(path) && !/(^|\/)(node_modules|cdktf[.]out)\//.test(path));
}

/** @returns what a file imports, as it says it: static imports and exports first, then calls and types */
function specifiers(path) {
  const text = readFileSync(path, "utf8");
  const { staticImports, staticExports } = parseSync(path, text).module;
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value)),
    ...Array.from(text.matchAll(/\b(?:import|require)\(\s*["']([^"'\n]+)["']\s*\)/g), ([, specifier]) => specifier),
  ].filter((specifier) => specifier !== undefined && !isBuiltin(specifier));
}

/** What each file imports: paths of the project, and of packages. */
function importsOf(files) {
  const known = new Set(files);
  const target = (from, specifier) => {
    if (!specifier.startsWith(".")) return join("node_modules", specifier);
    const path = join(dirname(from), specifier);
    return [path, `${path}.ts`, join(path, "index.ts")].find((candidate) => known.has(candidate)) ?? path;
  };
  return new Map(files.map((path) => [path, new Set(specifiers(path).map((to) => target(path, to)))]));
}

/** What each folder of the modules, with the folders in it, imports from folders outside. */
function importsOfFolders(imports) {
  const folders = new Map();
  for (const [path, targets] of imports) {
    if (!path.startsWith("modules/")) continue;
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
      const outside = [...targets].filter((to) => imports.has(to) && !to.startsWith(`${folder}/`)).map(dirname);
      folders.set(folder, new Set([...(folders.get(folder) ?? []), ...outside]));
    }
  }
  return folders;
}

/** @returns the shortest way from each place back to it, where there is one */
function* circles(graph) {
  for (const start of [...graph.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    const before = new Map();
    const ahead = [start];
    for (const place of ahead) {
      for (const next of graph.get(place) ?? []) {
        if (before.has(next)) continue;
        before.set(next, place);
        ahead.push(next);
      }
    }
    if (!before.has(start)) continue;
    const way = [start];
    do way.unshift(before.get(way[0]));
    while (way[0] !== start);
    yield way;
  }
}

function refuse(name, way, comment) {
  console.error(`error ${name}: ${way.join(" → ")}\n  ${comment}`);
  process.exitCode = 1;
}

const imports = importsOf(PLACES.flatMap(sources));
for (const [path, targets] of imports) {
  for (const { name, comment, refuses } of RULES.filter((rule) => rule.holdsFor(path))) {
    for (const to of targets) if (refuses(to)) refuse(name, [path, to], comment);
  }
}
const named = new Set();
for (const way of circles(imports)) {
  if (!way.some((path) => named.has(path)))
    refuse("no-circle", way, "Files that import each other can only be understood and changed together.");
  for (const path of way) named.add(path);
}
for (const way of circles(importsOfFolders(imports))) {
  refuse(
    "no-circle-of-folders",
    way,
    "Of two rooms, one is for the other: move what both need to where both may look.",
  );
}
if (process.argv.includes("--rules"))
  for (const name of ["no-circle", "no-circle-of-folders", ...RULES.map((rule) => rule.name)]) console.log(name);
