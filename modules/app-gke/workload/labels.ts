import type { Installation } from "../installation";

/** Label that says which installation an object belongs to. */
export const INSTANCE_LABEL = "app.kubernetes.io/instance";

/** Kubernetes labels of everything in an installation. */
export function commonLabels(installation: Installation): Record<string, string> {
  return {
    "app.kubernetes.io/name": installation.applicationName,
    [INSTANCE_LABEL]: installation.resourcePrefix,
    "app.kubernetes.io/managed-by": "terraform",
  };
}

/**
 * @returns the annotation that describes an object:
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#description
 */
export function descriptionAnnotation(description: string | undefined): Record<string, string> | undefined {
  return description ? { "kubernetes.io/description": description } : undefined;
}

/**
 * Labels that select the pods of one component or job. They never change, because a Deployment's selector is immutable.
 */
export function selectorLabels(installation: Installation, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": installation.applicationName,
    [INSTANCE_LABEL]: installation.resourcePrefix,
    "app.kubernetes.io/component": component,
  };
}
