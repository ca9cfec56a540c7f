import type { Component } from "../application-config";

/** Components that share a pod; the first one names it. */
export type PodGroup = readonly [Component, ...Component[]];

/** @returns components by pod: each component with a pod of its own, together with those that run in it */
export function podGroups(components: readonly Component[]): readonly PodGroup[] {
  return components
    .filter((component) => component.inPodOf === undefined)
    .map((component) => [component, ...components.filter((other) => other.inPodOf === component.name)]);
}
