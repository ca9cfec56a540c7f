import { postgresByKubeBlocks } from "./database-place";
import { usesRedisIn } from "./redis-place";
import { defaults, type Variables } from "./variables";
import { qdrantByKubeBlocks, VECTORS_CHOICE } from "./vectors-place";

/** The variables that say what KubeBlocks runs. */
export const KUBEBLOCKS_CHOICE = [
  "data_services",
  "redis_host",
  "redis_service",
  "redis_moves_from",
  ...VECTORS_CHOICE,
] as const;

type Choice = Pick<Variables, (typeof KUBEBLOCKS_CHOICE)[number]>;

/** The databases as `data_services` and `kubeblocks_clusters` name them. */
const DATABASES = ["postgresql", "qdrant", "redis"] as const;
type DatabaseName = (typeof DATABASES)[number];

/** @returns databases that KubeBlocks runs, or that something is moved away from */
export function byKubeBlocks(v: Choice): readonly DatabaseName[] {
  return [
    ...(postgresByKubeBlocks(v) ? (["postgresql"] as const) : []),
    ...(qdrantByKubeBlocks(v) ? (["qdrant"] as const) : []),
    // Without enable_redis as well, which a rule refuses: that Redis is asked for, so nothing should say that its settings are unused.
    ...(usesRedisIn("kubeblocks", { ...v, enable_redis: true }) ? (["redis"] as const) : []),
  ];
}

/** @returns databases with settings of their own in `kubeblocks_clusters` */
export function sizedForKubeBlocks({
  kubeblocks_clusters: given,
}: Pick<Variables, "kubeblocks_clusters">): readonly DatabaseName[] {
  return DATABASES.filter((name) => JSON.stringify(given[name]) !== JSON.stringify(defaults.kubeblocks_clusters[name]));
}

/** @returns what a file has to set to have KubeBlocks run these databases, in addition to those that it runs, as messages say it */
export function toHaveKubeBlocksRun(
  names: readonly DatabaseName[],
  v: Pick<Variables, "data_services" | "vector_store">,
): string {
  const all = DATABASES.filter((name) => names.includes(name) || v.data_services[name] === "kubeblocks");
  const services = `data_services = { ${all.map((name) => `${name} = "kubeblocks"`).join(", ")} }`;
  return names.includes("qdrant") && v.vector_store !== "qdrant" ? `${services} and vector_store = "qdrant"` : services;
}
