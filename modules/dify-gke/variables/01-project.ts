import { group, required, variable } from "./definition";
import { projectId, region } from "./limits";

/** Group 1: where everything goes. */
export const project = group(1, {
  project_id: required({
    description: "Google Cloud project that everything is created in.",
    schema: projectId,
  }),
  region: variable({
    description: "Region of cluster, database, buckets and addresses.",
    schema: region,
    default: "us-central1",
  }),
});
