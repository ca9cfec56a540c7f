import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CloudbuildWorkerPool } from "@cdktf/provider-google/lib/cloudbuild-worker-pool";
import type { Installation } from "../installation";
import type { PoolSettings, StageSettings } from "./settings";

export interface BuildPoolProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly networkName: string;
  readonly settings: PoolSettings;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** How builds and releases reach a control plane, in the terms of `gcloud container clusters get-credentials`. */
export type ControlPlaneEndpoint =
  /** At its public address. */
  | "public"
  /** From inside the network. */
  | "internal-ip"
  /** By its DNS name, where permissions decide and not addresses. */
  | "dns-endpoint";

/**
 * The machines that builds and releases run on. Google's own ones have addresses that are not known in advance, so they
 * reach a control plane that only lets named ranges in by its DNS endpoint, which the foundation opens: there
 * permissions decide, not addresses. The internal address cannot be used: the pool is behind a peering, the control
 * plane's address is a Private Service Connect endpoint or, in older clusters, behind another peering, and a peering
 * leads to neither.
 */
export class BuildPool extends Construct {
  /** `projects/…/workerPools/…`; `undefined`: Google's own machines. */
  readonly name?: string;
  /** Project of the pool. */
  readonly projectId?: string;

  constructor(scope: Construct, id: string, props: BuildPoolProps) {
    super(scope, id);
    const { installation, settings } = props;
    if (settings.type === "existing") {
      this.name = settings.name;
      this.projectId = settings.name.split("/")[1];
    }
    if (settings.type !== "created") return;
    this.projectId = installation.projectId;
    this.name = new CloudbuildWorkerPool(this, "pool", {
      project: installation.projectId,
      location: installation.region,
      name: installation.resourcePrefix,
      displayName: `Builds for ${installation.resourcePrefix}`,
      networkConfig: { peeredNetwork: `projects/${props.projectNumber}/global/networks/${props.networkName}` },
      // They can reach GitHub and base images; nothing can reach them.
      workerConfig: { diskSizeGb: 100, machineType: "e2-standard-2", noExternalIp: false },
      dependsOn: [...props.dependsOn],
    }).id;
  }
}

/**
 * @param pool where builds run
 * @param cluster whether it answers at its DNS endpoint
 */
export function controlPlaneEndpoint(
  pool: PoolSettings,
  cluster: Pick<StageSettings["cluster"], "dnsEndpoint">,
): ControlPlaneEndpoint {
  if (pool.type === "existing") return "internal-ip";
  return cluster.dnsEndpoint ? "dns-endpoint" : "public";
}
