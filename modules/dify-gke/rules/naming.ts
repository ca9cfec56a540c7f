import type { Variables } from "../variables";
import { DESIGN, duplicates, GOOGLE, type Rule } from "./rule";

const lengths: Rule = {
  id: "bucket-names-short",
  risk: "Medium",
  severity: "error",
  variables: ["storage_buckets", "application_name", "tenant_id", "create_cloud_storage"],
  source: GOOGLE,
  brokenBy: (v) => {
    // <application>-<tenant>-<eight characters>-<suffix>
    const room = 63 - v.application_name.length - v.tenant_id.length - 11;
    const suffixes = v.create_cloud_storage ? v.storage_buckets.map((bucket) => bucket.name_suffix) : [];
    return suffixes.filter((suffix) => suffix.length > room);
  },
  message: (_, subject) =>
    `The bucket's full name would be longer than the 63 characters that Cloud Storage takes. Shorten the name_suffix "${subject}".`,
};

/** Buckets that are made without being asked for. */
const OWN_BUCKETS = { storage: "Dify's own bucket", delivery: "Cloud Deploy's bucket" } as const;

function ownBuckets({ enable_cloud_deploy }: Pick<Variables, "enable_cloud_deploy">): string[] {
  return ["storage", ...(enable_cloud_deploy ? ["delivery"] : [])];
}

const unique: Rule = {
  id: "bucket-names-unique",
  risk: "High",
  severity: "error",
  variables: ["storage_buckets", "create_cloud_storage", "enable_cloud_deploy"],
  source: DESIGN,
  brokenBy: (v) =>
    v.create_cloud_storage
      ? duplicates([...ownBuckets(v), ...v.storage_buckets.map((bucket) => bucket.name_suffix)])
      : [],
  message: (_, subject) =>
    subject in OWN_BUCKETS
      ? `"${subject}" is ${OWN_BUCKETS[subject as keyof typeof OWN_BUCKETS]}, made in any case. Give the bucket another name_suffix.`
      : `Two buckets would have the same name. Give one of those with name_suffix "${subject}" another one.`,
};

const OWN = ["application", "tenant", "environment", "managed-by"];

const labels: Rule = {
  id: "own-labels",
  risk: "Low",
  severity: "warning",
  variables: ["resource_labels"],
  source: DESIGN,
  brokenBy: (v) => OWN.filter((name) => Object.hasOwn(v.resource_labels, name)),
  message: (_, subject) =>
    `The label "${subject}" is set here for every resource; the value in resource_labels would be lost. Use another name.`,
};

const access: Rule = {
  id: "bucket-access-uniform",
  risk: "Low",
  severity: "warning",
  variables: ["storage_buckets"],
  source: DESIGN,
  brokenBy: (v) =>
    v.storage_buckets.filter((bucket) => !bucket.uniform_bucket_level_access).map((bucket) => bucket.name_suffix),
  message: (_, subject) =>
    `Access to single objects is never given here: the bucket "${subject}" has uniform access all the same. Take uniform_bucket_level_access = false out.`,
};

const destroy: Rule = {
  id: "bucket-deletion",
  risk: "Low",
  severity: "warning",
  variables: ["storage_buckets", "deletion_protection"],
  source: DESIGN,
  brokenBy: (v) =>
    v.storage_buckets
      .filter((bucket) => bucket.force_destroy && v.deletion_protection)
      .map((bucket) => bucket.name_suffix),
  message: (_, subject) =>
    `deletion_protection keeps the bucket "${subject}" as long as there is an object in it, force_destroy or not. Set deletion_protection = false to have it deleted.`,
};

export const namingRules: readonly Rule[] = [lengths, unique, labels, access, destroy];
