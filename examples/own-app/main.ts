import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { DifyGke, formatProblems, hasErrors, readEnvironments } from "dify-gke-cdktf";

/** Something of your own, in a stack of its own. */
class Reports extends TerraformStack {
  constructor(scope: Construct, id: string, project: string) {
    super(scope, id);
    new GoogleProvider(this, "google", { project });
    new StorageBucket(this, "reports", {
      name: `${project}-reports`,
      location: "US-CENTRAL1",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
    });
  }
}

/** Every environment in `variables/`, and your own stack next to them. */
async function main(): Promise<void> {
  const { environments, problems } = await readEnvironments({ directory: "variables" });
  if (problems.length > 0) console.error(formatProblems(problems, { color: false }));
  if (hasErrors(problems)) {
    process.exitCode = 1;
    return;
  }
  // The stacks say which version of Terraform they need; CDKTF would ask the one on this machine.
  const app = new App({ skipValidation: true });
  for (const { name, variables, siblings = new Map() } of environments) {
    const dify = new DifyGke(app, { environment: name, variables, siblings });
    // In Dify's own stack, so that it is applied together with Dify.
    dify.application.addOverride("output.team.value", "ai-platform");
    new Reports(app, `reports-${name}`, variables.project_id);
  }
  app.synth();
}

void main();
