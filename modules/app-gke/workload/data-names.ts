import type { DataAccount, DataCluster, DataClusterPart, RedisBinding } from "../application-config";
import type { Installation } from "../installation";

/**
 * Names and labels that KubeBlocks gives what it makes of a Cluster.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/labels.go
 */

/** @returns the name of a data cluster's `Cluster` */
export function dataClusterName({ applicationName }: Pick<Installation, "applicationName">, name: string): string {
  return `${applicationName}-${name}`;
}

/**
 * @returns the name of a part's Service: `<Cluster>-<component>-<service>`
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/pattern.go
 */
export function dataServiceName(
  installation: Pick<Installation, "applicationName">,
  { name }: Pick<DataCluster, "name">,
  { name: part, service }: Pick<DataClusterPart, "name" | "service">,
): string {
  return `${dataClusterName(installation, name)}-${part}-${service}`;
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
  return `${dataClusterName(installation, cluster.name)}-${part}-account-${account.replaceAll("_", "-")}`;
}

/**
 * @returns a part of a data cluster as the Redis of an application: the Service of its primary, by its short name, which is the same in
 * manifests that know no namespace
 */
export function redisOfCluster(
  installation: Pick<Installation, "applicationName">,
  clusters: readonly DataCluster[],
  name: string,
): RedisBinding {
  for (const cluster of clusters)
    for (const part of cluster.parts)
      if (part.name === name)
        return {
          host: dataServiceName(installation, cluster, part),
          port: String(part.ports[0]?.containerPort ?? ""),
          part: name,
        };
  throw new Error(`The application has its Redis in the part ${name} of a data cluster, and has none`);
}

/** @returns labels of all pods of a data cluster, or of those of a part */
export function dataLabels(cluster: string, part?: string): Record<string, string> {
  return {
    "app.kubernetes.io/managed-by": "kubeblocks",
    "app.kubernetes.io/instance": cluster,
    ...(part !== undefined && { "apps.kubeblocks.io/component-name": part }),
  };
}
