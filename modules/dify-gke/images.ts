import { podImages } from "../app-gke/workload/pod-images";
import { difyOf } from "./dify";
import type { Variables } from "./variables";

/** The documented default, `2-alpine`, moves; this is what it stood for. */
const AUTH_PROXY_VERSION = "2.18.2-alpine";

/** @returns the image of the Cloud SQL Auth Proxy for `cloud_sql_proxy_version` */
export function authProxyImage(version: string): string {
  return `gcr.io/cloud-sql-connectors/cloud-sql-proxy:${version === "2-alpine" ? AUTH_PROXY_VERSION : version}`;
}

/** @returns every image that the pods run, as its publisher names it */
export function imagesOf(variables: Variables): readonly string[] {
  const delivered = variables.enable_cloud_deploy || variables.delivered_by_service_account !== "";
  return podImages(difyOf(variables), authProxyImage(variables.cloud_sql_proxy_version), delivered);
}
