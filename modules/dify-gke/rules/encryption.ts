import { KEY_PURPOSES, type KeyPurpose } from "../../app-gke/google/encryption";
import { isUsed, wantedPurposes } from "../encryption";
import { FILES_CHOICE } from "../files-place";
import { REDIS_CHOICE } from "../redis-place";
import type { Variables } from "../variables";
import { GOOGLE, DESIGN, type Rule } from "./rule";

const SWITCHES = ["customer_managed_keys", "manage_storage_kms_iam", "enable_artifact_registry_cmek"] as const;

/** @returns where a named key ring is */
function ringLocation({ kms_key_ring }: Pick<Variables, "kms_key_ring">): string | undefined {
  return /\/locations\/([^/]+)\//.exec(kms_key_ring)?.[1];
}

const ringInRegion: Rule = {
  id: "key-ring-in-region",
  what: "A `kms_key_ring` in another location than `region`",
  why: "A key encrypts only what is in its own location: the apply would stop at the first resource.",
  risk: "High",
  severity: "error",
  variables: ["kms_key_ring", "region"],
  source: GOOGLE,
  brokenBy: (v) => v.kms_key_ring !== "" && ringLocation(v) !== v.region,
  message: (v) =>
    `kms_key_ring is in ${ringLocation(v)}, and region is ${v.region}: a key encrypts only what is in its own location, so Google would refuse the first resource. Name a ring in ${v.region}; keys for buckets and secrets elsewhere are looked for in rings of the same name there.`,
};

/** What an environment does not make itself, or does not have at all, with the reason. */
const IDLE: Readonly<Partial<Record<KeyPurpose, string>>> = {
  images: "no repository is created here, neither a mirror nor one for builds",
  database: "the Cloud SQL instance is not created here",
  files: "the file server is not created here",
  nodes: "the cluster is not created here",
  cluster: "the cluster is not created here",
  logs: "no log bucket is created here (log_retention_days is 0)",
  filestore: "no Filestore of a tier that takes a key is made here (filestore_tier ZONAL or REGIONAL)",
  redis: "no Redis is made on Memorystore here (redis_service)",
};

const keyForNothing: Rule = {
  id: "key-for-nothing",
  what: "An entry of `customer_managed_keys` for what the environment does not create itself",
  why: "It has no effect: what exists keeps the key that its owner gave it.",
  risk: "Medium",
  severity: "warning",
  variables: [
    ...SWITCHES,
    "gke_cluster_name",
    "sql_instance_name",
    "data_services",
    "nfs_instance_name",
    "handed_over_services",
    ...FILES_CHOICE,
    ...REDIS_CHOICE,
    "enable_image_mirroring",
    "image_mirror_repository",
    "enable_cicd_trigger",
    "log_retention_days",
  ],
  source: DESIGN,
  brokenBy: (v) => {
    const named = v.customer_managed_keys.filter((name) => name !== "all");
    const asked = v.enable_artifact_registry_cmek ? [...named, "images" as const] : named;
    return [...new Set(asked)].filter((purpose) => !isUsed(purpose, v)).map((purpose) => `key ${purpose}`);
  },
  message: (v, subject) => {
    const purpose = subject.replace("key ", "") as KeyPurpose;
    const from = v.customer_managed_keys.includes(purpose)
      ? `Take ${purpose} out of customer_managed_keys`
      : "Take enable_artifact_registry_cmek out of the file";
    return `A key for ${purpose} has no effect: ${IDLE[purpose] ?? "nothing here uses it"}, and what exists keeps the key that its owner gave it. ${from}, and ask the owner for what is required of it.`;
  },
};

const nameForNothing: Rule = {
  id: "key-name-for-nothing",
  what: "A name in `kms_key_names` for an entry that is not in `customer_managed_keys`",
  why: "It has no effect, and what it is for may be without a key against your intention.",
  risk: "Medium",
  severity: "warning",
  variables: ["kms_key_names", "kms_key_ring", ...SWITCHES],
  source: DESIGN,
  brokenBy: (v) => {
    const wanted = wantedPurposes(v);
    if (v.kms_key_ring === "" || wanted.size === 0) return [];
    return KEY_PURPOSES.filter((purpose) => v.kms_key_names[purpose] !== undefined && !wanted.has(purpose)).map(
      (purpose) => `key name ${purpose}`,
    );
  },
  message: (v, subject) => {
    const purpose = subject.replace("key name ", "") as KeyPurpose;
    return `kms_key_names has ${v.kms_key_names[purpose]} for ${purpose}, which is not in customer_managed_keys: ${purpose} would be encrypted with a key of Google's. Add ${purpose} to customer_managed_keys, or take the name out.`;
  },
};

export const encryptionRules: readonly Rule[] = [ringInRegion, keyForNothing, nameForNothing];
