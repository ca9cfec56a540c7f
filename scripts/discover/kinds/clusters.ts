import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import { clusterRequirements } from "../../../modules/app-gke/google/cluster-requirements";
import { regionOf } from "../../../modules/app-gke/google/zones";
import { foundCluster } from "../../google-apis/found";
import { type Candidate, facts, type Kind, ofHost, unmet } from "../kind";

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
      answer.controlPlaneEndpointsConfig?.ipEndpointsConfig?.enablePublicEndpoint === false && "no public address",
      answer.status !== "RUNNING" && answer.status,
    ),
    lacks: ({ variables, services }) => [
      ...(host !== undefined && host !== projectId ? [ofHost(`The network of cluster ${name}`, host)] : []),
      ...unmet(
        clusterRequirements({
          ...services.cluster,
          name,
          // A zonal one is found by its zone, which is written with its name.
          location: regionOf(location) === variables.region ? location : variables.region,
          projectId,
          networkName: variables.network_name || undefined,
        }),
        found,
      ),
    ],
    sets: ({ variables }) => ({
      values: {
        gke_cluster_location: location === variables.region ? "" : location,
      },
      notes: [],
    }),
  };
}
