import { podImages } from "../app-gke/workload/pod-images";
import { DifyCommon, resolveRelease } from "../dify-common";
import { additions } from "./additions";
import { deploymentOf } from "./deployment";
import { difySettings } from "./dify-settings";
import { sharedServices } from "./shared-services";
import type { Variables } from "./variables";

/** The documented default, `2-alpine`, moves; this is what it stood for. */
const AUTH_PROXY_VERSION = "2.18.2-alpine";

/** @returns the image of the Cloud SQL Auth Proxy for `cloud_sql_proxy_version` */
export function authProxyImage(version: string): string {
  return `gcr.io/cloud-sql-connectors/cloud-sql-proxy:${version === "2-alpine" ? AUTH_PROXY_VERSION : version}`;
}

/** @returns every image that the pods run, as its publisher names it */
export function imagesOf(variables: Variables): readonly string[] {
  // The name of the environment only shows in names.
  const services = sharedServices(variables, deploymentOf("any", variables));
  const settings = difySettings(variables, services, resolveRelease(variables.application_version));
  // Scripts of the user's own jobs may be missing: which image runs them does not depend on what they say.
  const scriptless = <T extends { readonly script_path: string }>(job: T): T => ({ ...job, script_path: "" });
  const application = new DifyCommon(
    settings,
    additions(
      {
        ...variables,
        initialization_jobs: variables.initialization_jobs.map(scriptless),
        cron_jobs: variables.cron_jobs.map(scriptless),
      },
      settings,
    ),
  );
  const delivered = variables.enable_cloud_deploy || variables.delivered_by_service_account !== "";
  return podImages(application, authProxyImage(variables.cloud_sql_proxy_version), delivered);
}
