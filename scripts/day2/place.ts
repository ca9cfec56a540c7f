import { clustersAfter } from "../../modules/app-gke/workload/data-names";
import type { Environment } from "../../modules/dify-gke/environment";
import { Refusal } from "../acceptance/options";
import { applicationStack, type ClusterPlace, clusterIn, type Stack } from "../restore/place";

/** A database that KubeBlocks runs. */
export interface Database {
  /** As variable files name it: `qdrant`. */
  readonly name: string;
  /** Name of its `Cluster`. */
  readonly cluster: string;
  /** The name of the first one, before any was restored. */
  readonly first: string;
  /** Its kinds of pods. */
  readonly parts: readonly string[];
  /** CronJob that copies it where KubeBlocks keeps no backups. @default - there is none */
  readonly copiedBy?: string;
}

/** @returns names that a database's Clusters can have: of the first one, and of those that were restored, in order */
export function clustersOf({ first }: Pick<Database, "first">): readonly string[] {
  return clustersAfter(first);
}

/** Where an environment's databases are. */
export interface Place extends ClusterPlace {
  readonly databases: readonly Database[];
}

/** @throws Refusal if KubeBlocks runs none of its databases */
export async function placeOf(environment: Environment): Promise<Place> {
  const place = environment.variables.deploy_application ? placeIn(await applicationStack(environment)) : undefined;
  if (place && place.databases.length > 0) return place;
  throw new Refusal(
    `KubeBlocks runs no database of ${environment.name}: data_services names none, or deploy_application is false. To operate what Google ` +
      "runs, use gcloud: docs/operations.md.",
  );
}

/** Jobs of this project, by the database that they copy. */
const COPIES: Readonly<Record<string, string>> = { qdrant: "vector_backup", postgresql: "portable_backup" };

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly clusterDef: string; readonly componentSpecs: readonly { readonly name: string }[] };
}

/** @param stack the application's, as Terraform reads it */
export function placeIn(stack: Stack): Place {
  // Those of stages are in other namespaces.
  const manifests = Object.entries(stack.resource["kubernetes_manifest"] ?? {})
    .filter(([address]) => address.startsWith("app_workload_"))
    .map(([, block]) => block["manifest"] as Manifest);
  return {
    ...clusterIn(stack),
    databases: manifests
      .filter(({ apiVersion, kind }) => apiVersion.startsWith("apps.kubeblocks.io/") && kind === "Cluster")
      .map(({ metadata: { labels, name: cluster }, spec }) => {
        // Their definitions have the databases' names.
        const name = spec.clusterDef;
        const first = `${labels["app.kubernetes.io/name"] ?? ""}-${name}`;
        const job = stack.resource["kubernetes_cron_job_v1"]?.[`app_workload_${COPIES[name] ?? ""}_cron_job`];
        return {
          ...{ name, cluster, first },
          parts: spec.componentSpecs.map((part) => part.name),
          ...(job && { copiedBy: (job["metadata"] as { readonly name: string }).name }),
        };
      })
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}
