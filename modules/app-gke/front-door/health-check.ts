import type { Component } from "../application-config";

/** How a load balancer checks whether a pod is well, the same for both kinds of front door. Times in seconds. */
export const HEALTH_CHECK = {
  interval: 10,
  timeout: 5,
  healthyThreshold: 1,
  unhealthyThreshold: 3,
} as const;

/** @returns the path that the entry point answers with 200 as long as it is well: that of its readiness probe. */
export function healthPath(component: Component): string {
  const check = component.probes?.readiness?.check;
  if (check?.type !== "http") throw new Error(`The entry point ${component.name} has no HTTP readiness probe`);
  return check.path;
}
