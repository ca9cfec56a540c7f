import { z } from "zod";
import { group, variable } from "./definition";
import { count, memory, mountPath, resourceName } from "./limits";

/** Group 7: a disk for each pod. */
export const statefulSet = group(7, {
  stateful_pvc_enabled: variable({
    description: "A disk for each pod of the API. `true` makes the workload a StatefulSet.",
    schema: z.boolean().nullable(),
    default: null,
  }),
  stateful_pvc_size: variable({
    description: "Size of each pod's disk. A larger one lets the disks grow while they are in use; they cannot shrink.",
    schema: memory,
    default: "10Gi",
  }),
  stateful_pvc_mount_path: variable({
    description: "Where the disk is mounted in a pod: in the API, and in the worker if it is in the API's pods.",
    schema: mountPath,
    default: "/data",
  }),
  stateful_pvc_storage_class: variable({
    description: "Storage class of the disks. A disk keeps the class that it was made with.",
    schema: resourceName,
    default: "standard-rwo",
  }),
  stateful_headless_service: variable({
    description: "A Service without an address, which gives every pod its own name. Not set: a StatefulSet has one.",
    schema: z.boolean().nullable(),
    default: null,
  }),
  stateful_pod_management_policy: variable({
    description: "One pod after the other, or all at once. Not set: OrderedReady.",
    schema: z.enum(["OrderedReady", "Parallel"]).nullable(),
    default: null,
  }),
  stateful_update_strategy: variable({
    description: "When pods are replaced by new ones. Not set: RollingUpdate.",
    schema: z.enum(["RollingUpdate", "OnDelete"]).nullable(),
    default: null,
  }),
  stateful_fs_group: variable({
    description: "Group id that owns the files on the disk. 0 leaves it as it is.",
    schema: count(0, 2147483647),
    default: 0,
  }),
});
