import { hasBackupBucket } from "../backup-settings";
import { hasGateway } from "../front-door";
import { installationOf } from "../installation";
import { FILES_CHOICE } from "../files-place";
import { REDIS_CHOICE, usesRedisIn } from "../redis-place";
import { sharedServices } from "../shared-services";
import { collisions } from "./collisions";
import { DESIGN, type Rule } from "./rule";

/** Variables that name something existing. */
const NAMES = [
  "static_ip_name",
  "cloud_build_worker_pool",
  "redis_password_secret",
  "image_mirror_repository",
  "state_bucket",
] as const;

/** These, compared with the name of what is created here instead. */
const madeHere = collisions(
  {
    id: "made-here-stays-unnamed",
    what: "The name of something that this project creates, where something existing is named",
    why: "It would not be created, or would be destroyed if an earlier apply created it.",
    risk: "Critical",
    variables: [
      "static_ip_name",
      "cloud_build_worker_pool",
      "redis_password_secret",
      "image_mirror_repository",
      "enable_image_mirroring",
      "state_bucket",
      "storage_buckets",
      "enable_portable_backups",
      "kubeblocks_backups",
      "create_cloud_storage",
      "nfs_instance_base_name",
      "nfs_instance_name",
    ],
    source: DESIGN,
  },
  (v, environment) => {
    // Most files name none of them.
    if (NAMES.every((name) => v[name] === "")) return [];
    const installation = installationOf(environment, v);
    const { projectId, region, resourcePrefix } = installation;
    const { fileServer } = sharedServices({ ...v, nfs_instance_name: "" }, installation);
    const more = hasBackupBucket(v) ? ["backups"] : [];
    const buckets = ["storage", "delivery", ...more, ...v.storage_buckets.map(({ name_suffix }) => name_suffix)];
    const made: readonly (readonly [(typeof NAMES)[number], readonly (string | undefined)[]])[] = [
      ["static_ip_name", [`${resourcePrefix}-${hasGateway(v) ? "gateway" : "entry"}`]],
      ["cloud_build_worker_pool", [`projects/${projectId}/locations/${region}/workerPools/${resourcePrefix}`]],
      [
        "redis_password_secret",
        [fileServer?.redisPasswordSecret, `${resourcePrefix}-redis-password`, `${resourcePrefix}-memorystore-password`],
      ],
      ["image_mirror_repository", [sharedServices({ ...v, image_mirror_repository: "" }, installation).registry?.name]],
      ["state_bucket", buckets.map((suffix) => `${resourcePrefix}-${suffix}`)],
    ];
    return made
      .filter(([name, names]) => names.some((own) => own === v[name]))
      .map(([name]) => ({ subject: name, fact: `is ${v[name]}, which this project creates` }));
  },
  "what is named counts as somebody else's, so it would not be created, or would be destroyed if an earlier apply created it. Leave it empty, or name another one.",
);

const fileServerName = collisions(
  {
    id: "file-server-name-free",
    what: "An `nfs_instance_base_name` that gives two secrets the same name",
    why: "The second of the two could not be created, and the apply would stop half-way.",
    risk: "High",
    variables: [
      "nfs_instance_base_name",
      "nfs_instance_name",
      ...FILES_CHOICE,
      ...REDIS_CHOICE,
      "redis_password_secret",
      "application_name",
      "tenant_id",
    ],
    source: DESIGN,
  },
  (v, environment) => {
    const installation = installationOf(environment, v);
    const { fileServer } = sharedServices(v, installation);
    const both = fileServer?.create === true && usesRedisIn("external", v) && v.redis_password_secret === "";
    return both && fileServer.name === installation.resourcePrefix
      ? [
          {
            subject: "nfs_instance_base_name",
            fact: `is "${v.nfs_instance_base_name}", so the password of the file server's Redis and that of redis_host would be the same secret, ${installation.resourcePrefix}-redis-password`,
          },
        ]
      : [];
  },
  "the second of the two could not be created, and the apply would stop half-way. Set nfs_instance_base_name to another name, such as app-nfs.",
);

/** Names of what is created here that collide with each other. */
export const madeHereRules: readonly Rule[] = [madeHere, fileServerName];
