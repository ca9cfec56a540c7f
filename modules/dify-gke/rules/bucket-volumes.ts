import { bucketName } from "../../app-gke/platform/mounted-buckets";
import { installationOf } from "../installation";
import { placeStages } from "../stage-places";
import type { Variables } from "../variables";
import { collisions, hidden, POD_VARIABLES, knownPodsOf } from "./collisions";
import { DESIGN, duplicates, GOOGLE, KUBERNETES, type Rule } from "./rule";

const unique: Rule = {
  id: "bucket-volumes-unique",
  what: "Two of `gcs_volumes` with the same name",
  why: "Kubernetes refuses such a pod in the middle of the apply.",
  risk: "High",
  severity: "error",
  variables: ["gcs_volumes"],
  source: KUBERNETES,
  brokenBy: (v) => duplicates(v.gcs_volumes.map(({ name }) => name)),
  message: (_, subject) =>
    `More than one of gcs_volumes is named "${subject}": Kubernetes refuses such a pod in the middle of the apply. Give each its own name.`,
};

/** @returns whether a bucket is one of `storage_buckets`, by its suffix or by its full name */
function isOurs(v: Variables, environment: string, name: string): boolean {
  const installation = installationOf(environment, v);
  return v.storage_buckets.some(({ name_suffix: suffix }) => [suffix, bucketName(installation, suffix)].includes(name));
}

const made: Rule = {
  id: "bucket-volume-made",
  what: "A volume from `storage_buckets` with `create_cloud_storage = false`",
  why: "There would be no such bucket, or another one of that name.",
  risk: "High",
  severity: "error",
  variables: ["gcs_volumes", "storage_buckets", "create_cloud_storage", "application_name", "tenant_id", "project_id"],
  source: DESIGN,
  brokenBy: (v, _, environment) =>
    v.create_cloud_storage
      ? []
      : v.gcs_volumes
          .filter(({ bucket_name: bucket }) => isOurs(v, environment, bucket))
          .map(({ name, bucket_name: bucket }) => `The volume "${name}" mounts "${bucket}"`),
  message: (_, subject) =>
    `${subject}, which is one of storage_buckets, and create_cloud_storage = false leaves those out: there would be no such bucket, or another one of that name. Set create_cloud_storage = true, or give bucket_name the full name of a bucket that exists.`,
};

const stages: Rule = {
  id: "bucket-volume-in-stages",
  what: "An existing bucket that the pods of several stages write to",
  why: "A version under test would change what production works with.",
  risk: "Critical",
  severity: "error",
  variables: ["gcs_volumes", "storage_buckets", "enable_cloud_deploy", "cloud_deploy_stages"],
  source: DESIGN,
  brokenBy: (v, _, environment) =>
    v.enable_cloud_deploy && placeStages(environment, v).some(({ type }) => type === "own")
      ? v.gcs_volumes
          .filter(
            ({ readonly, bucket_name: bucket }) => !readonly && bucket !== "storage" && !isOurs(v, environment, bucket),
          )
          .map(({ name }) => name)
      : [],
  message: (v, subject) =>
    `The volume "${subject}" is the existing bucket ${v.gcs_volumes.find(({ name }) => name === subject)?.bucket_name}, and the pods of every stage could write to it: a version under test would change what the next stage works with. Set readonly = true, or mount one of storage_buckets, of which each stage has its own.`,
};

/**
 * What the sidecar sets itself, and leaves out of what it is given: `DisallowedFlags` in
 * https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/sidecar_mounter/sidecar_mounter_config.go.
 */
const SET_BY_THE_SIDECAR: ReadonlySet<string> = new Set([
  "cache-dir",
  "config-file",
  "foreground",
  "gcs-auth:key-file",
  "gcs-auth:reuse-token-from-url",
  "gcs-auth:token-url",
  "kernel-params-file",
  "key-file",
  "log-file",
  "log-format",
  "logging:file-path",
  "logging:format",
  "o",
  "prometheus-port",
  "reuse-token-from-url",
  "temp-dir",
  "token-url",
]);

/** `metadata-cache:ttl-secs:60`, `only-dir=models` or `implicit-dirs` without its value. */
function flagOf(option: string): string {
  return option.includes("=") ? option.slice(0, option.indexOf("=")) : option.replace(/^([^:]+:[^:]+):.*$/, "$1");
}

const options: Rule = {
  id: "bucket-volume-options",
  what: "A mount option that the driver leaves out",
  why: "It has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["gcs_volumes"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.gcs_volumes.flatMap(({ name, mount_options: given }) =>
      given
        .filter((option) => SET_BY_THE_SIDECAR.has(flagOf(option)))
        .map((option) => `"${option}" of volume "${name}"`),
    ),
  message: (_, subject) =>
    `The mount option ${subject} is one that GKE's sidecar sets itself: it has no effect. Take it out of mount_options.`,
};

const account: Rule = {
  id: "bucket-volume-account",
  what: "A job or service named `none` that mounts a bucket",
  why: "Its Kubernetes service account would be the one that all pods without rights have.",
  risk: "High",
  severity: "error",
  variables: ["additional_services", "initialization_jobs", "cron_jobs", "gcs_volumes"],
  source: DESIGN,
  brokenBy: (v) => {
    const buckets = new Set(v.gcs_volumes.map(({ name }) => name));
    return [
      ...v.additional_services.filter((service) => service.volume_mounts.some(({ name }) => buckets.has(name))),
      ...[...v.initialization_jobs, ...v.cron_jobs].filter((job) => job.mount_gcs_volumes.length > 0),
    ].some(({ name }) => name === "none")
      ? ["none"]
      : [];
  },
  message: (v, subject) =>
    `A job or service named "${subject}" mounts a bucket, for which it gets a Kubernetes service account of its own, and ${v.application_name}-${subject} is the account of all pods without rights: they would get these rights as well. Give it another name.`,
};

/** The order in which a problem looks for its variable: a volume is most likely the one to change. */
const BUCKET_PODS = ["gcs_volumes", ...POD_VARIABLES.filter((name) => name !== "gcs_volumes")] as const;

const paths = collisions(
  {
    id: "bucket-volumes-apart",
    what: "A bucket mounted over directories that an image needs, or in another volume's place",
    why: "Kubernetes would refuse the pod, or its programs would not find their files.",
    risk: "High",
    variables: BUCKET_PODS,
    source: KUBERNETES,
  },
  (v) => {
    if (v.gcs_volumes.length === 0) return [];
    const buckets = new Set(v.gcs_volumes.map(({ name }) => name));
    const found = knownPodsOf(v).flatMap(({ name, spec }) =>
      spec.containers.flatMap((container) =>
        (container.volumeMounts ?? []).flatMap((mount, index) => {
          const fact = buckets.has(mount.name) ? hidden(name, container, index) : undefined;
          return fact === undefined
            ? []
            : [{ subject: `The mount_path of volume "${mount.name}"`, fact: `is ${fact} (in ${container.name})` }];
        }),
      ),
    );
    // One path can collide with many, and in many pods.
    return found.filter(({ subject }, index) => found.findIndex((other) => other.subject === subject) === index);
  },
  "Kubernetes would refuse the pod, or its programs would not find their files. Mount the bucket at another path, such as /mnt/files.",
);

const names = collisions(
  {
    id: "bucket-volume-name-free",
    what: "One of `gcs_volumes` with the name of another volume of a pod",
    why: "Kubernetes refuses such a pod in the middle of the apply.",
    risk: "High",
    variables: BUCKET_PODS,
    source: KUBERNETES,
  },
  (v) => {
    if (v.gcs_volumes.length === 0) return [];
    const buckets = new Set(v.gcs_volumes.map(({ name }) => name));
    const found = knownPodsOf(v).flatMap(({ name: pod, spec }) =>
      duplicates((spec.volumes ?? []).map(({ name }) => name))
        .filter((name) => buckets.has(name))
        .map((name) => ({ subject: `The volume "${name}"`, fact: `has the name of another volume of ${pod}` })),
    );
    return found.filter(({ subject }, index) => found.findIndex((other) => other.subject === subject) === index);
  },
  "Kubernetes refuses such a pod in the middle of the apply. Give it another name in gcs_volumes.",
);

export const bucketVolumeRules: readonly Rule[] = [unique, made, stages, paths, names, options, account];
