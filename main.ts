import { App } from "cdktf";
import { quickenSynthesis } from "./modules/app-gke/terraform/quick-synthesis";
import { takesColor } from "./modules/dify-gke/colors";
import { DifyGke } from "./modules/dify-gke/dify-gke";
import { formatProblems, hasErrors } from "./modules/dify-gke/problems";
import { readEnvironments } from "./modules/dify-gke/variable-files";

/** One variable file in, one or two Terraform stacks out. */
async function main(): Promise<void> {
  const directory = process.env.DIFY_VARIABLES ?? "variables";
  const only = (process.env.DIFY_ENVIRONMENTS ?? "").split(",").map((name) => name.trim());
  const { environments, problems, notes } = await readEnvironments({ directory, only: only.filter(Boolean) });
  for (const note of notes) console.error(note);
  if (problems.length > 0) {
    console.error(formatProblems(problems, { color: takesColor(process.stderr, process.env) }));
  }
  if (hasErrors(problems)) {
    // Before anything is built: what an earlier run wrote stays as it is.
    console.error("\nNothing was written.");
    process.exitCode = 1;
    return;
  }
  // CDKTF would start `terraform version` for every stack; the stacks say themselves which version they need.
  const app = new App({ skipValidation: true });
  quickenSynthesis();
  const stacks = environments.flatMap(
    ({ name, variables, siblings }) => new DifyGke(app, { environment: name, variables, siblings }).stacks,
  );
  app.synth();
  for (const stack of stacks) console.log(`${app.outdir}/stacks/${stack.node.id}/cdk.tf.json`);
}

void main();
