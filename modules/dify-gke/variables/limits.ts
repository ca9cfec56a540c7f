import { z } from "zod";
import { TARGET_NAME_LIMIT } from "../../app-gke/delivery/settings";
import { parseNetwork } from "../../dify-common/address-ranges";

/** What a schema allows, in words: for messages and for the reference page. */
export const wording = z.registry<{ says: string }>();

/** A text with a limit of its own. With `orEmpty` the empty text means "not set". */
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
export const region = text("a Google Cloud region such as us-central1", /^[a-z]+-[a-z]+\d{1,2}$/);
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

/** Part of every resource's name, so short. */
export const namePart = text(
  "1 to 20 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
);

const RESOURCE_NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const RESOURCE_NAME_SAYS = "up to 63 lower-case letters, digits and hyphens, first a letter, last no hyphen";
/** Name of a network, cluster, instance, address, …; empty where none is named. */
export const optionalResourceName = text(RESOURCE_NAME_SAYS, RESOURCE_NAME, true);
export const resourceName = text(RESOURCE_NAME_SAYS, RESOURCE_NAME);
/** @see TARGET_NAME_LIMIT */
export const targetName = text(
  `up to ${TARGET_NAME_LIMIT} lower-case letters, digits and hyphens, first a letter, last no hyphen: rollouts are called after it`,
  new RegExp(`^[a-z]([a-z0-9-]{0,${TARGET_NAME_LIMIT - 2}}[a-z0-9])?$`),
);
/** First part of a generated name: leaves room for what follows. */
export const baseName = text(
  "up to 40 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
);

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_LABEL_SAYS = "a DNS label: up to 63 lower-case letters, digits and hyphens, no hyphen at either end";
export const dnsLabel = text(DNS_LABEL_SAYS, DNS_LABEL);
export const optionalDnsLabel = text(DNS_LABEL_SAYS, DNS_LABEL, true);
/** Name of a job or an additional service: the application's name and a hash are added to it. */
export const workloadName = text(
  "up to 40 lower-case letters, digits and hyphens, first a letter, last no hyphen",
  /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
);

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
export const domain = text("a lower-case DNS name such as dify.example.com", DOMAIN);

const EMAIL = /^[^\s@<>,:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
export const email = text("an e-mail address", EMAIL);
export const optionalEmail = text("an e-mail address", EMAIL, true);
/** The documented modules take a bare address and IAM's form of it alike. */
export const iapUser = text(
  "an e-mail address, optionally as user:… or serviceAccount:…",
  /^((user|serviceAccount):)?[^\s@<>,:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
);
export const iapGroup = text(
  "a group's e-mail address, optionally as group:…",
  /^(group:)?[^\s@<>,:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/,
);

const isCidr = (value: string): boolean => parseNetwork(value) !== undefined;
const CIDR_SAYS = "an IPv4 range with its network address, such as 10.0.0.0/24";
export const cidr = text(CIDR_SAYS, isCidr);
export const optionalCidr = text(CIDR_SAYS, isCidr, true);
export const hostOrCidr = text(
  "a host name, an IPv4 address or an IPv4 range",
  (value) =>
    isCidr(value) ||
    isCidr(`${value}/32`) ||
    (/^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value) && !value.includes("..") && !/^[\d.]+$/.test(value)),
);

export const port = count(1, 65535);
export const cpu = text("a Kubernetes quantity of CPU: 500m, 2 or 0.5", /^(\d+(\.\d{1,3})?|\d+m)$/);
export const optionalCpu = text("a Kubernetes quantity of CPU: 500m, 2 or 0.5", /^(\d+(\.\d{1,3})?|\d+m)$/, true);
export const memory = text("a Kubernetes quantity of bytes: 512Mi or 4Gi", /^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/);
export const optionalMemory = text(
  "a Kubernetes quantity of bytes: 512Mi or 4Gi",
  /^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/,
  true,
);
export const optionalCount = text("a whole number", /^\d+$/, true);

export const environmentName = text("a letter or _, then letters, digits and _", /^[A-Za-z_][A-Za-z0-9_]*$/);
export const optionalEnvironmentName = text(
  "a letter or _, then letters, digits and _",
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  true,
);
export const secretId = text("a Secret Manager id: 1 to 255 letters, digits, - and _", /^[A-Za-z0-9_-]{1,255}$/);
export const optionalSecretId = text(
  "a Secret Manager id: 1 to 255 letters, digits, - and _",
  /^[A-Za-z0-9_-]{1,255}$/,
  true,
);
/** Environment variables by name. */
export const environmentMap = z.record(environmentName, z.string());
/** Environment variables by name, each with the Secret Manager secret that holds its value. */
export const secretMap = z.record(environmentName, secretId);

export const databaseIdentifier = text(
  "a PostgreSQL identifier: up to 63 letters, digits and _, first no digit",
  /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
);

/** Google Cloud's rules, less the labels that every resource gets from here. */
export const resourceLabels = z
  .record(
    text("a lower-case letter, then up to 62 lower-case letters, digits, - and _", /^[a-z][a-z0-9_-]{0,62}$/),
    text("up to 63 lower-case letters, digits, - and _", /^[a-z0-9_-]{0,63}$/),
  )
  .refine((labels) => Object.keys(labels).length <= 60)
  .register(wording, { says: "at most 60 labels" });

const QUALIFIED_NAME = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const qualifiedName = text("a Kubernetes name such as example.com/team", QUALIFIED_NAME);
export const kubernetesLabels = z.record(
  qualifiedName,
  text("up to 63 letters, digits, -, _ and .", /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/),
);
export const kubernetesAnnotations = z.record(qualifiedName, z.string());

export const networkTag = text(
  "a network tag: up to 63 lower-case letters, digits and hyphens, first a letter",
  RESOURCE_NAME,
);

const FIELDS: readonly (readonly [minimum: number, maximum: number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];

/** @returns whether a text is a cron expression of five numeric fields. */
function isCron(value: string): boolean {
  const fields = value.trim().split(/\s+/);
  return (
    fields.length === FIELDS.length &&
    fields.every((field, index) => {
      const [minimum = 0, maximum = 0] = FIELDS[index] ?? [];
      return field.split(",").every((part) => {
        const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
        if (!match) return false;
        const groups: readonly (string | undefined)[] = match.slice(1);
        const [from, to, step] = groups.map((digits) => (digits === undefined ? undefined : Number(digits)));
        const inside = (number?: number): boolean => number === undefined || (number >= minimum && number <= maximum);
        return inside(from) && inside(to) && (to === undefined || (from ?? 0) <= to) && step !== 0;
      });
    })
  );
}
const CRON_SAYS = "a cron expression of five fields, such as 0 2 * * *";
export const cron = text(CRON_SAYS, isCron);
export const optionalCron = text(CRON_SAYS, isCron, true);

/** Secret Manager takes no rotation period under an hour. */
export const rotationPeriod = text(
  "seconds with the suffix s, from 3600s to 3153600000s",
  (value) => /^\d{1,10}s$/.test(value) && Number.parseInt(value) >= 3600 && Number.parseInt(value) <= 3_153_600_000,
);
export const duration = text("seconds with the suffix s, such as 60s", /^[1-9]\d{0,5}s$/);

export const absolutePath = text("an absolute path", /^\/([^/\s]+\/)*([^/\s]+)?$/);
/** One that everybody reads alike: nothing encoded, no part that stands for another directory. */
export const plainPath = text(
  "a path other than /, of letters, digits, ., _, ~ and -, without . or .. as a part",
  /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+\/?$/,
);
export const mountPath = text("an absolute path other than /", /^(\/[^/\s]+)+\/?$/);
const IMAGE = /^[a-z0-9][A-Za-z0-9._:/@-]{0,254}$/;
export const image = text("a container image such as langgenius/dify-api:1.16.1", IMAGE);
export const optionalImage = text("a container image such as langgenius/dify-api:1.16.1", IMAGE, true);
export const imageDigest = text("sha256: and 64 hexadecimal digits", /^sha256:[0-9a-f]{64}$/);
export const imageTag = text("a container image's tag", /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
export const bucketSuffix = text(
  "up to 40 lower-case letters, digits and hyphens, no hyphen at either end",
  /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
);
export const optionalBucketName = text(
  "a Cloud Storage bucket: 3 to 63 lower-case letters, digits, ., - and _",
  /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
  true,
);
