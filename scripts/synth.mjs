// Synthesizes the variable files. No type-check, by design.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runMain } from "./synth/bundle.mjs";

if (process.argv.includes("--help")) {
  console.log(`Usage: npm run synth

Writes cdktf.out/stacks/<stack>/cdk.tf.json for every variable file in variables/.

Environment:
  DIFY_ENVIRONMENTS  only these, separated by commas: dev,prod
  DIFY_VARIABLES     directory of the variable files (default variables)
  CDKTF_OUTDIR       where to write (default cdktf.out)
  NO_COLOR           no colours, whatever the terminal`);
  process.exit(0);
}

await runMain(join(fileURLToPath(import.meta.url), "..", ".."));
