import type { artifactregistry_v1 } from "googleapis/build/src/apis/artifactregistry/v1";
import type { file_v1 } from "googleapis/build/src/apis/file/v1";
import type { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import type { sqladmin_v1 } from "googleapis/build/src/apis/sqladmin/v1";
import type { FoundCluster } from "../../modules/app-gke/google/cluster-requirements";
import type { FoundFileServer } from "../../modules/app-gke/google/file-server-requirements";
import type { FoundFilestore } from "../../modules/app-gke/google/filestore-requirements";
import { networkOf } from "../../modules/app-gke/google/in-network";
import type { FoundRegistry } from "../../modules/app-gke/google/registry-requirements";
import type { FoundSqlInstance } from "../../modules/app-gke/google/sql-requirements";

/** @returns the last part of a path or a URL, which is the name */
export function lastPart(path: string | null | undefined): string {
  return path?.split("/").pop() ?? "";
}

/** @see https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster */
export function foundCluster(answer: container_v1.Schema$Cluster): FoundCluster {
  return {
    name: answer.name ?? "",
    location: answer.location ?? "",
    autopilot: answer.autopilot?.enabled === true,
    networkPolicies:
      answer.networkConfig?.datapathProvider === "ADVANCED_DATAPATH" || answer.networkPolicy?.enabled === true,
    workloadPool: answer.workloadIdentityConfig?.workloadPool ?? undefined,
    ...networkOf(answer.networkConfig?.network ?? answer.network),
    version: answer.currentMasterVersion ?? "",
    status: answer.status ?? undefined,
    gatewayChannel: answer.networkConfig?.gatewayApiConfig?.channel ?? undefined,
    managedPrometheus: answer.monitoringConfig?.managedPrometheusConfig?.enabled ?? undefined,
    bucketVolumes: answer.addonsConfig?.gcsFuseCsiDriverConfig?.enabled ?? undefined,
    verticalAutoscaling: answer.verticalPodAutoscaling?.enabled ?? undefined,
    fleetMembership: answer.fleet?.membership ?? undefined,
    ipEndpoint: answer.controlPlaneEndpointsConfig?.ipEndpointsConfig?.enabled ?? true,
    dnsEndpoint: answer.controlPlaneEndpointsConfig?.dnsEndpointConfig?.allowExternalTraffic ?? false,
  };
}

/** @see https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances#DatabaseInstance */
export function foundSqlInstance(answer: sqladmin_v1.Schema$DatabaseInstance): FoundSqlInstance {
  return {
    name: answer.name ?? "",
    version: answer.databaseVersion ?? "",
    privateIp: answer.ipAddresses?.find(({ type }) => type === "PRIVATE")?.ipAddress ?? undefined,
    ...networkOf(answer.settings?.ipConfiguration?.privateNetwork),
    state: answer.state ?? undefined,
    activation: answer.settings?.activationPolicy ?? undefined,
    flags: Object.fromEntries(
      (answer.settings?.databaseFlags ?? []).map(({ name, value }) => [name ?? "", value ?? ""]),
    ),
  };
}

/** @see https://cloud.google.com/filestore/docs/reference/rest/v1/projects.locations.instances */
export function foundFilestore(answer: file_v1.Schema$Instance): FoundFilestore {
  const [, location = "", name = ""] = /locations\/([^/]+)\/instances\/([^/]+)$/.exec(answer.name ?? "") ?? [];
  const [network] = answer.networks ?? [];
  const options = answer.fileShares?.[0]?.nfsExportOptions ?? [];
  return {
    name,
    location,
    ...networkOf(network?.network),
    state: answer.state ?? undefined,
    ip: network?.ipAddresses?.[0],
    readOnly: options.length > 0 && options.every(({ accessMode }) => accessMode === "READ_ONLY"),
  };
}

/** @see https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories */
export function foundRegistry(answer: artifactregistry_v1.Schema$Repository): FoundRegistry {
  const { dockerRepository: docker, commonRepository: common } = answer.remoteRepositoryConfig ?? {};
  return {
    name: lastPart(answer.name),
    format: answer.format ?? "",
    mode: answer.mode ?? "",
    upstream: docker?.publicRepository ?? docker?.customRepository?.uri ?? common?.uri ?? undefined,
  };
}

/** @see https://cloud.google.com/compute/docs/reference/rest/v1/instances */
export function foundFileServer(answer: compute_v1.Schema$Instance): FoundFileServer {
  return {
    name: answer.name ?? "",
    zone: lastPart(answer.zone),
    ...networkOf(answer.networkInterfaces?.[0]?.network),
    status: answer.status ?? undefined,
  };
}
