import type { Resources } from "../app-gke/application-config";
import { MESH_PROXY, type MeshSettings } from "../app-gke/workload/service-mesh";
import type { AdditionalEgress, WorkloadSettings } from "../app-gke/workload/settings";
import { backupSchedule } from "./backup-settings";
import { kubernetesName } from "./dify-settings";
import { authProxyImage } from "./images";
import { collectsMetrics } from "./monitoring";
import type { Variables } from "./variables";

/**
 * How pods run, from the documented variables.
 * @param operators name of the stack that installs operators, where plans name it
 */
export function workload(variables: Variables, operators?: string): WorkloadSettings {
  return {
    namespace: variables.namespace_name || undefined,
    existingNamespace: variables.namespace_exists,
    deploymentTimeoutSeconds: variables.deployment_timeout,
    minAvailable: variables.enable_pod_disruption_budget ? String(variables.pdb_min_available) : undefined,
    topologySpread: topologySpread(variables),
    networkSegmentation: variables.enable_network_segmentation,
    collectMetrics: collectsMetrics(variables),
    externalSecrets: externalSecrets(variables, operators),
    additionalEgress: variables.additional_egress.map(additionalEgress),
    multiCluster: variables.enable_multi_cluster_service
      ? {
          clientRanges: variables.multi_cluster_client_ranges,
          impersonateServiceAccount: variables.impersonation_service_account || undefined,
        }
      : undefined,
    serviceMesh: variables.configure_service_mesh ? serviceMesh(variables) : undefined,
    quota: quota(variables),
    authProxyImage: authProxyImage(variables.cloud_sql_proxy_version),
    kubeBlocksNamespace: variables.kubeblocks_namespace,
    kubeBlocksInstalledBy: variables.install_operators.includes("kubeblocks") ? operators : undefined,
    dataBackups: dataBackups(variables),
    imageDigests: variables.image_digests,
    bucketSidecar: sidecarOf(variables),
    sharedFiles: variables.enable_nfs
      ? { volumeName: variables.nfs_volume_name, mountPath: variables.nfs_mount_path }
      : undefined,
  };
}

function dataBackups(v: Variables): WorkloadSettings["dataBackups"] {
  if (!v.kubeblocks_backups) return undefined;
  return {
    schedule: backupSchedule(v),
    keepDays: v.backup_retention_days,
    impersonateServiceAccount: v.impersonation_service_account || undefined,
  };
}

function externalSecrets(v: Variables, operators?: string): WorkloadSettings["externalSecrets"] {
  if (v.secrets_delivery !== "external-secrets") return undefined;
  return {
    refreshInterval: goDuration(v.secrets_refresh_interval),
    operatorNamespace: v.secrets_operator_namespace,
    clusterStore: v.secret_store_name || undefined,
    installedBy: v.install_operators.includes("external-secrets") ? operators : undefined,
  };
}

/** @returns minutes or hours as the operator writes them itself, so that it has nothing to change: `1h0m0s` */
function goDuration(interval: string): string {
  const minutes = Number.parseInt(interval) * (interval.endsWith("h") ? 60 : 1);
  return minutes < 60 ? `${minutes}m0s` : `${Math.floor(minutes / 60)}h${minutes % 60}m0s`;
}

/** Ports of PostgreSQL, MySQL and Redis, with and without TLS and with Sentinel, wherever they are. */
const DATA_PORTS = [3306, 5432, 6378, 6379, 26379];

function serviceMesh(variables: Variables): MeshSettings {
  const own = Number(variables.redis_port);
  return {
    outsidePorts: Number.isInteger(own) && !DATA_PORTS.includes(own) ? [...DATA_PORTS, own] : DATA_PORTS,
    proxy: meshProxyOf(variables),
    impersonateServiceAccount: variables.impersonation_service_account || undefined,
  };
}

/** @returns what the mesh's proxy may use in each pod */
export function meshProxyOf({
  service_mesh_proxy_resources: given,
}: Pick<Variables, "service_mesh_proxy_resources">): Required<Resources> {
  return { ...MESH_PROXY, cpu: given.cpu_limit, memory: given.memory_limit };
}

/** @returns what the sidecar that mounts buckets may use */
export function sidecarOf({ gcs_fuse_resources: given }: Pick<Variables, "gcs_fuse_resources">): Required<Resources> {
  return { cpu: given.cpu_limit, memory: given.memory_limit, ephemeralStorage: given.ephemeral_storage_limit };
}

function additionalEgress(given: Variables["additional_egress"][number]): AdditionalEgress {
  const { cidr = "", namespace, component, pod_labels: labels } = given;
  return {
    components: given.components.map(kubernetesName),
    to:
      component !== undefined
        ? { type: "component", name: kubernetesName(component) }
        : namespace !== undefined
          ? { type: "pods", namespace, labels }
          : { type: "range", cidr: cidr.includes("/") ? cidr : `${cidr}/32` },
    ports: given.ports,
    protocol: given.protocol,
  };
}

/** @returns how pods are spread over zones; `undefined`: as the scheduler chooses */
function topologySpread(
  variables: Pick<Variables, "enable_topology_spread" | "topology_spread_strict">,
): WorkloadSettings["topologySpread"] {
  if (!variables.enable_topology_spread) return undefined;
  return variables.topology_spread_strict ? "strict" : "preferred";
}

function quota(variables: Variables): WorkloadSettings["quota"] {
  return variables.enable_resource_quota
    ? {
        cpuRequests: variables.quota_cpu_requests,
        cpuLimits: variables.quota_cpu_limits,
        memoryRequests: variables.quota_memory_requests,
        memoryLimits: variables.quota_memory_limits,
        maxPods: variables.quota_max_pods,
        maxServices: variables.quota_max_services,
        maxPersistentVolumeClaims: variables.quota_max_pvcs,
      }
    : undefined;
}
