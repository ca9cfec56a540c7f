import type { Variables } from "./variables";

/** @returns whether the cluster has to be in a fleet */
export function needsFleet(
  v: Pick<Variables, "configure_service_mesh" | "deploy_application" | "enable_multi_cluster_service">,
): boolean {
  return v.deploy_application && (v.configure_service_mesh || v.enable_multi_cluster_service);
}
