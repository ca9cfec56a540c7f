import { SMALL_PODS_CONDITION, SMALL_PODS_FROM, takesSmallPods } from "./autopilot-version";
import type { Requirement } from "./requirement";

/** What is known of an existing cluster, whoever asked. */
export interface FoundCluster {
  readonly name: string;
  /** A region or a zone. */
  readonly location: string;
  readonly autopilot: boolean;
  /** Dataplane V2, or the add-on for network policies. */
  readonly networkPolicies: boolean;
  /** `my-project.svc.id.goog`. @default - it has no Workload Identity */
  readonly workloadPool?: string;
  /** Name of its network. */
  readonly network: string;
  /** `1.33.5-gke.1201000`, of the control plane. */
  readonly version: string;
  /** `RUNNING`. @default - whoever asked was not told */
  readonly status?: string;
}

/** What it is wanted for. */
export interface ClusterWanted {
  readonly name: string;
  readonly projectId: string;
  readonly location: string;
  /** Network of the database and the file server. @default - any: it will be the cluster's */
  readonly networkName?: string;
}

/** @returns what a named cluster has to have; one that the foundation created has it */
export function clusterRequirements({
  name,
  projectId,
  location,
  networkName,
}: ClusterWanted): Requirement<FoundCluster>[] {
  const where = `--location=${location} --project=${projectId}`;
  const autopilot = "try(self.enable_autopilot, false) == true";
  const pool = `${projectId}.svc.id.goog`;
  return [
    {
      id: "location",
      met: (found) => found.location === location,
      lack: (found) => `in ${found.location}`,
      shown: { expression: "", of: (found) => found.location },
      message: (found) => ({
        fact: `GKE cluster ${name} is in ${found}, and region is ${location}`,
        consequence: "the plan would not find it",
        remedy: `Set region to ${found} if that is a region, or gke_cluster_name to a cluster in ${location}.`,
      }),
    },
    {
      id: "status",
      // One that is being changed answers.
      met: ({ status }) => status === undefined || status === "RUNNING" || status === "RECONCILING",
      lack: ({ status = "" }) => `its status is ${status}`,
      shown: { expression: "", of: ({ status = "" }) => status },
      message: (status) => ({
        fact: `GKE cluster ${name} has the status ${status}`,
        consequence: "the apply would not reach it",
        remedy: "Wait until it runs, or repair it:",
        help: `gcloud container clusters describe ${name} ${where}`,
      }),
    },
    {
      id: "network-policies",
      condition: `${autopilot} || try(self.datapath_provider, "") == "ADVANCED_DATAPATH" || try(self.network_policy[0].enabled, false) == true`,
      met: (found) => found.autopilot || found.networkPolicies,
      lack: () => "network policies are not enforced",
      message: () => ({
        fact: `GKE cluster ${name} does not enforce network policies`,
        consequence: "the sandboxes, which run anybody's code, would reach the whole network",
        remedy:
          "Set gke_cluster_name to an Autopilot cluster or to one with Dataplane V2, or turn the add-on on: " +
          `gcloud container clusters update ${name} ${where} --update-addons=NetworkPolicy=ENABLED, and then the same with ` +
          `--enable-network-policy. It makes the nodes anew.`,
      }),
    },
    {
      id: "workload-identity",
      condition: `${autopilot} || try(self.workload_identity_config[0].workload_pool, "") == "${pool}"`,
      met: (found) => found.autopilot || found.workloadPool === pool,
      lack: ({ workloadPool }) => (workloadPool ? `Workload Identity of ${workloadPool}` : "no Workload Identity"),
      message: () => ({
        fact: `GKE cluster ${name} has no Workload Identity of project ${projectId}`,
        consequence: "pods would have no Google account, and reach neither database nor bucket",
        remedy:
          `Turn it on: gcloud container clusters update ${name} ${where} ` +
          `--workload-pool=${pool}, and for its node pools --workload-metadata=GKE_METADATA.`,
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            condition: `basename(coalesce(self.network, "-")) == "${networkName}"`,
            met: (found: FoundCluster) => found.network === networkName,
            lack: (found: FoundCluster) => `in network ${found.network}`,
            shown: {
              expression: '${basename(coalesce(self.network, "-"))}',
              of: (found: FoundCluster) => found.network,
            },
            message: (network: string) => ({
              fact: `GKE cluster ${name} is in network ${network}, and network_name is ${networkName}`,
              consequence: "pods would not reach database and file server, which are there",
              remedy: `Set network_name to the cluster's network, or gke_cluster_name to a cluster in ${networkName}.`,
            }),
          },
        ]),
    {
      id: "version",
      condition: SMALL_PODS_CONDITION,
      met: ({ autopilot: own, version }) => !own || takesSmallPods(version),
      lack: ({ version }) => `Autopilot of version ${version}`,
      shown: { expression: '${coalesce(self.master_version, "no version")}', of: ({ version }) => version },
      message: (version) => ({
        fact: `GKE cluster ${name} runs ${version}, and Autopilot before ${SMALL_PODS_FROM} raises what pods ask for to multiples of 250m of CPU`,
        consequence: "they would cost more than planned, and every apply would change them back",
        remedy: "Set gke_cluster_name to another one, leave it empty to have one created, or upgrade it:",
        help: `gcloud container clusters upgrade ${name} --master ${where}`,
      }),
    },
  ];
}
