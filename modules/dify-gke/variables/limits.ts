import { z } from "zod";
import { TARGET_NAME_LIMIT } from "../../app-gke/delivery/settings";
import { bytes } from "../../app-gke/workload/quantities";
import { parseNetwork } from "../../dify-common/address-ranges";
import { isCron, isCrontab } from "../../app-gke/workload/cron";
import { isImage } from "./image-reference";
import { isMachineType, isSqlTier } from "./machine-type";
import { isRe2 } from "./re2";

/** What a schema allows, in words: for messages and for the reference page. */
export const wording = z.registry<{ says: string }>();

/** A text with a limit. With `orEmpty`, the empty text means "not set". */
export function text(says: string, limit: RegExp | ((value: string) => boolean), orEmpty = false) {
  const schema =
    limit instanceof RegExp
      ? z.string().regex(orEmpty ? new RegExp(`^$|${limit.source}`, limit.flags) : limit)
      : z.string().refine((value) => (orEmpty && value === "") || limit(value));
  return schema.register(wording, { says: orEmpty ? `${says}, or empty` : says });
}

/** Whole number between two bounds, both included. */
export function count(minimum: number, maximum: number) {
  return z.int().min(minimum).max(maximum);
}

export const projectId = text(
  "6 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
);
export const region = text(
  "a Google Cloud region in lower case, such as us-central1, and no zone",
  /^[a-z]+-[a-z]+\d{1,2}$/,
);
/** Where Google keeps backups: https://cloud.google.com/sql/docs/postgres/backup-recovery/backups#backup-location */
export const location = text(
  "a Google Cloud region such as europe-west3, or one of us, eu and asia",
  /^([a-z]+-[a-z]+\d{1,2}|us|eu|asia)$/,
  true,
);
export const secretLocations = z
  .array(text("a Google Cloud region such as us-central1, or automatic", /^([a-z]+-[a-z]+\d{1,2}|automatic)$/))
  .refine((all) => new Set(all).size === all.length && (!all.includes("automatic") || all.length === 1))
  .register(wording, { says: "regions, each once, or automatic alone" });
export const zone = text("a Google Cloud zone such as us-central1-a", /^[a-z]+-[a-z]+\d{1,2}-[a-z]$/, true);

/** Short, because it is part of every resource's name. */
export const namePart = text(
  "1 to 20 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
);

const RESOURCE_NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const RESOURCE_NAME_SAYS = "up to 63 lower-case letters, digits and hyphens, first a letter, last no hyphen";
/** Name of a network, cluster, instance, address or the like; empty if none is named. */
export const optionalResourceName = text(RESOURCE_NAME_SAYS, RESOURCE_NAME, true);
export const resourceName = text(RESOURCE_NAME_SAYS, RESOURCE_NAME);
/** @see TARGET_NAME_LIMIT */
export const deployTargetName = text(
  `up to ${TARGET_NAME_LIMIT} lower-case letters, digits and hyphens, first a letter, last no hyphen: rollouts are called after it`,
  new RegExp(`^[a-z]([a-z0-9-]{0,${TARGET_NAME_LIMIT - 2}}[a-z0-9])?$`),
);
/** First part of a generated name, with room for the rest. */
export const baseName = text(
  "up to 40 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
);

/** Namespaces that are in every cluster, or that Kubernetes and GKE reserve. */
const SYSTEM_NAMESPACE = /^(default|(kube|gke|gmp|config-management|asm|istio|cnrm|gatekeeper)-.*)$/;
/** @returns whether the name of a namespace belongs to Kubernetes, GKE or what they install */
export const isSystemNamespace = (name: string): boolean => SYSTEM_NAMESPACE.test(name);
const isNamespace = (value: string): boolean => DNS_LABEL.test(value) && !isSystemNamespace(value);
const NAMESPACE_SAYS =
  "a DNS label of up to 63 lower-case letters, digits and hyphens, and no namespace of the cluster's own, such as default or kube-system";
export const namespace = text(NAMESPACE_SAYS, isNamespace);
export const optionalNamespace = text(NAMESPACE_SAYS, isNamespace, true);

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_LABEL_SAYS = "a DNS label: up to 63 lower-case letters, digits and hyphens, no hyphen at either end";
export const dnsLabel = text(DNS_LABEL_SAYS, DNS_LABEL);
/** Name of a job or an additional service; the application's name and a hash are added to it. */
export const workloadName = text(
  "up to 40 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
);

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
export const domain = text("a lower-case DNS name such as dify.example.com", DOMAIN);

const ORIGIN = /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;
/** An origin as browsers define it (https://url.spec.whatwg.org/#origin), so that it can be compared as one. */
export const origin = text(
  "http:// or https://, a host in lower case and, unless it is the usual one, a port, such as https://dify.example.com, with nothing behind it",
  (value) => ORIGIN.test(value) && URL.canParse(value) && new URL(value).origin === value,
);

const EMAIL = /^[^\s@<>,:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
export const email = text("an e-mail address without a name, such as me@example.com", EMAIL);
export const optionalEmail = text("an e-mail address", EMAIL, true);
/** The documented modules accept both a bare address and IAM's notation. */
export const iapUser = text(
  "an e-mail address, optionally as user:… or serviceAccount:…",
  /^((user|serviceAccount):)?[^\s@<>,:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
);
export const billingAccount = text(
  "a billing account's id in capital letters, such as 01AB23-45CD67-89EF01, or empty",
  /^([0-9A-F]{6}(-[0-9A-F]{6}){2})?$/,
);
export const billingTable = text(
  "a table of BigQuery, project.dataset.table, or empty",
  /^([a-z][a-z0-9-]{4,28}[a-z0-9]\.[A-Za-z0-9_]{1,1024}\.[A-Za-z0-9_-]{1,1024})?$/,
);
export const logViewer = text(
  "group:…, user:… or serviceAccount:… with an e-mail address, or domain:… with a domain",
  /^((group|user|serviceAccount):[^\s@<>,:]+@|domain:)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
);
export const iapGroup = text(
  "a group's e-mail address, optionally as group:…",
  /^(group:)?[^\s@<>,:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
);

const isCidr = (value: string): boolean => parseNetwork(value) !== undefined;
const CIDR_SAYS = "an IPv4 range with its network address, such as 10.0.0.0/24";
export const perimeterMember = text(
  "serviceAccount:, user: or group: with an e-mail address, or principal:// or principalSet:// of a pool",
  new RegExp(
    `^((serviceAccount|user|group):${EMAIL.source.replace(/^\^|\$$/g, "")}|principal(Set)?://iam\\.googleapis\\.com/[^\\s,]{1,500})$`,
  ),
);
export const cidr = text(CIDR_SAYS, isCidr);
export const optionalCidr = text(CIDR_SAYS, isCidr, true);
export const addressOrCidr = text(
  "an IPv4 address, or a range with its network address, such as 10.0.0.0/24",
  (value) => isCidr(value) || isCidr(`${value}/32`),
);
const isHostOrCidr = (value: string): boolean =>
  isCidr(value) ||
  isCidr(`${value}/32`) ||
  (/^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value) && !value.includes("..") && !/^[\d.]+$/.test(value));
export const hostOrRange = text("a host name, a .suffix, an IPv4 address or an IPv4 range", isHostOrCidr);
export const hostOrAddress = text(
  "a host name or an IPv4 address, without scheme and port",
  (value) => isHostOrCidr(value) && !/^\.|\//.test(value),
);
export const hostOrCidr = text(
  "a host name, an IPv4 address or an IPv4 range, without a scheme, each with a port if only that is meant: wiki.corp.example:8443",
  (value) => {
    const [host = "", port, ...more] = value.split(":");
    const isPort = port === undefined || (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535);
    return more.length === 0 && isPort && isHostOrCidr(host);
  },
);

export const port = count(1, 65535);
const CPU = "a Kubernetes quantity of CPU above zero: 500m, 2 or 0.5";
const CPU_PATTERN = /^([1-9]\d*(\.\d{1,3})?|0\.(\d{0,2}[1-9]|\d[1-9]\d|[1-9]\d{0,2})|[1-9]\d*m)$/;
const MEMORY = "a Kubernetes quantity of bytes above zero: 512Mi or 4Gi";
const MEMORY_PATTERN = /^([1-9]\d*(\.\d+)?|0\.0*[1-9]\d*)(Ki|Mi|Gi|Ti|k|M|G|T)?$/;
export const cpu = text(CPU, CPU_PATTERN);
export const optionalCpu = text(CPU, CPU_PATTERN, true);
/** A number without a unit is bytes, and "4" is never meant as four bytes. */
export const memory = text(
  `${MEMORY}; at least 1Mi, as a number without a unit is bytes`,
  (value) => MEMORY_PATTERN.test(value) && bytes(value) >= 2 ** 20,
);
export const optionalMemory = text(MEMORY, MEMORY_PATTERN, true);
export const optionalCount = text("a whole number of up to nine digits", /^\d{1,9}$/, true);

/** It is a key in a ConfigMap or a Secret, whose keys have at most 253 characters. */
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,252}$/;
const ENVIRONMENT_NAME_SAYS = "a letter or _, then up to 252 letters, digits and _";
export const environmentName = text(ENVIRONMENT_NAME_SAYS, ENVIRONMENT_NAME);
export const optionalEnvironmentName = text(ENVIRONMENT_NAME_SAYS, ENVIRONMENT_NAME, true);
export const secretId = text("a Secret Manager id: 1 to 255 letters, digits, - and _", /^[A-Za-z0-9_-]{1,255}$/);
export const optionalSecretId = text(
  "a Secret Manager id: 1 to 255 letters, digits, - and _",
  /^[A-Za-z0-9_-]{1,255}$/,
  true,
);
/** Environment variables by name. */
export const environmentMap = z.record(environmentName, z.string());
/** Environment variables by name, with the Secret Manager secrets that have their values. */
export const secretMap = z.record(environmentName, secretId);

export const databaseIdentifier = text(
  "a PostgreSQL identifier: up to 63 letters, digits and _, first no digit",
  /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
);

/** Google Cloud's rules, less the labels that every resource gets here. */
export const resourceLabels = z
  .record(
    text("a lower-case letter, then up to 62 lower-case letters, digits, - and _", /^[a-z][a-z0-9_-]{0,62}$/),
    text("up to 63 lower-case letters, digits, - and _", /^[a-z0-9_-]{0,63}$/),
  )
  .refine((labels) => Object.keys(labels).length <= 60)
  .register(wording, { says: "at most 60 labels" });

const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
/** Kubernetes' own priority classes begin with system-, and only its own namespace may use them. */
export const priorityClass = text(
  "a DNS subdomain of up to 253 lower-case letters, digits, - and ., and not one of Kubernetes' own, which begin with system-",
  (value) => value.length <= 253 && SUBDOMAIN.test(value) && !value.startsWith("system-"),
);
export const gpuType = text("a GPU as Google names it, such as nvidia-l4", /^nvidia-[a-z0-9]+(-[a-z0-9]+)*$/);
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const qualifiedName = text("a Kubernetes name such as example.com/team", (value) => {
  const [name = "", prefix, ...more] = value.split("/").reverse();
  const named = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name);
  return named && more.length === 0 && (prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix)));
});
export const labelValue = text(
  "up to 63 letters, digits, -, _ and ., the first and the last no -, _ or .",
  /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/,
);
export const kubernetesLabels = z.record(qualifiedName, labelValue);
export const kubernetesAnnotations = z.record(qualifiedName, z.string());

export const networkTag = text(
  "a network tag: up to 63 lower-case letters, digits and hyphens, first a letter",
  RESOURCE_NAME,
);

export const cron = text(
  "a cron expression of five fields, such as 0 2 * * *, with 0 for Sunday, or one such as @daily; in UTC, for a time that comes",
  isCron,
);
export const optionalSchedule = text(
  "a cron expression of five fields, such as 0 2 * * 0, with 0 for Sunday, or one such as @daily; in UTC, for a time that comes",
  isCron,
  true,
);
export const optionalCron = text("a cron expression of five fields, such as 0 2 * * *", isCrontab, true);

/** Secret Manager accepts no rotation period of less than an hour. */
export const rotationPeriod = text(
  "seconds with the suffix s, from 3600s to 3153600000s",
  (value) => /^\d{1,10}s$/.test(value) && Number.parseInt(value) >= 3600 && Number.parseInt(value) <= 3_153_600_000,
);

/** https://external-secrets.io/latest/api/externalsecret/: each look is a request for each secret. */
export const refreshInterval = text("minutes or hours such as 15m or 1h, from 1m to 720h", (value) => {
  const [, number, unit] = /^([1-9]\d{0,4})([mh])$/.exec(value) ?? [];
  const minutes = Number(number) * (unit === "h" ? 60 : 1);
  return minutes >= 1 && minutes <= 43_200;
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const OBJECT = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const OBJECT_NAME = "a name of a Kubernetes object: lower-case letters, digits, - and ., at most 253";
export const objectName = text(OBJECT_NAME, OBJECT);
export const kubernetesNameOrEmpty = text(OBJECT_NAME, OBJECT, true);

/** https://external-secrets.io/latest/api/externalsecret/: what a store calls a secret is its own affair. */
export const storeKey = text("a name in a store: 1 to 500 characters, no blanks", /^[^\s\p{Cc}]{1,500}$/u);

/** https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys */
export const keyRotationPeriod = text(
  "seconds with the suffix s, from 86400s (a day) to 3153600000s",
  (value) => /^\d{1,10}s$/.test(value) && Number.parseInt(value) >= 86_400 && Number.parseInt(value) <= 3_153_600_000,
);
/** https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create */
export const keyRing = text(
  "a key ring such as projects/my-project/locations/us-central1/keyRings/my-ring",
  /^projects\/[a-z]([a-z0-9.:-]*[a-z0-9])?\/locations\/[a-z0-9-]+\/keyRings\/[A-Za-z0-9_-]{1,63}$/,
  true,
);
export const kmsKeyName = text("up to 63 letters, digits, hyphens and underscores", /^[A-Za-z0-9_-]{1,63}$/);
/** @returns a limit for seconds with the suffix `s`: whole steps between two bounds, both included */
function seconds(says: string, [least, most]: readonly [number, number], step = 1) {
  return text(says, (value) => {
    const given = /^([1-9]\d{0,5})s$/.exec(value)?.[1];
    return given !== undefined && Number(given) >= least && Number(given) <= most && Number(given) % step === 0;
  });
}

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.uptimeCheckConfigs */
export const uptimeTimeout = seconds("1s to 60s", [1, 60]);
/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#aggregation */
export const alignmentPeriod = seconds("whole minutes as seconds, from 60s to 86400s, such as 300s", [60, 86_400], 60);
/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#metricthreshold */
export const alertDuration = z
  .int()
  .min(0)
  .max(84_600)
  .refine((value) => value % 60 === 0)
  .register(wording, { says: "whole minutes as seconds, from 0 to 84600" });
/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies, less the environment's own part. */
export const alertName = text("1 to 400 characters in one line", /^[^\n\r]{1,400}$/);

/** Whether a text is an absolute path without "." or ".." as a segment and without the unwanted characters. */
function isPath(value: string, unwanted: RegExp): boolean {
  return /^\/\S{0,1023}$/.test(value) && !unwanted.test(value) && !/\/\//.test(value) && !/\/\.{1,2}(\/|$)/.test(value);
}

/** Path of an HTTP probe: anything after a # would never be sent. */
export const absolutePath = text("an absolute path of up to 1024 characters, without ., .. and #", (value) =>
  isPath(value, /[#"\\]/),
);
/** A path that everybody reads the same way: nothing encoded, no segment that stands for another directory. */
export const plainPath = text(
  "a path other than /, of up to 1024 letters, digits, ., _, ~ and -, without . or .. as a part",
  /^(?=.{1,1024}$)(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+\/?$/,
);
/** Kubernetes accepts no : in it. */
export const mountPath = text(
  "an absolute path other than / of up to 1024 characters, without ., .. and :",
  (value) => value !== "/" && isPath(value, /[:"\\]/),
);
const IMAGE_SAYS =
  "a container image with a tag or a digest, without https:// and with its name in lower case, such as langgenius/dify-api:1.16.1";
export const image = text(IMAGE_SAYS, isImage);
export const optionalImage = text(IMAGE_SAYS, isImage, true);
export const machineType = text("a Compute Engine machine type such as e2-small", isMachineType);
export const sqlTier = text(
  "a Cloud SQL tier such as db-custom-2-7680: one CPU or an even number up to 96, and for each 0.9 to 6.5 GiB of memory, 3840 MiB at least, in steps of 256 MiB",
  (value) => /^db-[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(value) && isSqlTier(value),
);
/** https://github.com/google/re2/wiki/Syntax: no look-around and no back reference. */
export const re2 = text(
  "a regular expression of RE2 of up to 1000 characters, such as ^main$",
  (value) => value !== "" && value.length <= 1000 && isRe2(value),
);
/** A calendar date. */
export const date = text("a date: 2026-01-31", (value) => {
  const day = new Date(`${value}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
});
export const imageDigest = text("sha256: and 64 hexadecimal digits", /^sha256:[0-9a-f]{64}$/);
export const serviceVersion = text("a version such as 1.15.4", /^\d+\.\d+\.\d+$/);
export const imageTag = text("a container image's tag", /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
export const bucketSuffix = text(
  "up to 40 lower-case letters, digits and hyphens, no hyphen at either end",
  /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
);
/** https://cloud.google.com/storage/docs/buckets#naming */
const BUCKET_SAYS =
  "a Cloud Storage bucket: 3 to 63 lower-case letters, digits, - and _, or up to 222 with dots between such parts, and no IP address";
const isBucketName = (value: string): boolean =>
  /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(value) &&
  value.split(".").every((part) => /^[a-z0-9_-]{1,63}$/.test(part)) &&
  !/^(\d{1,3}\.){3}\d{1,3}$/.test(value);
export const optionalBucketName = text(BUCKET_SAYS, isBucketName, true);
/** `_` would stand for every bucket. */
export const bucketOrSuffix = text(
  `${BUCKET_SAYS}; or a name_suffix`,
  (value) => isBucketName(value) || /^[a-z0-9]{1,2}$/.test(value),
);
/** The driver takes them as one text, with commas between. */
export const mountOption = text(
  "an option of Cloud Storage FUSE without commas and spaces, such as implicit-dirs or only-dir=models",
  /^[A-Za-z0-9][^\s,"\\]{0,254}$/,
);
