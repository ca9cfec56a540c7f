import type { StatefulSetSettings } from "../app-gke/application-config";
import type { DifySettings } from "../dify-common/settings";
import type { Variables } from "./variables";

/** Begins the names of the claims: `data-dify-api-0`. */
export const OWN_VOLUME = "data";

type Kind = Pick<Variables, "workload_type" | "stateful_pvc_enabled">;

/** @returns whether the API's pods are those of a StatefulSet */
export function isStateful({ workload_type: type, stateful_pvc_enabled: disks }: Kind): boolean {
  return type === "StatefulSet" || disks === true;
}

/** @returns the kind of the API's pods; if the file names a kind, they may have been of the other kind until now */
export function kindOfApi(v: Variables): Pick<DifySettings["api"], "statefulSet" | "fsGroup" | "takesOver"> {
  return {
    statefulSet: statefulSet(v),
    fsGroup: isStateful(v) && v.stateful_fs_group > 0 ? v.stateful_fs_group : undefined,
    takesOver: saysKind(v),
  };
}

function saysKind({ workload_type: type, stateful_pvc_enabled: disks }: Kind): boolean {
  return type !== null || disks !== null;
}

/** @returns what makes a StatefulSet of the API's pods; `undefined`: they are a Deployment's */
function statefulSet(v: Variables): StatefulSetSettings | undefined {
  if (!isStateful(v)) return undefined;
  return {
    volumes: v.stateful_pvc_enabled
      ? [
          {
            name: OWN_VOLUME,
            mountPath: v.stateful_pvc_mount_path,
            size: v.stateful_pvc_size,
            storageClass: v.stateful_pvc_storage_class,
            sizeNamed: "stateful_pvc_size",
            classNamed: "stateful_pvc_storage_class",
          },
        ]
      : [],
    podManagement: v.stateful_pod_management_policy ?? undefined,
    updateStrategy: v.stateful_update_strategy ?? undefined,
    headlessService: v.stateful_headless_service ?? undefined,
  };
}
