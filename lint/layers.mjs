// Who may import whom: the layers of docs/architecture.md. Imports of types count as well.
const CONSTRUCTS = "^node_modules/(cdktf|constructs|@cdktf/provider-[a-z]+)/";

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
  "platform",
  "foundation",
  "google",
  "terraform",
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Files that import each other can only be understood and changed together.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-circle-of-folders",
      comment: "Of two rooms, one is for the other: move what both need to where both may look.",
      severity: "error",
      scope: "folder",
      from: { path: "^modules/" },
      to: { circular: true },
    },
    {
      name: "app-gke-knows-no-dify",
      comment: "It runs any application. What it has to know of Dify stands in an ApplicationConfig or in settings.",
      severity: "error",
      from: { path: "^(modules/app-gke|examples)/" },
      to: { path: "^modules/dify-" },
    },
    ...ROOMS.map((room, index) => ({
      name: `${room}-knows-nothing-above`,
      comment: "Google's side is there before anything in the cluster, and a part before what is composed of it.",
      severity: "error",
      from: { path: `^modules/app-gke/${room}/` },
      to: {
        path: ["app-gke[.]ts$", ...ROOMS.slice(0, index).map((above) => `${above}/`)].map(
          (path) => `^modules/app-gke/${path}`,
        ),
      },
    })),
    {
      name: "dify-common-creates-nothing",
      comment: "It says what Dify is, in plain data and functions; AppGke makes resources of that.",
      severity: "error",
      from: { path: "^modules/dify-common/" },
      to: { path: CONSTRUCTS },
    },
    {
      name: "dify-common-knows-no-variables",
      comment: "It takes DifySettings, whoever made them.",
      severity: "error",
      from: { path: "^modules/dify-common/" },
      to: { path: "^modules/dify-gke/" },
    },
    {
      name: "dify-gke-creates-nothing-itself",
      comment: "Defaults, wiring and rules only: a resource belongs to AppGke.",
      severity: "error",
      from: { path: "^modules/dify-gke/" },
      to: { path: "^node_modules/@cdktf/provider-" },
    },
    {
      name: "checks-know-no-wiring",
      comment: "What a file says is checked before anything is built, and without it.",
      severity: "error",
      from: { path: "^modules/dify-gke/", pathNot: WIRING },
      to: { path: [CONSTRUCTS, WIRING, "^modules/app-gke/app-gke[.]ts$"] },
    },
    {
      name: "modules-stand-alone",
      comment: "They are a library: what uses them is not theirs.",
      severity: "error",
      from: { path: "^modules/" },
      to: { path: "^(main[.]ts$|scripts/|examples/|__tests__/)" },
    },
    {
      name: "users-get-what-runs",
      comment: "`npm ci --omit=dev` has to be enough for a synth.",
      severity: "error",
      from: { path: "^(main[.]ts$|modules/|scripts/(synth|check)([.]mjs$|/))" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "cdktf[.]out" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".cjs", ".js"] },
  },
};
