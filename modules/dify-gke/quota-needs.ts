import type { Component, Resources } from "../app-gke/application-config";
import { fitted, multiplied } from "../app-gke/workload/container-limits";
import { mountsBuckets } from "../app-gke/workload/bucket-volumes";
import { inMesh } from "../app-gke/workload/service-mesh";
import { AUTH_PROXY_RESOURCES } from "../app-gke/workload/auth-proxy";
import { bytes, cores } from "../app-gke/workload/quantities";
import { difyOf } from "./dify";
import { verticalRange } from "./pod-settings";
import type { Variables } from "./variables";
import { meshProxyOf, sidecarOf } from "./workload";

/** What a namespace must have room for. */
export interface QuotaNeeds {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly pods: number;
  readonly services: number;
  /** With as many pods as there may be: their claims stay. */
  readonly claims: number;
}

/** @returns what the components request with their smallest number of replicas */
export function neededCapacity(variables: Variables): QuotaNeeds {
  // Jobs come and go, so only components have to fit.
  const { components } = difyOf(variables);
  const replicas = (component: Component): number => {
    const owner = components.find((other) => other.name === component.inPodOf) ?? component;
    const scaling = owner.scaling ?? { type: "fixed", replicas: 1 };
    return scaling.type === "fixed" ? scaling.replicas : scaling.minimum;
  };
  const pods = components.filter((component) => component.inPodOf === undefined);
  const tasksOf = (pod: Component) =>
    components.filter((component) => component === pod || component.inPodOf === pod.name);
  const withBuckets = pods.filter((pod) => mountsBuckets(tasksOf(pod)));
  const withMesh = variables.configure_service_mesh ? pods.filter((pod) => inMesh(tasksOf(pod))) : [];
  const [proxy, sidecar] = [meshProxyOf(variables), sidecarOf(variables)];
  const withDatabase = pods.filter((component) => component.needs?.database);
  // As large as it may become: a pod that a quota keeps away after it was taken down would not come back.
  const most = verticalRange(variables)?.most ?? 1;
  const grown = (component: Component): Pick<Resources, "cpu" | "memory"> => {
    const owner = components.find((other) => other.name === component.inPodOf) ?? component;
    const own = fitted(component.resources, owner.place?.computeClass);
    return owner.vertical ? multiplied(own, most) : own;
  };
  const sum = (of: readonly Component[], amount: (component: Component) => number): number =>
    of.reduce((total, component) => total + replicas(component) * amount(component), 0);
  return {
    cpu:
      sum(components, (component) => cores(grown(component).cpu)) +
      sum(withDatabase, () => cores(AUTH_PROXY_RESOURCES.cpu)) +
      sum(withMesh, ({ place }) => cores(fitted(proxy, place?.computeClass).cpu)) +
      sum(withBuckets, () => cores(fitted(sidecar).cpu)),
    memory:
      sum(components, (component) => bytes(grown(component).memory)) +
      sum(withDatabase, () => bytes(AUTH_PROXY_RESOURCES.memory)) +
      sum(withMesh, ({ place }) => bytes(fitted(proxy, place?.computeClass).memory)) +
      sum(withBuckets, () => bytes(fitted(sidecar).memory)),
    pods: sum(pods, () => 1),
    services: [
      ...components.filter(({ ports }) => (ports ?? []).length > 0),
      ...pods.filter(({ ports, statefulSet }) => ports && statefulSet && statefulSet.headlessService !== false),
    ].length,
    claims: pods.reduce(
      (total, { scaling, statefulSet }) =>
        total +
        (statefulSet?.volumes ?? []).length *
          (scaling?.type === "automatic" ? scaling.maximum : (scaling?.replicas ?? 1)),
      // That of the share, where releases come.
      variables.enable_nfs && (variables.enable_cloud_deploy || variables.delivered_by_service_account !== "") ? 1 : 0,
    ),
  };
}
