import type { Job } from "../application-config";
import { withProxyWithin } from "./auth-proxy";
import type { PodSpec } from "./kubernetes";
import { type PodContext, podSpec } from "./pod";
import { connectionOf } from "./server-certificate";

/**
 * @returns the pod of a job: with the password it connects to its database directly, and by an Auth Proxy in its own container where
 * it has none
 */
export function jobPod(job: Job, context: PodContext, options: Parameters<typeof podSpec>[2]): PodSpec {
  const { authProxy } = context;
  if (!authProxy || !job.needs?.database || connectionOf(job, authProxy.account !== undefined) === "direct")
    return podSpec([job], { ...context, authProxy: undefined }, options);
  const proxy = { ...authProxy, within: true };
  return withProxyWithin(podSpec([job], { ...context, authProxy: proxy }, options), proxy, job);
}
