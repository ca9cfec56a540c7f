import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import { clusterRequirements } from "../../../modules/app-gke/google/cluster-requirements";
import { foundCluster } from "../../google-apis/found";
import { type Candidate, facts, type Kind, unmet } from "../kind";

export const clusters: Kind = {
  id: "clusters",
  title: "GKE clusters",
  one: "cluster",
  variable: "gke_cluster_name",
  role: "roles/container.clusterViewer",
  own: ({ cluster }) => [cluster.name],
  read: async (reader) => (await reader.clusters()).map((answer) => candidate(answer, reader.where.project)),
};

function candidate(answer: container_v1.Schema$Cluster, projectId: string): Candidate {
  const found = foundCluster(answer);
  const { name, location, network } = found;
  const [, host] = /^projects\/([^/]+)\//.exec(answer.networkConfig?.network ?? "") ?? [];
  return {
    name,
    location,
    network,
    facts: facts(
      found.autopilot ? "Autopilot" : "Standard",
      found.version,
      host !== undefined && host !== projectId && `its network is in ${host}`,
      answer.controlPlaneEndpointsConfig?.ipEndpointsConfig?.enablePublicEndpoint === false && "no public address",
      answer.status !== "RUNNING" && answer.status,
    ),
    lacks: ({ variables, services }) =>
      unmet(
        clusterRequirements({
          ...services.cluster,
          name,
          projectId,
          networkName: variables.network_name || undefined,
        }),
        found,
      ),
  };
}
