import type { Variables } from "./variables";

/** Whether a push builds an image from the repository; otherwise a file in it names a version of the stock images. */
export function buildsImage(v: Pick<Variables, "container_image_source" | "container_build_config">): boolean {
  return v.container_image_source === "custom" && v.container_build_config.enabled;
}

/** What of `container_build_config` says what an image is made of. */
export const BUILD_FIELDS = [
  "dockerfile_path",
  "dockerfile_content",
  "context_path",
  "build_args",
  "base_image",
] as const satisfies readonly (keyof Variables["container_build_config"])[];

/** Whether Terraform builds an image during an apply: no push builds it, and the file says what to build it from. */
export function buildsAtApply(
  v: Pick<Variables, "container_image_source" | "container_build_config" | "enable_cicd_trigger">,
): boolean {
  return (
    !v.enable_cicd_trigger &&
    buildsImage(v) &&
    BUILD_FIELDS.some((field) => v.container_build_config[field] !== undefined)
  );
}

/** Whether there is an image repository of this environment's own. */
export function keepsImages(v: Parameters<typeof buildsAtApply>[0]): boolean {
  return v.enable_cicd_trigger || buildsAtApply(v);
}

/** Whether a build at apply takes files from the repository. */
export function buildsFromRepository({ container_build_config: config }: Pick<Variables, "container_build_config">) {
  return config.dockerfile_path !== undefined || config.context_path !== undefined;
}

/**
 * Whether a private pool is created: the control plane only lets named ranges in, and Google's own machines have none.
 */
export function createsBuildPool(
  v: Pick<
    Variables,
    "enable_cicd_trigger" | "cloud_build_worker_pool" | "gke_cluster_name" | "master_authorized_networks"
  >,
): boolean {
  return (
    v.enable_cicd_trigger &&
    v.cloud_build_worker_pool === "" &&
    v.gke_cluster_name === "" &&
    v.master_authorized_networks.length > 0
  );
}

/**
 * Whether the control plane also answers at its DNS endpoint: Terraform comes that way, or it only lets named ranges in,
 * and whatever deploys here, or from another environment, has none. An existing cluster is left as it is.
 */
export function opensDnsEndpoint(
  v: Parameters<typeof createsBuildPool>[0] & Pick<Variables, "delivered_by_service_account" | "kubernetes_endpoint">,
): boolean {
  if (v.gke_cluster_name !== "") return false;
  const restricted = v.master_authorized_networks.length > 0;
  return (
    v.kubernetes_endpoint === "dns" || createsBuildPool(v) || (restricted && v.delivered_by_service_account !== "")
  );
}
