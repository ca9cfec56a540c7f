/** A disk that each pod of a component has for itself. It outlives the pod and the StatefulSet. */
export interface OwnVolume {
  /**
   * DNS label, unique in the pod and stable: claims are named `<name>-<application>-<component>-<number>`.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage
   */
  readonly name: string;
  /** The same in all of the pod's own containers. @see https://kubernetes.io/docs/concepts/storage/volumes/ */
  readonly mountPath: string;
  /**
   * `10Gi`. A larger one lets the disks grow; they cannot shrink.
   * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
   */
  readonly size: string;
  /**
   * A disk keeps the class that it was made with. Those of GKE are zonal: a pod stays in the zone of its disk.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes#storageclasses
   * @default standard-rwo
   */
  readonly storageClass?: string;
  /**
   * `ReadWriteOncePod` refuses a second pod even on the same node.
   * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
   * @default ReadWriteOnce
   */
  readonly accessMode?: "ReadWriteOnce" | "ReadWriteOncePod";
  /** The variable that sets its size, for messages: `stateful_pvc_size`. @default - component and volume are named */
  readonly sizeNamed?: string;
  /** The variable that sets its class, for messages. @default - component and volume are named */
  readonly classNamed?: string;
}

/**
 * Makes a component's pods those of a StatefulSet: numbered from 0 on, each with its own name and volumes. An update
 * replaces one after the other, and starts a new pod only after the old one has ended: a component with one pod has
 * none for a while.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
export interface StatefulSetSettings {
  /** @default [] - each pod keeps its name alone */
  readonly volumes?: readonly OwnVolume[];
  /**
   * `Parallel` starts and ends pods without waiting for each other.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-management-policies
   * @default OrderedReady
   */
  readonly podManagement?: "OrderedReady" | "Parallel";
  /**
   * With `OnDelete`, a pod becomes a new one when somebody deletes it, and no apply waits for that.
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
   * @default RollingUpdate
   */
  readonly updateStrategy?: "RollingUpdate" | "OnDelete";
  /**
   * A Service that has no address of its own, `<component>-pods`: each pod is found as
   * `<application>-<component>-<number>.<application>-<component>-pods`, ready or not. It has the component's ports.
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
   * @default true
   */
  readonly headlessService?: boolean;
}
