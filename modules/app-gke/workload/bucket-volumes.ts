import type { BucketMount, Component, ComputeClass, Resources } from "../application-config";
import { fitted } from "./container-limits";
import type { Volume, VolumeMount } from "./kubernetes";

type Mounting = Pick<Component, "needs">;

/** https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-ephemeral */
const DRIVER = "gcsfuse.csi.storage.gke.io";

/**
 * What the sidecar that mounts buckets may use. Its disk holds what is written before it is uploaded: Google's default of 5 GiB
 * does not fit into a pod next to an API with large uploads, and new files are streamed since version 3 of Cloud Storage FUSE.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-sidecar
 */
export const BUCKET_SIDECAR: Required<Resources> = { cpu: "250m", memory: "256Mi", ephemeralStorage: "1Gi" };

function mountsOf(task: Mounting): readonly BucketMount[] {
  return task.needs?.buckets ?? [];
}

/** @returns whether a pod of these tasks gets the sidecar */
export function mountsBuckets(tasks: readonly Mounting[]): boolean {
  return tasks.some((task) => mountsOf(task).length > 0);
}

/**
 * @returns annotations that make GKE add the sidecar to a pod. Deployments and jobs do not show it. It starts before the containers
 * and ends after them, also in a job. Requests are the same as limits, as in all pods on Autopilot
 */
export function bucketAnnotations(
  tasks: readonly Mounting[],
  sidecar: Resources,
  computeClass?: ComputeClass,
): Readonly<Record<string, string>> {
  if (!mountsBuckets(tasks)) return {};
  const { cpu, memory } = fitted(sidecar, computeClass);
  return {
    "gke-gcsfuse/volumes": "true",
    "gke-gcsfuse/cpu-limit": cpu,
    "gke-gcsfuse/memory-limit": memory,
    "gke-gcsfuse/ephemeral-storage-limit": sidecar.ephemeralStorage ?? BUCKET_SIDECAR.ephemeralStorage,
  };
}

/**
 * @param nameOf the full name of a bucket
 * @returns each volume once; it can be written if one of the tasks may. The driver gives files to the pod's `fsGroup`
 */
export function bucketVolumes(tasks: readonly Mounting[], nameOf: (bucket: string) => string): Volume[] {
  const all = tasks.flatMap(mountsOf);
  const volumes = new Map(all.map((mount) => [mount.name, mount]));
  return [...volumes.values()].map(({ name, bucket, options = [] }) => ({
    name,
    csi: {
      driver: DRIVER,
      readOnly: all.every((mount) => mount.name !== name || mount.readOnly === true),
      volumeAttributes: {
        bucketName: nameOf(bucket),
        ...(options.length > 0 && { mountOptions: options.join(",") }),
      },
    },
  }));
}

export function bucketMounts(task: Mounting): VolumeMount[] {
  return mountsOf(task).map(({ name, mountPath, readOnly = false }) => ({ name, mountPath, readOnly }));
}
