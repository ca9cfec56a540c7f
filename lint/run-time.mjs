// What is loaded together with what: imports of types do not count here.
import layers from "./layers.mjs";

const CONSTRUCTS = "^node_modules/(cdktf|constructs|@cdktf/provider-[a-z]+)/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-constructs-behind-dify-common",
      comment: "Not even through another file may what Dify is reach what makes resources.",
      severity: "error",
      from: { path: "^modules/dify-common/" },
      to: { path: CONSTRUCTS, reachable: true },
    },
    {
      name: "no-constructs-behind-checks",
      comment: "Checking variable files loads no CDKTF: constants that both need lie in a file without constructs.",
      severity: "error",
      from: { path: "^modules/dify-gke/variable-files[.]ts$" },
      to: { path: CONSTRUCTS, reachable: true },
    },
  ],
  options: { ...layers.options, tsPreCompilationDeps: false },
};
