import type { Given } from "./given";
import type { RuleCase } from "./rule-case";

const RING: Given = {
  customer_managed_keys: ["all"],
  kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify",
};
const SHARED: Given = { network_name: "shared", sql_instance_name: "shared", require_services_gcp_module: true };

/** Keys of your own. */
export const encryptionCases: readonly RuleCase[] = [
  {
    id: "key-ring-in-region",
    breaks: [
      { ...RING, region: "europe-west1" },
      { ...RING, kms_key_ring: "projects/key-project/locations/global/keyRings/dify" },
    ],
    holds: [RING, { customer_managed_keys: ["all"], region: "europe-west1" }],
    shows: "kms_key_ring",
  },
  {
    id: "key-for-nothing",
    breaks: [
      { ...SHARED, customer_managed_keys: ["database"] },
      { ...SHARED, gke_cluster_name: "shared", customer_managed_keys: ["nodes"] },
      { ...SHARED, gke_cluster_name: "shared", customer_managed_keys: ["buckets", "cluster"] },
      { ...SHARED, nfs_instance_name: "shared", customer_managed_keys: ["files"] },
      { enable_image_mirroring: false, customer_managed_keys: ["images"] },
      { enable_image_mirroring: false, enable_artifact_registry_cmek: true },
      { image_mirror_repository: "docker-hub", customer_managed_keys: ["images"] },
      { handed_over_services: ["sql_instance"], customer_managed_keys: ["database"] },
      { customer_managed_keys: ["logs"] },
    ],
    holds: [
      // "all" is of what there is.
      { ...SHARED, customer_managed_keys: ["all"] },
      { customer_managed_keys: ["database", "nodes", "cluster", "files", "images", "buckets"] },
      { ...SHARED, customer_managed_keys: ["buckets", "secrets", "messages"] },
      { customer_managed_keys: ["logs"], log_retention_days: 90 },
    ],
  },
  {
    id: "key-name-for-nothing",
    breaks: [
      { ...RING, customer_managed_keys: ["buckets"], kms_key_names: { database: "postgres" } },
      { ...RING, customer_managed_keys: ["buckets"], kms_key_names: { buckets: "objects", files: "disks" } },
    ],
    holds: [
      { ...RING, kms_key_names: { database: "postgres" } },
      { ...RING, customer_managed_keys: ["buckets"], kms_key_names: { buckets: "objects" } },
    ],
    shows: "kms_key_names",
  },
];
