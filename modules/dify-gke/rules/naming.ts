import { hasBackupBucket } from "../backup-settings";
import type { Variables } from "../variables";
import { isSystemNamespace } from "../variables/limits";
import { DESIGN, duplicates, GOOGLE, KUBERNETES, type Rule } from "./rule";

const lengths: Rule = {
  id: "bucket-names-short",
  what: "A `name_suffix` that makes the bucket's name longer than 63 characters",
  why: "Cloud Storage would refuse it.",
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
    `The full name of the bucket with name_suffix "${subject}" is longer than 63 characters: Cloud Storage would refuse it. Shorten the name_suffix.`,
};

/** https://cloud.google.com/storage/docs/buckets#naming, with the misspellings that look like the word. */
const GOOGLES_WORD = /g[o0]{2,}g[l1]e/;

const allowed: Rule = {
  id: "bucket-names-allowed",
  what: "`google` in the name of a bucket, or `goog` as its beginning",
  why: "Cloud Storage keeps such names for Google itself: it would refuse the bucket in the middle of the apply.",
  risk: "High",
  severity: "error",
  variables: ["storage_buckets", "application_name", "tenant_id", "create_cloud_storage"],
  source: GOOGLE,
  brokenBy: (v) => [
    // Of Dify's own bucket as well: it is always created.
    ...(v.application_name.startsWith("goog") || GOOGLES_WORD.test(v.application_name) ? ["application_name"] : []),
    ...(GOOGLES_WORD.test(v.tenant_id) ? ["tenant_id"] : []),
    ...(v.create_cloud_storage ? v.storage_buckets : [])
      .filter(({ name_suffix: suffix }) => GOOGLES_WORD.test(suffix))
      .map(({ name_suffix: suffix }) => suffix),
  ],
  message: (v, subject) => {
    const variable = subject === "application_name" || subject === "tenant_id" ? subject : undefined;
    const fact =
      variable === undefined
        ? `A bucket has the name_suffix "${subject}"`
        : `${variable} is "${v[variable]}", which is part of the name of every bucket`;
    return `${fact}, and Cloud Storage refuses names that begin with goog, or that contain google or what looks like it: the apply would stop there. Set ${variable ?? "name_suffix"} to another name.`;
  },
};

/** Buckets that are created in any case. */
const OWN_BUCKETS = {
  storage: "Dify's own bucket",
  delivery: "Cloud Deploy's bucket",
  backups: "the bucket of backups",
} as const;

function ownBuckets(
  v: Pick<Variables, "enable_cloud_deploy" | "enable_portable_backups" | "kubeblocks_backups">,
): string[] {
  return ["storage", ...(v.enable_cloud_deploy ? ["delivery"] : []), ...(hasBackupBucket(v) ? ["backups"] : [])];
}

const unique: Rule = {
  id: "bucket-names-unique",
  what: "Two buckets with the same `name_suffix`, or one that is taken",
  why: "They would have the same name.",
  risk: "High",
  severity: "error",
  variables: [
    "storage_buckets",
    "create_cloud_storage",
    "enable_cloud_deploy",
    "enable_portable_backups",
    "kubeblocks_backups",
  ],
  source: DESIGN,
  brokenBy: (v) =>
    v.create_cloud_storage
      ? duplicates([...ownBuckets(v), ...v.storage_buckets.map((bucket) => bucket.name_suffix)])
      : [],
  message: (_, subject) =>
    Object.hasOwn(OWN_BUCKETS, subject)
      ? `A bucket has the name_suffix "${subject}", like ${OWN_BUCKETS[subject as keyof typeof OWN_BUCKETS]}, which is always created: the two would have the same name. Give the bucket another name_suffix.`
      : `Two buckets have the name_suffix "${subject}": they would have the same name. Give one of them another name_suffix.`,
};

const namespaces: Rule = {
  id: "default-namespace-allowed",
  what: "An `application_name` such as `kube` or `gke` that makes the namespace one of the cluster's own",
  why: "Kubernetes and GKE keep such names for themselves.",
  risk: "Medium",
  severity: "error",
  variables: ["application_name", "namespace_name", "enable_cloud_deploy", "cloud_deploy_stages"],
  source: KUBERNETES,
  brokenBy: (v) =>
    isSystemNamespace(`${v.application_name}-`) &&
    (v.namespace_name === "" || (v.enable_cloud_deploy && v.cloud_deploy_stages.some(isInOwnNamespace))),
  message: (v) =>
    `application_name is "${v.application_name}", so the namespace ${v.namespace_name === "" ? "" : "of a stage "}would be called ${v.application_name}-…, and Kubernetes and GKE keep such names for themselves: they may refuse it, or exempt it from policies. Set application_name to another name${v.namespace_name === "" ? ", or set namespace_name" : ""}.`,
};

function isInOwnNamespace({ namespace }: Variables["cloud_deploy_stages"][number]): boolean {
  return namespace === undefined;
}

const OWN = ["application", "tenant", "environment", "managed-by"];

const labels: Rule = {
  id: "own-labels",
  what: "Labels in `resource_labels` that this project sets for every resource",
  why: "Your value would be lost.",
  risk: "Low",
  severity: "warning",
  variables: ["resource_labels"],
  source: DESIGN,
  brokenBy: (v) => OWN.filter((name) => Object.hasOwn(v.resource_labels, name)),
  message: (_, subject) =>
    `resource_labels holds "${subject}", a label that this project sets for every resource: your value would be lost. Use another name.`,
};

const valued: Rule = {
  id: "labels-have-values",
  what: "A label in `resource_labels` without a value",
  why: "Terraform's Google provider leaves it out, and every plan would set it again.",
  risk: "Medium",
  severity: "error",
  variables: ["resource_labels"],
  source: GOOGLE,
  brokenBy: (v) => {
    const empty = Object.keys(v.resource_labels).filter((name) => v.resource_labels[name] === "");
    return empty.length === 0
      ? []
      : [
          `resource_labels gives ${empty.map((name) => `"${name}"`).join(" and ")} no value: Terraform's Google provider leaves such a label out, so no resource would have it, and every plan would change all of them again. Give it a value, such as "yes", or take it out.`,
        ];
  },
  message: (_, subject) => subject,
};

const access: Rule = {
  id: "bucket-access-uniform",
  what: "A bucket with access to single objects",
  why: "Access to single objects is never given here, so it has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["storage_buckets"],
  source: DESIGN,
  brokenBy: (v) =>
    v.storage_buckets.filter((bucket) => !bucket.uniform_bucket_level_access).map((bucket) => bucket.name_suffix),
  message: (_, subject) =>
    `The bucket "${subject}" has uniform_bucket_level_access = false, and nothing here gives access to single objects: it has no effect. Take uniform_bucket_level_access = false out.`,
};

const destroy: Rule = {
  id: "bucket-deletion",
  what: "A bucket with `force_destroy` under `deletion_protection`",
  why: "The bucket is kept as long as there is an object in it.",
  risk: "Low",
  severity: "warning",
  variables: ["storage_buckets", "deletion_protection"],
  source: DESIGN,
  brokenBy: (v) =>
    v.storage_buckets
      .filter((bucket) => bucket.force_destroy && v.deletion_protection)
      .map((bucket) => bucket.name_suffix),
  message: (_, subject) =>
    `The bucket "${subject}" has force_destroy, which has no effect unless deletion_protection is false: the bucket is kept as long as it holds any object. Set deletion_protection = false to have it deleted.`,
};

type Lifecycle = Variables["storage_buckets"][number]["lifecycle_rules"][number];

interface Refusal {
  readonly fact: string;
  readonly remedy: string;
}

/** @returns why Cloud Storage would refuse a rule: https://cloud.google.com/storage/docs/lifecycle */
function refusal({ action, condition }: Lifecycle): Refusal | undefined {
  const conditions = Object.entries<unknown>(condition).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (action.type === "SetStorageClass" && action.storage_class === undefined)
    return { fact: "has the action SetStorageClass without a storage_class", remedy: "Set storage_class." };
  if (action.type !== "SetStorageClass" && action.storage_class !== undefined)
    return {
      fact: `has a storage_class, which its action ${action.type} does not take`,
      remedy: "Take storage_class out.",
    };
  if (conditions.length === 0)
    return { fact: "has no condition, so it would apply to every object", remedy: "Give it a condition, such as age." };
  const others = conditions.filter((name) => name !== "age");
  return action.type === "AbortIncompleteMultipartUpload" && others.length > 0
    ? {
        fact: `has the action AbortIncompleteMultipartUpload, which takes the condition age and not ${others.join(", ")}`,
        remedy: `Take ${others.join(", ")} out.`,
      }
    : undefined;
}

const lifecycle: Rule = {
  id: "bucket-lifecycle-complete",
  what: "A lifecycle rule that Cloud Storage does not take",
  why: "It would refuse the bucket in the middle of the apply.",
  risk: "Medium",
  severity: "error",
  variables: ["storage_buckets", "create_cloud_storage"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.storage_buckets.flatMap(({ name_suffix, lifecycle_rules }) =>
      lifecycle_rules.flatMap((rule, index) => {
        const why = refusal(rule);
        return why === undefined
          ? []
          : [
              `Rule ${index + 1} in lifecycle_rules of the bucket "${name_suffix}" ${why.fact}: Cloud Storage would refuse the bucket in the middle of the apply. ${why.remedy}`,
            ];
      }),
    ),
  message: (_, subject) => subject,
};

/** What a browser sends as `Origin`: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin */
const ORIGIN = /^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#A-Z]+)$/;
const METHODS = ["*", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

const cors: Rule = {
  id: "bucket-cors-matches",
  what: "An origin or a method in `cors` of a bucket that no browser sends, or an entry without one",
  why: "It lets nobody in, or Cloud Storage refuses the bucket.",
  risk: "Medium",
  severity: "warning",
  variables: ["storage_buckets", "create_cloud_storage"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.storage_buckets.flatMap(({ name_suffix, cors: entries }) =>
      entries.flatMap(({ origin, method }, index) => {
        const found = (what: string, remedy: string): string =>
          `Entry ${index + 1} in cors of the bucket "${name_suffix}" has ${what}: it lets nobody in, or Cloud Storage refuses the bucket in the middle of the apply. ${remedy}`;
        return [
          ...(origin.length === 0 ? [found("no origin", "Give it one, such as https://app.example.com.")] : []),
          ...(method.length === 0 ? [found("no method", "Give it one, such as GET.")] : []),
          ...origin
            .filter((each) => !ORIGIN.test(each))
            .map((each) =>
              found(
                `the origin "${each}", and browsers send a scheme and a host in lower case, with a port if it is not the usual one, and nothing behind it`,
                "Write it like https://app.example.com.",
              ),
            ),
          ...method
            .filter((each) => !METHODS.includes(each))
            .map((each) =>
              found(`the method "${each}"`, `Give one of ${METHODS.slice(1).join(", ")}, in capital letters.`),
            ),
        ];
      }),
    ),
  message: (_, subject) => subject,
};

const OWN_SERVICE_LABELS = ["name", "instance", "managed-by", "component"].map((word) => `app.kubernetes.io/${word}`);

const serviceLabels: Rule = {
  id: "own-service-labels",
  what: "Labels in `service_labels` that this project sets for every object",
  why: "Your value has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["service_labels"],
  source: DESIGN,
  brokenBy: (v) => OWN_SERVICE_LABELS.filter((name) => Object.hasOwn(v.service_labels, name)),
  message: (_, subject) =>
    `service_labels holds "${subject}", a label that this project sets for every object: your value has no effect. Use another name.`,
};

/** What a change of configuration, of a secret or a release puts on pods, so that new ones start. */
const OWN_POD_ANNOTATIONS = ["checksum/configuration", "checksum/secrets", "delivery/release"];
/** https://cloud.google.com/kubernetes-engine/docs/how-to/standalone-neg */
const ENDPOINT_GROUPS = "cloud.google.com/neg";

const annotations: Rule = {
  id: "own-annotations",
  what: "Annotations in `service_annotations` or `component_settings` that this project sets itself",
  why: "Your value has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["component_settings", "service_annotations", "enable_cdn"],
  source: DESIGN,
  brokenBy: (v) => [
    ...(v.enable_cdn && Object.hasOwn(v.service_annotations, ENDPOINT_GROUPS) ? ["service_annotations"] : []),
    ...Object.entries(v.component_settings).flatMap(([component, settings]) =>
      OWN_POD_ANNOTATIONS.filter((name) => Object.hasOwn(settings.annotations ?? {}, name)).map(
        (name) => `component_settings.${component}.annotations holds "${name}", which this project sets for every pod`,
      ),
    ),
  ],
  message: (_, subject) =>
    subject === "service_annotations"
      ? `service_annotations holds "${ENDPOINT_GROUPS}", which this project sets for the load balancer of enable_cdn: your value has no effect. Take it out.`
      : `${subject}: your value has no effect. Use another name.`,
};

export const namingRules: readonly Rule[] = [
  namespaces,
  lengths,
  allowed,
  unique,
  labels,
  valued,
  serviceLabels,
  annotations,
  lifecycle,
  cors,
  access,
  destroy,
];
