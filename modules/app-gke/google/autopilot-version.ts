import type { Postcondition } from "cdktf";
import type { SharedServices } from "./shared-services";

/**
 * From this version on, a pod on Autopilot may request little CPU and use more: 50m, in steps of any size. Before it,
 * admission raises every request to a multiple of 250m:
 * https://cloud.google.com/kubernetes-engine/docs/how-to/pod-bursting-gke#availability-in-gke.
 */
const MINIMUM = [1, 30, 2, 1394000] as const;

/** Each part of a version is below this, so the number that they form together sorts like the version. */
const BASE = 10_000_000;

/** @returns the condition for an Autopilot cluster's version, checked by every plan */
export function takesSmallPods({ name, location }: SharedServices["cluster"]): Postcondition {
  // Anything that is not a version is left to the cluster.
  const parts = String.raw`regex("^(\\d+)\\.(\\d+)\\.(\\d+)-gke\\.(\\d+)", self.master_version)`;
  const found = `sum([for i, part in ${parts} : tonumber(part) * pow(${BASE}, 3 - i)])`;
  const least = MINIMUM.reduce((sum, part) => sum * BigInt(BASE) + BigInt(part), 0n);
  return {
    condition: `\${try(self.enable_autopilot && ${found} < ${least}, false) == false}`,
    errorMessage:
      `GKE cluster ${name} runs \${coalesce(self.master_version, "no version")}, and Autopilot before ${MINIMUM.slice(0, 3).join(".")}-gke.${MINIMUM[3]} ` +
      `raises what pods ask for to multiples of 250m of CPU: they would cost more than planned, and every apply would ` +
      `change them back. Upgrade it with: gcloud container clusters upgrade ${name} --master --location=${location}. ` +
      `Or leave gke_cluster_name empty to have a cluster created.`,
  };
}
