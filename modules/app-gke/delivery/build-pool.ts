import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CloudbuildWorkerPool } from "@cdktf/provider-google/lib/cloudbuild-worker-pool";
import type { Deployment } from "../deployment";
import type { PoolSettings } from "./settings";

export interface BuildPoolProps {
  readonly deployment: Deployment;
  readonly projectNumber: string;
  readonly networkName: string;
  readonly settings: PoolSettings;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The machines that builds and releases run on. Google's own ones have addresses that nobody can name, so a control plane
 * that only lets named ranges in needs a private pool: it stands in the network's range for Google's own services, which
 * the foundation lets in, and reaches the control plane at its internal address.
 */
export class BuildPool extends Construct {
  /** `projects/…/workerPools/…`; `undefined`: Google's own machines. */
  readonly name?: string;

  constructor(scope: Construct, id: string, props: BuildPoolProps) {
    super(scope, id);
    const { deployment, settings } = props;
    if (settings.type === "existing") this.name = settings.name;
    if (settings.type !== "created") return;
    this.name = new CloudbuildWorkerPool(this, "pool", {
      project: deployment.projectId,
      location: deployment.region,
      name: deployment.resourcePrefix,
      displayName: `Builds for ${deployment.resourcePrefix}`,
      networkConfig: { peeredNetwork: `projects/${props.projectNumber}/global/networks/${props.networkName}` },
      // A way out to GitHub and to base images; nothing comes in.
      workerConfig: { diskSizeGb: 100, machineType: "e2-standard-2", noExternalIp: false },
      dependsOn: [...props.dependsOn],
    }).id;
  }
}
