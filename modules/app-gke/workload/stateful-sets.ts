import type { Component, StatefulSetSettings } from "../application-config";
import type { Installation } from "../installation";
import { serviceName } from "./component-service";
import type { PodSpec, StatefulSetValue } from "./kubernetes";
import { commonLabels, selectorLabels } from "./labels";
import { podsServiceName } from "./own-names";

/** GKE's default class of disks: https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes. */
const STORAGE_CLASS = "standard-rwo";
/** Label that only pods of StatefulSets have: https://kubernetes.io/docs/reference/labels-annotations-taints/#statefulset-kubernetes-io-pod-name. */
const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";

/** @returns what a component's StatefulSet has in addition to a Deployment */
export function statefulSetValue(
  { name }: Component,
  { volumes = [], podManagement = "OrderedReady", updateStrategy = "RollingUpdate" }: StatefulSetSettings,
  installation: Installation,
): StatefulSetValue {
  return {
    serviceName: serviceName(installation, podsServiceName(name)),
    podManagementPolicy: podManagement,
    updateStrategy,
    claims: volumes.map((volume) => ({
      name: volume.name,
      labels: { ...commonLabels(installation), ...selectorLabels(installation, name) },
      accessMode: volume.accessMode ?? "ReadWriteOnce",
      storageClassName: volume.storageClass ?? STORAGE_CLASS,
      size: volume.size,
      named: {
        size: volume.sizeNamed ?? `The size of volume ${volume.name} of ${name}`,
        storageClass: volume.classNamed ?? `The storage class of volume ${volume.name} of ${name}`,
      },
    })),
  };
}

/**
 * @returns labels of the pods that are spread. A disk stays in its zone, so pods of a StatefulSet are spread only among themselves:
 * counted together with the pods of a Deployment that they replace, their disks could end up in zones that later get no pod.
 */
export function spreadSelector(
  { statefulSet }: Component,
  matchLabels: Readonly<Record<string, string>>,
): NonNullable<PodSpec["topologySpreadConstraints"]>[number]["labelSelector"] {
  return statefulSet
    ? { matchLabels, matchExpressions: [{ key: POD_NAME_LABEL, operator: "Exists" }] }
    : { matchLabels };
}
