import type { Blocks, StackJson } from "./synth";

type Block = Readonly<Record<string, unknown>>;

/** What tells two Google resources of one type apart, as far as they have it. */
const IDENTITY = [
  "project",
  "location",
  "region",
  "zone",
  "parent",
  "instance",
  "network",
  "bucket",
  "key_ring",
  "crypto_key_id",
  "map",
  "secret",
  "topic",
  "service",
  "service_account_id",
  "repository",
  "delivery_pipeline",
  "name",
  "name_prefix",
  "account_id",
  "secret_id",
  "repository_id",
  // Google makes up the names of alerts, checks and channels.
  "display_name",
  "role",
  "member",
  "condition",
] as const;

/** What may occur again: versions of what is named, and an API that both stacks turn on. */
const SEVERAL = new Set(["google_secret_manager_secret_version", "google_project_service"]);

/**
 * @returns what the stacks of one environment name more than once: objects of one kind, namespace and name in the cluster,
 * resources of one type and name in Google Cloud. `cluster/…` and `google/…`
 */
export function duplicateNames(stacks: readonly StackJson[]): readonly string[] {
  const names = stacks.flatMap(({ resource }) => [...clusterNames(resource), ...googleNames(resource)]);
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** @returns every object in the cluster, as `cluster/<kind>/<namespace>/<name>` */
export function clusterNames(resource: Blocks): readonly string[] {
  return Object.entries(resource)
    .filter(([type]) => type.startsWith("kubernetes_"))
    .flatMap(([type, blocks]) =>
      Object.values(blocks).map((block) => {
        const manifest = block.manifest as Block | undefined;
        const { name, namespace = "" } = ((manifest ?? block).metadata ?? {}) as Block;
        const kind = manifest ? String(manifest.kind) : type.replace(/^kubernetes_(.*?)(_v\d+)?$/, "$1");
        return ["cluster", kind, String(namespace), String(name)].join("/");
      }),
    );
}

/** @returns every resource in Google Cloud, as `google/<type>/<what tells it apart>` */
function googleNames(resource: Blocks): readonly string[] {
  return Object.entries(resource)
    .filter(([type]) => type.startsWith("google_") && !SEVERAL.has(type))
    .flatMap(([type, blocks]) =>
      Object.values(blocks).map((block) => {
        const identity = IDENTITY.flatMap((key) => (block[key] === undefined ? [] : [[key, block[key]]]));
        return ["google", type, JSON.stringify(identity)].join("/");
      }),
    );
}
