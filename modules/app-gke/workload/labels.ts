import type { Deployment } from "../deployment";

/** Kubernetes labels of everything in a deployment. */
export function commonLabels(deployment: Deployment): Record<string, string> {
  return {
    "app.kubernetes.io/name": deployment.applicationName,
    "app.kubernetes.io/instance": deployment.resourcePrefix,
    "app.kubernetes.io/managed-by": "terraform",
  };
}

/** Labels that select the pods of one component or job: never changed, a Deployment's selector is immutable. */
export function selectorLabels(deployment: Deployment, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": deployment.applicationName,
    "app.kubernetes.io/instance": deployment.resourcePrefix,
    "app.kubernetes.io/component": component,
  };
}
