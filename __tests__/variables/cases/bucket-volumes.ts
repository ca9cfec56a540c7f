import type { RuleCase } from "./rule-case";
import { cron, job, service } from "./workloads";

const volumes = (...given: object[]) => ({
  gcs_volumes: given.map((volume, index) => ({
    name: `files-${index}`,
    bucket_name: "acme-files",
    mount_path: `/mnt/${index}`,
    ...volume,
  })),
});
const PIPELINE = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
  enable_cloud_deploy: true,
  sql_tier: "db-custom-16-61440",
};
/** Of the environment that the cases are in. */
const PREFIX = "dify-demo-30a68bf9";

/** Buckets as volumes. */
export const bucketVolumeCases: readonly RuleCase[] = [
  {
    id: "bucket-volumes-unique",
    breaks: [volumes({ name: "files" }, { name: "files" })],
    holds: [volumes({}, {})],
  },
  {
    id: "bucket-volume-made",
    breaks: [
      { ...volumes({ bucket_name: "data" }), create_cloud_storage: false },
      { ...volumes({ bucket_name: `${PREFIX}-data` }), create_cloud_storage: false },
    ],
    holds: [
      volumes({ bucket_name: "data" }),
      { ...volumes({ bucket_name: "acme-data" }), create_cloud_storage: false },
      { ...volumes({ bucket_name: "storage" }), create_cloud_storage: false },
    ],
  },
  {
    id: "bucket-volume-in-stages",
    breaks: [{ ...PIPELINE, ...volumes({}) }],
    holds: [
      volumes({}),
      { ...PIPELINE, ...volumes({ readonly: true }) },
      {
        ...PIPELINE,
        ...volumes({ bucket_name: "data" }, { bucket_name: `${PREFIX}-data` }, { bucket_name: "storage" }),
      },
      { ...PIPELINE, ...volumes({}), cloud_deploy_stages: [{ name: "dev" }] },
    ],
  },
  {
    id: "bucket-volumes-apart",
    breaks: [
      ...["/tmp", "/opt/pods", "/usr", "/proc/1", "/app/api", "/mnt/nfs", "/mnt"].map((mount_path) =>
        volumes({ mount_path }),
      ),
      volumes({ mount_path: "/mnt/a" }, { mount_path: "/mnt/a/b" }),
      { ...volumes({}), ...service({ volume_mounts: [{ name: "files-0", mount_path: "/tmp" }] }) },
    ],
    holds: [
      volumes({ mount_path: "/app/api/models" }),
      volumes({ mount_path: "/mnt/a" }, { mount_path: "/mnt/ab" }),
      { ...volumes({}), ...service({ volume_mounts: [{ name: "files-0", mount_path: "/data" }] }) },
    ],
  },
  {
    id: "bucket-volume-name-free",
    breaks: [volumes({ name: "api-tmp" }), volumes({ name: "nfs-data-volume" })],
    holds: [volumes({ name: "tmp" })],
  },
  {
    id: "bucket-volume-options",
    breaks: [
      volumes({ mount_options: ["temp-dir=/tmp"] }),
      volumes({ mount_options: ["logging:format:json"] }),
      volumes({ mount_options: ["foreground"] }),
    ],
    holds: [
      volumes({ mount_options: ["implicit-dirs", "uid=1001", "metadata-cache:ttl-secs:60", "only-dir=temp-dir"] }),
    ],
  },
  {
    id: "bucket-volume-account",
    breaks: [
      { ...volumes({}), ...service({ name: "none", volume_mounts: [{ name: "files-0", mount_path: "/data" }] }) },
      { ...volumes({}), ...cron({ name: "none", command: ["true"], mount_gcs_volumes: ["files-0"] }) },
      { ...volumes({}), ...job({ name: "none", mount_gcs_volumes: ["files-0"] }) },
    ],
    holds: [
      { ...volumes({}), ...cron({ name: "none", command: ["true"] }) },
      { ...volumes({}), ...job({ mount_gcs_volumes: ["files-0"] }) },
    ],
  },
];
