import { withoutTag } from "../app-gke/workload/image";
import { podImages } from "../app-gke/workload/pod-images";
import { AUTH_PROXY_IMAGE } from "../app-gke/workload/settings";
import { difyOf } from "./dify";
import type { Variables } from "./variables";

/** @returns the image of the Cloud SQL Auth Proxy for `cloud_sql_proxy_version` */
export function authProxyImage(version: string): string {
  // The documented default is a tag that moves; it stands for the image that was tested.
  return version === "2-alpine" ? AUTH_PROXY_IMAGE : `${withoutTag(AUTH_PROXY_IMAGE)}:${version}`;
}

/** @returns all images that the pods run, as their publishers name them */
export function imagesOf(variables: Variables): readonly string[] {
  const delivered = variables.enable_cloud_deploy || variables.delivered_by_service_account !== "";
  return podImages(difyOf(variables), authProxyImage(variables.cloud_sql_proxy_version), delivered);
}
