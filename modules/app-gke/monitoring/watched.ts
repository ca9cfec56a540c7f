import type { ApplicationConfig } from "../application-config";
import type { MonitoredResource } from "../google/metrics";
import { dataDiskName } from "../google/data-disk-name";
import { natGatewayName } from "../google/nat-addresses";
import { connectionsWith } from "../google/sql-connections";
import type { SharedServices } from "../google/shared-services";
import { limitName } from "../installation";
import { type OwnWorkloads, podNames } from "./own-workloads";
import { onCloudSql } from "../workload/data-database";
import { AUTH_PROXY_METRICS } from "../workload/metrics-port";

/** What Google's own log entries belong to. @see https://cloud.google.com/logging/docs/api/v2/resource-list */
export type LoggedResource =
  | "cloudsql_database"
  | "gce_disk"
  | "gce_instance"
  | "k8s_container"
  | "k8s_cluster"
  | "clouddeploy.googleapis.com/DeliveryPipeline"
  | "certificatemanager.googleapis.com/Project";

/** What belongs to an environment, so that no filter finds another one's. */
export interface Watched {
  readonly cluster: { readonly name: string; readonly location: string };
  /** Namespaces of the environment itself and of its stages. */
  readonly namespaces: readonly string[];
  /** What runs of it, where the namespace is somebody else's. @default - all that runs in the namespaces */
  readonly own?: OwnWorkloads;
  /** `project:instance`. @default - no database */
  readonly database?: string;
  /** Names of all buckets. @default [] */
  readonly buckets?: readonly string[];
  /** What the names of the file server's VMs begin with. @default - it is not made here */
  readonly fileServer?: string;
  /** Whether Redis is on it. @default false */
  readonly redisOnFileServer?: boolean;
  /** Name of the NAT gateway. @default - it is not made here */
  readonly nat?: string;
  /** How many connections the database takes. @default - not known */
  readonly databaseConnections?: number;
  /** Name of the pods' volume with the shared files. @default - there are none */
  readonly sharedVolume?: string;
  /** Whether pods of StatefulSets run. @default false */
  readonly statefulSets?: boolean;
  /** Disks that pods have of their own. @default - there are none */
  readonly ownDisks?: OwnDisks;
  /** PromQL name of a metric that counts requests by status. @default - requests are not logged */
  readonly requestMetric?: string;
  /** PromQL name of a histogram of the seconds until requests are answered. @default - requests are not logged */
  readonly firstByteMetric?: string;
  /** Ids of uptime checks with HTTPS. @default [] */
  readonly checkIds?: readonly string[];
  /** Name of the Cloud Armor policy. @default - there is none */
  readonly firewallPolicy?: string;
  /** Name of the topic that Secret Manager sends reminders to. @default - there is none */
  readonly rotationTopic?: string;
  /** Names of metrics of components that are collected. @default [] */
  readonly measured?: readonly string[];
  /** Metric of databases' sizes, as reported, in PromQL. @default - nothing reports them */
  readonly databaseSizeMetric?: string;
  /** Name of the disk with the shared files. @default - it is not made here */
  readonly dataDisk?: string;
  /** Its delivery pipeline. @default - there is none */
  readonly pipeline?: { readonly name: string; readonly location: string };
  /** What the names of its certificates begin with. @default - there are none */
  readonly certificates?: string;
  /** Pattern (RE2) of lines with errors in its components' logs. @default - they are not told apart */
  readonly errorLines?: string;
  /** The job that writes a backup each day, and what it logs when it is done. @default - there is none */
  readonly dailyBackup?: { readonly container: string; readonly namespace: string; readonly line: string };
  /** The same for the job that tests a backup each month. @default - there is none */
  readonly monthlyRehearsal?: Watched["dailyBackup"];
}

/** Pods with disks of their own, and names of these disks in them. */
export interface OwnDisks {
  /** What pods' names begin with, before `-<number>`: StatefulSets, and parts of data clusters. Patterns (RE2). */
  readonly owners: readonly string[];
  readonly volumes: readonly string[];
}

export interface WatchedProps {
  readonly projectId: string;
  readonly services: SharedServices;
  /** Of the environment itself and of its stages. */
  readonly namespaces: readonly string[];
  readonly buckets: readonly string[];
  /** What runs of it, where the namespace is somebody else's. @default - all that runs in the namespaces */
  readonly own?: OwnWorkloads;
  /** Whether Redis is on the file server, if that is made here. */
  readonly redisOnFileServer: boolean;
  /** @default - there are none */
  readonly sharedVolume?: string;
  /** Whether pods of StatefulSets run. @default false */
  readonly statefulSets?: boolean;
  /** Disks that pods have of their own. @default - there are none */
  readonly ownDisks?: OwnDisks;
  /** Name of the Cloud Armor policy. @default - there is none */
  readonly firewallPolicy?: string;
  /** Name of the topic that Secret Manager sends reminders to. @default - there is none */
  readonly rotationTopic?: string;
  /** Names of metrics of components that are collected. @default [] */
  readonly measured?: readonly string[];
  /** Its delivery pipeline. @default - there is none */
  readonly pipeline?: { readonly name: string; readonly location: string };
  /** What the names of its certificates begin with. @default - there are none */
  readonly certificates?: string;
  /** Pattern (RE2) of lines with errors in its components' logs. @default - they are not told apart */
  readonly errorLines?: string;
  /** The job that writes a backup each day. @default - there is none */
  readonly dailyBackup?: Watched["dailyBackup"];
  /** The job that tests a backup each month. @default - there is none */
  readonly monthlyRehearsal?: Watched["dailyBackup"];
}

/** @returns names of what an application's components and their Auth Proxies measure */
export function metricsOf({ components, database }: Pick<ApplicationConfig, "components" | "database">) {
  return [
    ...components.flatMap(({ metrics }) => metrics?.names ?? []),
    ...(onCloudSql(database) ? AUTH_PROXY_METRICS : []),
  ];
}

/** @returns what belongs to an environment, including the shared services in `services` */
export function watchedOf({ projectId, services, redisOnFileServer, ...own }: WatchedProps): Watched {
  const { cluster, fileServer, network, sql } = services;
  return {
    ...own,
    cluster,
    databaseConnections: sql?.create ? connectionsWith(sql.tier, sql.databaseFlags) : undefined,
    database: sql && `${projectId}:${sql.name}`,
    fileServer: fileServer?.create ? `${limitName(fileServer.name, 58)}-` : undefined,
    redisOnFileServer: redisOnFileServer && fileServer?.create === true,
    dataDisk: fileServer?.create ? dataDiskName(fileServer.name) : undefined,
    // A host project's NAT gateway has its metrics there.
    nat:
      network.projectId === undefined && (network.create || network.createNat)
        ? natGatewayName(network.subnetwork.name)
        : undefined,
  };
}

/**
 * @returns a filter for the environment's own resources of a kind; `undefined` where it has none
 * @see https://cloud.google.com/monitoring/api/v3/filters
 */
export function watchedFilter(resource: MonitoredResource, watched: Watched): string | undefined {
  const conditions = conditionsOf(resource, watched);
  return conditions && [`resource.type = "${resource}"`, ...conditions].join(" AND ");
}

function conditionsOf(resource: MonitoredResource, watched: Watched): readonly string[] | undefined {
  const { buckets = [], cluster, database, fileServer, namespaces, nat, own } = watched;
  const pods = (label: string) => (own ? [`${label} = monitoring.regex.full_match("${podNames(own)}")`] : []);
  switch (resource) {
    case "k8s_container":
    case "k8s_pod":
      return [
        ...inCluster("cluster_name", cluster),
        among("resource.labels.namespace_name", namespaces),
        ...pods("resource.labels.pod_name"),
      ];
    case "prometheus_target":
      return [
        ...inCluster("cluster", cluster),
        among("resource.labels.namespace", namespaces),
        // A label that Managed Service for Prometheus adds, unless a PodMonitoring says otherwise.
        ...pods("metric.labels.pod"),
      ];
    case "cloudsql_database":
      return database === undefined ? undefined : [`resource.labels.database_id = "${database}"`];
    case "gcs_bucket":
      return buckets.length === 0 ? undefined : [among("resource.labels.bucket_name", buckets)];
    case "gce_instance":
      return fileServer === undefined ? undefined : [`metric.labels.instance_name = starts_with("${fileServer}")`];
    case "nat_gateway":
      return nat === undefined ? undefined : [`resource.labels.gateway_name = "${nat}"`];
  }
}

function inCluster(label: string, { name, location }: Watched["cluster"]): readonly string[] {
  return [`resource.labels.${label} = "${name}"`, `resource.labels.location = "${location}"`];
}

function among(label: string, values: readonly string[]): string {
  const [first, ...others] = values.map((value) => `"${value}"`);
  return others.length === 0 ? `${label} = ${first}` : `${label} = one_of(${[first, ...others].join(", ")})`;
}
