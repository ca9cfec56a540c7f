// Synthesizes the variable files, deliberately without a type-check.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { started } from "./synth/start.mjs";

const HELP = `Usage: npm run synth

Writes cdktf.out/stacks/<stack>/cdk.tf.json for every variable file in variables/.

Environment:
  DIFY_ENVIRONMENTS  only these, separated by commas: dev,prod
  DIFY_VARIABLES     directory of the variable files (default variables)
  CDKTF_OUTDIR       where to write (default cdktf.out)
  NO_COLOR           turns colors off`;

const args = isMainThread ? process.argv.slice(2) : [];
if (args.includes("--help") || args.includes("-h")) console.log(HELP);
else if (args.length > 0) {
  console.error(
    `Unknown: ${args.join(" ")}. Environments are named in DIFY_ENVIRONMENTS: see npm run synth -- --help.`,
  );
  process.exitCode = 2;
} else {
  await started(async () => {
    const { runMain } = await import("./synth/bundle.mjs");
    await runMain(join(fileURLToPath(import.meta.url), "..", ".."));
  });
}
