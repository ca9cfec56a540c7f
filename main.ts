import { App } from "cdktf";
import { quickenSynthesis } from "./modules/app-gke/terraform/quick-synthesis";
import { takesColor } from "./modules/dify-gke/colors";
import { DifyGke } from "./modules/dify-gke/dify-gke";
import { formatProblems, hasErrors, printable } from "./modules/dify-gke/problems";
import { readEnvironments } from "./modules/dify-gke/variable-files";

/** What is being done, for the last net. */
let step = "starting";

/** One variable file in, one or two Terraform stacks out. */
async function main(): Promise<void> {
  const directory = process.env.DIFY_VARIABLES ?? "variables";
  step = `reading the variable files in ${directory}`;
  const only = (process.env.DIFY_ENVIRONMENTS ?? "").split(",").map((name) => name.trim());
  const { environments, problems, notes } = await readEnvironments({ directory, only: only.filter(Boolean) });
  for (const note of notes) console.error(printable(note));
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
  const stacks = environments.flatMap(({ name, variables, siblings }) => {
    step = `building the stacks of environment "${name}"`;
    return new DifyGke(app, { environment: name, variables, siblings }).stacks;
  });
  step = `writing the stacks to ${app.outdir}`;
  app.synth();
  for (const stack of stacks) console.log(`${app.outdir}/stacks/${stack.node.id}/cdk.tf.json`);
}

/**
 * What a user can mend is reported as a problem before. What comes here is either the file system's answer, or a fault of this
 * project: neither takes a stack trace to understand, and `DIFY_TRACE=1` shows it to whoever mends it.
 */
main().catch((error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(printable(`error: ${step} failed: ${message}`));
  console.error(
    typeof code === "string" && /^E[A-Z]+$/.test(code)
      ? "Nothing or only a part was written. Correct the path (DIFY_VARIABLES, CDKTF_OUTDIR) or its permissions."
      : "This is a fault of this project and not of your variable file. Please report it with the text above, the version " +
          "in package.json and, if you can, the output with DIFY_TRACE=1.",
  );
  if (process.env.DIFY_TRACE) console.error(error);
  process.exitCode = 1;
});
