import type { Given } from "./given";
import type { RuleCase } from "./rule-case";

const DISK: Given = { stateful_pvc_enabled: true, min_instance_count: 2 };
const at = (stateful_pvc_mount_path: string): Given => ({ ...DISK, stateful_pvc_mount_path });
const volume = (name: string): Given => ({
  gcs_volumes: [{ name, bucket_name: "acme-files", mount_path: "/mnt/files" }],
});
const PIPELINE: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
};

/** The API's pods as those of a StatefulSet. */
export const statefulSetCases: readonly RuleCase[] = [
  {
    id: "stateful-disk-kind",
    breaks: [{ ...DISK, workload_type: "Deployment" }],
    holds: [
      { ...DISK, workload_type: "StatefulSet" },
      { workload_type: "Deployment", stateful_pvc_enabled: false },
      { workload_type: "StatefulSet", stateful_pvc_enabled: false, min_instance_count: 2 },
    ],
  },
  {
    id: "stateful-mount-apart",
    breaks: ["/tmp", "/opt/pods", "/usr", "/app/api", "/mnt/nfs", "/mnt"].map(at),
    holds: [at("/data"), at("/app/api/cache")],
  },
  {
    id: "stateful-volume-name-free",
    breaks: [
      { ...DISK, ...volume("data") },
      { ...DISK, nfs_volume_name: "data" },
    ],
    holds: [
      { ...DISK, ...volume("files") },
      { workload_type: "StatefulSet", min_instance_count: 2, ...volume("data") },
    ],
  },
  {
    id: "stateful-on-delete",
    breaks: [
      { ...DISK, ...PIPELINE, stateful_update_strategy: "OnDelete" },
      { ...DISK, stateful_update_strategy: "OnDelete", enable_auto_password_rotation: true },
    ],
    holds: [
      { ...DISK, stateful_update_strategy: "OnDelete" },
      { ...DISK, ...PIPELINE },
    ],
  },
  {
    id: "stateful-single-pod",
    breaks: [
      { workload_type: "StatefulSet", min_instance_count: 1 },
      { ...DISK, component_settings: { api: { replicas: 1 } } },
    ],
    holds: [DISK, { ...DISK, min_instance_count: 1, component_settings: { api: { min_replicas: 2 } } }],
  },
];
