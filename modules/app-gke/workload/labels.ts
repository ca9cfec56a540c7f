import type { Installation } from "../installation";

/** Kubernetes labels of everything in an installation. */
export function commonLabels(installation: Installation): Record<string, string> {
  return {
    "app.kubernetes.io/name": installation.applicationName,
    "app.kubernetes.io/instance": installation.resourcePrefix,
    "app.kubernetes.io/managed-by": "terraform",
  };
}

/** Labels that select the pods of one component or job: never changed, a Deployment's selector is immutable. */
export function selectorLabels(installation: Installation, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": installation.applicationName,
    "app.kubernetes.io/instance": installation.resourcePrefix,
    "app.kubernetes.io/component": component,
  };
}
