import { isStateful, OWN_VOLUME } from "../stateful-set";
import { collisions, hidden, POD_VARIABLES, knownPodsOf } from "./collisions";
import { composedOf } from "./composed";
import { KUBERNETES, PITFALLS, type Rule } from "./rule";

const kind: Rule = {
  id: "stateful-disk-kind",
  what: '`stateful_pvc_enabled = true` with `workload_type = "Deployment"`',
  why: "Pods of a Deployment are all alike: none can have a disk that is its own.",
  risk: "High",
  severity: "error",
  variables: ["workload_type", "stateful_pvc_enabled"],
  source: PITFALLS,
  brokenBy: (v) => v.workload_type === "Deployment" && v.stateful_pvc_enabled === true,
  message: () =>
    'workload_type is "Deployment" and stateful_pvc_enabled is true. Pods of a Deployment are all alike, so none can have a disk of its own: nothing would be stored where you expect it. Set workload_type = "StatefulSet", or stateful_pvc_enabled = false.',
};

const STATEFUL_PODS = ["stateful_pvc_mount_path", "stateful_pvc_enabled", "workload_type", ...POD_VARIABLES] as const;

const paths = collisions(
  {
    id: "stateful-mount-apart",
    what: "The pods' own disk mounted over directories that the image needs, or in another volume's place",
    why: "Kubernetes would refuse the pod, or its programs would not find their files.",
    risk: "High",
    variables: STATEFUL_PODS,
    source: KUBERNETES,
  },
  (v) =>
    apiContainers(v)
      .flatMap((container) => {
        const own = (container.volumeMounts ?? []).findIndex(({ name }) => name === OWN_VOLUME);
        const fact = hidden("api", container, own);
        return fact === undefined
          ? []
          : [{ subject: "stateful_pvc_mount_path", fact: `is ${fact} (in ${container.name})` }];
      })
      .slice(0, 1),
  "Kubernetes would refuse the pod, or its programs would not find their files. Mount the disk at another path, such as /data.",
);

const names = collisions(
  {
    id: "stateful-volume-name-free",
    what: `A volume named \`${OWN_VOLUME}\` next to the pods' own disk`,
    why: "Kubernetes would put the disk in that volume's place, and no message would say so.",
    risk: "High",
    variables: STATEFUL_PODS,
    source: KUBERNETES,
  },
  (v) =>
    v.stateful_pvc_enabled === true &&
    knownPodsOf(v).some(
      ({ name, spec }) => name === "api" && spec.volumes?.some((volume) => volume.name === OWN_VOLUME),
    )
      ? [
          {
            subject: v.nfs_volume_name === OWN_VOLUME ? "nfs_volume_name" : "A volume in gcs_volumes",
            fact: `is called "${OWN_VOLUME}", as the own disk of the API's pods is`,
          },
        ]
      : [],
  "Kubernetes would put the disk in that volume's place, and no message would say so. Give that volume another name.",
);

function apiContainers(v: Parameters<typeof knownPodsOf>[0]) {
  return isStateful(v) ? knownPodsOf(v).flatMap(({ name, spec }) => (name === "api" ? spec.containers : [])) : [];
}

const onDelete: Rule = {
  id: "stateful-on-delete",
  what: '`stateful_update_strategy = "OnDelete"` where something waits for new pods',
  why: "Nobody deletes the old ones, so a release or a rotation would wait until it fails.",
  risk: "High",
  severity: "error",
  variables: [
    "stateful_update_strategy",
    "workload_type",
    "stateful_pvc_enabled",
    "enable_cicd_trigger",
    "delivered_by_service_account",
    "enable_auto_password_rotation",
  ],
  source: KUBERNETES,
  brokenBy: (v) =>
    isStateful(v) && v.stateful_update_strategy === "OnDelete"
      ? [
          ...(v.enable_cicd_trigger ? ["enable_cicd_trigger is true"] : []),
          ...(v.delivered_by_service_account === "" ? [] : ["delivered_by_service_account is set"]),
          ...(v.enable_auto_password_rotation ? ["enable_auto_password_rotation is true"] : []),
        ]
      : false,
  message: (_, subject) =>
    `stateful_update_strategy is "OnDelete", and ${subject}: old pods stay until somebody deletes them, so what waits for new pods would wait until it fails. Set stateful_update_strategy = "RollingUpdate".`,
};

const single: Rule = {
  id: "stateful-single-pod",
  what: "A StatefulSet of a single API pod",
  why: "A pod of a StatefulSet ends before the one that replaces it starts: each update would be an outage of a minute or two.",
  risk: "High",
  severity: "warning",
  variables: [
    "min_instance_count",
    "workload_type",
    "stateful_pvc_enabled",
    "component_settings",
    "application_version",
  ],
  source: KUBERNETES,
  brokenBy: (v) => {
    const scaling = composedOf(v)?.components.find(({ name }) => name === "api")?.scaling;
    return isStateful(v) && (scaling?.type === "automatic" ? scaling.minimum : (scaling?.replicas ?? 1)) < 2;
  },
  message: () =>
    "The API is a StatefulSet of a single pod at times of little load, and such a pod ends before the one that replaces it starts: each update would be an outage of a minute or two. Set min_instance_count = 2 or more.",
};

export const statefulSetRules: readonly Rule[] = [kind, paths, names, onDelete, single];
