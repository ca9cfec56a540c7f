import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import { clusterRequirements } from "../../../modules/app-gke/google/cluster-requirements";
import { regionOf } from "../../../modules/app-gke/google/zones";
import { networkWanted } from "../../../modules/dify-gke/shared-services";
import { foundCluster } from "../../google-apis/found";
import { type Candidate, facts, type Kind, unmet } from "../kind";

export const clusters: Kind = {
  id: "clusters",
  title: "GKE clusters",
  one: "cluster",
  variable: "gke_cluster_name",
  role: "roles/container.clusterViewer",
  own: ({ cluster }) => [cluster.name],
  read: async (reader) => (await reader.clusters()).map(candidate),
};

function candidate(answer: container_v1.Schema$Cluster): Candidate {
  const found = foundCluster(answer);
  const { name, location, network, networkProject } = found;
  return {
    name,
    location,
    network,
    networkProject,
    facts: facts(
      found.autopilot ? "Autopilot" : "Standard",
      found.version,
      answer.controlPlaneEndpointsConfig?.ipEndpointsConfig?.enablePublicEndpoint === false && "no public address",
      answer.status !== "RUNNING" && answer.status,
    ),
    lacks: ({ variables, services }) =>
      unmet(
        clusterRequirements({
          ...services.cluster,
          ...networkWanted(variables),
          name,
          // A zonal one is found by its zone, which is written with its name.
          location: regionOf(location) === variables.region ? location : variables.region,
        }),
        found,
      ),
    sets: ({ variables }) => ({
      values: {
        gke_cluster_location: location === variables.region ? "" : location,
      },
      notes: [],
    }),
  };
}
