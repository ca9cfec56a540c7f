import type {
  DataAccount,
  DataCluster,
  DataClusterPart,
  DataRedis,
  RedisBinding,
  RedisSentinels,
} from "../application-config";
import { RESTORED_MOST } from "../data-cluster";
import type { Installation } from "../installation";

/**
 * Names and labels that KubeBlocks gives what it makes of a Cluster.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/labels.go
 */

/** @returns the name of a data cluster's `Cluster` */
export function dataClusterName(
  { applicationName }: Pick<Installation, "applicationName">,
  { name, restored }: Pick<DataCluster, "name" | "restored">,
): string {
  return restoredName(`${applicationName}-${name}`, restored?.number ?? 0);
}

/** @returns names that the Clusters of a database can have: the first one, and those that were restored */
export function dataClusterNames(
  installation: Pick<Installation, "applicationName">,
  { name }: Pick<DataCluster, "name">,
): readonly string[] {
  return clustersAfter(dataClusterName(installation, { name }));
}

/** @returns names of all Clusters that a database may have, in the order of their numbers @param first the name of the first one */
export function clustersAfter(first: string): readonly string[] {
  return Array.from({ length: RESTORED_MOST + 1 }, (_, number) => restoredName(first, number));
}

/** @returns the name of a first or restored Cluster @param first the name of the first one @param restored its number; 0 is the first one */
export function restoredName(first: string, restored: number): string {
  return restored === 0 ? first : `${first}-r${restored}`;
}

/**
 * @returns patterns (RE2) for the beginnings of pods' names, before `-<number>`. They cover all Clusters of the database: one that
 * is no longer in use still has disks, and a stage uses its first one
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/controller/instanceset/instance_util.go
 */
export function dataPodOwners(
  installation: Pick<Installation, "applicationName">,
  { name, parts }: Pick<DataCluster, "name"> & { readonly parts: readonly Pick<DataClusterPart, "name">[] },
): readonly string[] {
  return parts.map((part) => `${dataClusterName(installation, { name })}(-r[0-9])?-${part.name}`);
}

/**
 * @returns the name of a part's Service: `<Cluster>-<component>-<service>`
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/pattern.go
 */
export function dataServiceName(
  installation: Pick<Installation, "applicationName">,
  cluster: Pick<DataCluster, "name" | "restored">,
  { name: part, service }: Pick<DataClusterPart, "name" | "service">,
): string {
  return `${dataClusterName(installation, cluster)}-${part}-${service}`;
}

/**
 * @returns the name of the Secret with a login: `<Cluster>-<component>-account-<account>`
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/pattern.go#L35
 */
export function dataAccountSecret(
  installation: Pick<Installation, "applicationName">,
  clusters: readonly DataCluster[],
  { account, part }: Omit<DataAccount, "key">,
): string {
  const cluster = clusters.find(({ parts }) => parts.some(({ name }) => name === part));
  if (!cluster) throw new Error(`No data cluster has a part ${part}, so it has no account ${account}`);
  return `${dataClusterName(installation, cluster)}-${part}-account-${account.replaceAll("_", "-")}`;
}

/**
 * @returns a part of a data cluster as the Redis of an application: the Service of its primary, by its short name, because
 * manifests of releases do not contain the namespace
 */
export function redisOfCluster(
  installation: Pick<Installation, "applicationName">,
  clusters: readonly DataCluster[],
  { part: name, sentinels: others }: DataRedis,
): RedisBinding {
  for (const cluster of clusters)
    for (const part of cluster.parts)
      if (part.name === name)
        return {
          host: dataServiceName(installation, cluster, part),
          port: portOf(part),
          part: name,
          ...(others !== undefined && { sentinels: sentinelsOf(installation, cluster, name, others) }),
        };
  throw new Error(`The application has its Redis in the part ${name} of a data cluster, and has none`);
}

/**
 * @returns each sentinel by a name of its own, and the primary as the addon calls it
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/redis/scripts/redis-register-to-sentinel.sh
 */
function sentinelsOf(
  installation: Pick<Installation, "applicationName">,
  cluster: DataCluster,
  redis: string,
  name: string,
): RedisSentinels {
  const part = cluster.parts.find((one) => one.name === name);
  if (!part) throw new Error(`Redis has its sentinels in the part ${name} of its data cluster, and that has none`);
  const all = `${dataClusterName(installation, cluster)}-${name}`;
  return {
    addresses: Array.from({ length: part.replicas }, (_, index) => `${all}-${index}.${all}-headless:${portOf(part)}`),
    primary: `${dataClusterName(installation, cluster)}-${redis}`,
  };
}

function portOf({ ports: [first] }: DataClusterPart): string {
  return String(first?.containerPort ?? "");
}

/** @returns labels of all pods of a data cluster, or of those of a part */
export function dataLabels(cluster: string, part?: string): Record<string, string> {
  return {
    "app.kubernetes.io/managed-by": "kubeblocks",
    "app.kubernetes.io/instance": cluster,
    ...(part !== undefined && { "apps.kubeblocks.io/component-name": part }),
  };
}
