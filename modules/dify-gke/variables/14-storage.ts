import { z } from "zod";
import { dataServices } from "./data-services";
import { group, variable } from "./definition";
import { KEY_PURPOSES } from "../../app-gke/google/encryption";
import { BUCKET_SIDECAR } from "../../app-gke/workload/bucket-volumes";
import {
  bucketOrSuffix,
  bucketSuffix,
  count,
  cpu,
  date,
  dnsLabel,
  kmsKeyName,
  keyRing,
  keyRotationPeriod,
  memory,
  mountOption,
  mountPath,
  text,
} from "./limits";
import { apiLivenessProbe, startupProbe } from "./probe";

const storageClass = z.enum(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"]);

const lifecycleRule = z.strictObject({
  action: z.strictObject({
    type: z.enum(["Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"]),
    storage_class: storageClass.optional(),
  }),
  condition: z.strictObject({
    age: z.int().min(0).optional().describe("Days since the object was made."),
    created_before: date.optional(),
    with_state: z.enum(["LIVE", "ARCHIVED", "ANY"]).optional(),
    matches_storage_class: z.array(storageClass).optional(),
    num_newer_versions: z.int().min(0).optional(),
    days_since_noncurrent_time: z.int().min(0).optional(),
  }),
});

const cors = z.strictObject({
  origin: z.array(z.string()).default([]),
  method: z.array(z.string()).default([]),
  response_header: z.array(z.string()).default([]),
  max_age_seconds: z.int().min(0).default(3600),
});

const bucket = z.strictObject({
  name_suffix: bucketSuffix,
  location: text("a region, or US, EU or ASIA", /^([a-zA-Z]+-[a-zA-Z]+\d{1,2}|[A-Za-z]{2,4}\d?)$/, true)
    .default("")
    .describe("Empty: `region`."),
  storage_class: storageClass.default("STANDARD"),
  force_destroy: z.boolean().default(false).describe("Deletes the objects with the bucket."),
  versioning_enabled: z.boolean().default(true),
  lifecycle_rules: z.array(lifecycleRule).default([]),
  public_access_prevention: z.enum(["enforced", "inherited"]).default("enforced"),
  uniform_bucket_level_access: z.boolean().default(true),
  cors: z.array(cors).default([]),
});

const volume = z.strictObject({
  name: dnsLabel,
  bucket_name: bucketOrSuffix.describe("The bucket, by its full name or by a suffix from `storage_buckets`."),
  mount_path: mountPath,
  readonly: z.boolean().default(false).describe("Pods may not change objects."),
  mount_options: z.array(mountOption).default(["implicit-dirs", "stat-cache-ttl=60s", "type-cache-ttl=60s"]),
});

/** Group 14: buckets, images, and (as documented) the probes. */
export const storage = group(14, {
  create_cloud_storage: variable({
    description: "`false` leaves out `storage_buckets`. Dify's own bucket is always there.",
    schema: z.boolean(),
    default: true,
  }),
  storage_buckets: variable({
    description: "Buckets in addition to Dify's own.",
    schema: z.array(bucket),
    default: [{ name_suffix: "data" }],
  }),
  gcs_volumes: variable({
    description:
      "Buckets that API and worker see as directories, through Cloud Storage FUSE. Jobs and services mount them by name.",
    schema: z.array(volume),
    default: [],
  }),
  gcs_fuse_resources: variable({
    documented: false,
    description:
      "What the sidecar that mounts `gcs_volumes` may use, in each pod that mounts some. Its disk holds files that are not written from beginning to end, and a file cache.",
    schema: z.strictObject({
      cpu_limit: cpu.default(BUCKET_SIDECAR.cpu),
      memory_limit: memory.default(BUCKET_SIDECAR.memory),
      ephemeral_storage_limit: memory.default(BUCKET_SIDECAR.ephemeralStorage),
    }),
    default: {},
  }),
  manage_storage_kms_iam: variable({
    description: "Encrypts the buckets with a key of your own: `buckets` in `customer_managed_keys`.",
    schema: z.boolean(),
    default: false,
  }),
  enable_artifact_registry_cmek: variable({
    description: "Encrypts the images with a key of your own: `images` in `customer_managed_keys`.",
    schema: z.boolean(),
    default: false,
  }),
  customer_managed_keys: variable({
    documented: false,
    description:
      "What is encrypted with keys of your own in Cloud KMS, one for each entry. `files`: the file server's disks and their snapshots. `nodes`: boot disks of the cluster. `cluster`: Kubernetes Secrets. `secrets`: Secret Manager. `messages`: Pub/Sub. `logs`: the log bucket of `log_retention_days`. `all`: everything. An instance, a disk, a cluster's nodes, a repository and a log bucket keep what they were created with.",
    schema: z.array(z.enum(["all", ...KEY_PURPOSES])),
    default: [],
  }),
  vector_store: variable({
    documented: false,
    description:
      "Where the vectors of knowledge are: in Dify's own database (`pgvector`), or in a Qdrant or a Weaviate that runs in the cluster, with disks of its own.",
    schema: z.enum(["pgvector", "qdrant", "weaviate"]),
    default: "pgvector",
  }),
  vector_store_replicas: variable({
    documented: false,
    description:
      "Pods of `vector_store` in the cluster, an odd number. From three on, each vector is on two of them. A lower number is refused without `vector_store_drained_from`.",
    schema: count(1, 9),
    default: 1,
  }),
  vector_store_drained_from: variable({
    documented: false,
    description:
      "Number of pods from which `vector_store_replicas` may be lowered, once the pods that go hold nothing. Take it out after that apply.",
    schema: count(3, 9).nullable(),
    default: null,
  }),
  vector_store_disk_gb: variable({
    documented: false,
    description: "Disk of each pod of `vector_store` in GB. It can grow, and a plan refuses a smaller one.",
    schema: count(10, 65536),
    default: 20,
  }),
  vector_store_moves_from: variable({
    documented: false,
    description:
      "The store that vectors were in before: it stays until this is taken out, and the job `vector-migration` moves them. `nothing` discards them. Another `vector_store` without it is refused.",
    schema: z.enum(["pgvector", "qdrant", "weaviate", "nothing"]).nullable(),
    default: null,
  }),
  ...dataServices,
  kms_key_ring: variable({
    documented: false,
    description:
      "Existing key ring in `region`, also in another project, with the keys of `customer_managed_keys`, each named like its entry. Keys for other locations are in rings of the same name there. Empty: ring and keys are created here.",
    schema: keyRing,
    default: "",
  }),
  kms_key_names: variable({
    documented: false,
    description: "Names of the keys in `kms_key_ring` that are not named like their entry in `customer_managed_keys`.",
    schema: z.strictObject(
      Object.fromEntries(KEY_PURPOSES.map((purpose) => [purpose, kmsKeyName.optional()])) as Record<
        (typeof KEY_PURPOSES)[number],
        z.ZodOptional<typeof kmsKeyName>
      >,
    ),
    default: {},
  }),
  create_kms_grants: variable({
    documented: false,
    description:
      "Gives Google's service agents of this project the right to use the keys of `kms_key_ring`. `false`: the owner of the keys does that.",
    schema: z.boolean(),
    default: true,
  }),
  kms_rotation_period: variable({
    documented: false,
    description:
      "Time after which a key that is created here gets a new version. Older versions stay, because what they encrypted needs them.",
    schema: keyRotationPeriod,
    default: "7776000s",
  }),
  max_images_to_retain: variable({
    description: "Newest versions of an image that are always kept. 0: none in particular.",
    schema: count(0, 1000),
    default: 7,
  }),
  delete_untagged_images: variable({
    description: "Deletes images without a tag.",
    schema: z.boolean(),
    default: true,
  }),
  image_retention_days: variable({
    description: "Days after which an image may be deleted. 0: never because of its age.",
    schema: count(0, 36500),
    default: 30,
  }),
  startup_probe: variable({
    description: "When the API counts as started. Before that it gets no requests.",
    schema: startupProbe,
    default: { path: "/health", initial_delay_seconds: 30, failure_threshold: 30 },
  }),
  liveness_probe: variable({
    description: "When the API counts as failed and is restarted.",
    schema: apiLivenessProbe,
    default: { path: "/health", initial_delay_seconds: 30, failure_threshold: 3 },
  }),
});
