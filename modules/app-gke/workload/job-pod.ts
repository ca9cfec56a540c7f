import type { Job } from "../application-config";
import { withProxyWithin } from "./auth-proxy";
import type { PodSpec } from "./kubernetes";
import { type PodContext, podSpec } from "./pod";
import { connectionOf } from "./server-certificate";

/**
 * @returns the pod of a job: with a password it connects to the database directly, without one through an Auth Proxy in its own
 * container
 */
export function jobPod(job: Job, context: PodContext, options: Parameters<typeof podSpec>[2]): PodSpec {
  const { authProxy } = context;
  if (!authProxy || !job.needs?.database || connectionOf(job, authProxy.account !== undefined) === "direct")
    return podSpec([job], { ...context, authProxy: undefined }, options);
  const proxy = { ...authProxy, within: true };
  return withProxyWithin(podSpec([job], { ...context, authProxy: proxy }, options), proxy, job);
}
