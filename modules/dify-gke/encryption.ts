import {
  type EncryptionSettings,
  KEY_PURPOSES,
  keyLocation,
  type KeyPlace,
  type KeyPurpose,
} from "../app-gke/google/encryption";
import { secretPlaces } from "../app-gke/google/secret-replication";
import { type Installation, prefixedName } from "../app-gke/installation";
import { hasBackupBucket } from "./backup-settings";
import { postgresByKubeBlocks } from "./database-place";
import { makesFilestore } from "./files-place";
import { usesRedisIn } from "./redis-place";
import { createsFileServer } from "./shared-services";
import type { Variables } from "./variables";

/** Every purpose, in `customer_managed_keys`. */
const ALL = "all";

/** Which keys there are, from the variables. */
export function encryption(variables: Variables, installation: Installation): EncryptionSettings {
  const wanted = wantedPurposes(variables);
  const possible = KEY_PURPOSES.flatMap((purpose) => places(purpose, variables, installation));
  const { project_id, kms_key_ring } = variables;
  const [, projectId = project_id, , , , name = prefixedName(installation, "keys")] = kms_key_ring.split("/");
  return {
    keyRing: { projectId, name, create: kms_key_ring === "" },
    keys: possible.filter(({ purpose }) => wanted.has(purpose) && isUsed(purpose, variables)),
    names: variables.kms_key_names,
    rotationPeriod: variables.kms_rotation_period,
    grants: variables.create_kms_grants,
    earlier: possible,
  };
}

/** @returns the purposes for which any variable asks for a key of your own */
export function wantedPurposes(
  v: Pick<Variables, "customer_managed_keys" | "manage_storage_kms_iam" | "enable_artifact_registry_cmek">,
): ReadonlySet<KeyPurpose> {
  return new Set(
    KEY_PURPOSES.filter(
      (purpose) =>
        v.customer_managed_keys.some((name) => name === purpose || name === ALL) ||
        (purpose === "buckets" && v.manage_storage_kms_iam) ||
        (purpose === "images" && v.enable_artifact_registry_cmek),
    ),
  );
}

/** Whether something that an environment makes itself is encrypted with it. */
export function isUsed(purpose: KeyPurpose, variables: Variables): boolean {
  const v = variables;
  const makesCluster = v.gke_cluster_name === "" && !v.handed_over_services.includes("cluster");
  switch (purpose) {
    case "images":
      return (v.enable_image_mirroring && v.image_mirror_repository === "") || v.enable_cicd_trigger;
    case "database":
      return v.sql_instance_name === "" && !v.handed_over_services.includes("sql_instance") && !postgresByKubeBlocks(v);
    case "files":
      return createsFileServer(v);
    case "filestore":
      return makesFilestore(v) && (v.filestore_tier === "ZONAL" || v.filestore_tier === "REGIONAL");
    case "redis":
      return usesRedisIn("memorystore", v);
    case "nodes":
    case "cluster":
      return makesCluster;
    case "logs":
      return v.log_retention_days > 0;
    case "buckets":
    case "secrets":
    case "messages":
      return true;
  }
}

/** Everything is in the region, but buckets may be elsewhere, and secrets in several places. */
function places(purpose: KeyPurpose, v: Variables, installation: Installation): readonly KeyPlace[] {
  const buckets = [
    ...(v.create_cloud_storage ? v.storage_buckets : []),
    ...(hasBackupBucket(v) ? [{ location: v.portable_backup_location }] : []),
  ];
  const locations =
    purpose === "secrets"
      ? secretPlaces(installation)
      : [
          installation.region,
          ...(purpose === "buckets" ? buckets.map(({ location }) => keyLocation(location || installation.region)) : []),
        ];
  return [...new Set(locations)].map((location) => ({ purpose, location }));
}
