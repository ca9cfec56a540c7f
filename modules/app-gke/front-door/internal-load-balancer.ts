/** Annotations of a Service that ask GKE for an internal load balancer; the first one that is there counts. */
const TYPE = ["networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type"];
const SUBNETWORK = "networking.gke.io/internal-load-balancer-subnet";

/**
 * https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters
 * @param subnetwork the cluster's, by link or path
 * @returns the subnetwork that the load balancer of a Service with these annotations has its address in; `undefined`: it is an
 * external one
 */
export function internalSubnetwork(
  annotations: Readonly<Record<string, string>>,
  { networkProject, region }: { readonly networkProject: string; readonly region: string },
  subnetwork: string,
): string | undefined {
  const type = TYPE.map((name) => annotations[name]).find((value) => value !== undefined);
  if (type?.toLowerCase() !== "internal") return undefined;
  const own = annotations[SUBNETWORK];
  return own === undefined ? subnetwork : `projects/${networkProject}/regions/${region}/subnetworks/${own}`;
}
