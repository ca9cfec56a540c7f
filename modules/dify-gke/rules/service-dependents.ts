import { hasBackupBucket } from "../backup-settings";
import { postgresByKubeBlocks } from "../database-place";
import { GATEWAY, hasGateway } from "../front-door";
import { FILES_CHOICE, makesFilestore } from "../files-place";
import { byKubeBlocks, KUBEBLOCKS_CHOICE, sizedForKubeBlocks, toHaveKubeBlocksRun } from "../kubeblocks-used";
import { REDIS_CHOICE } from "../redis-place";
import { createsFileServer, usesFileServer } from "../shared-services";
import type { VariableName, Variables } from "../variables";
import { ownVectorStore, qdrantByKubeBlocks, VECTORS_CHOICE, vectorsInCluster } from "../vectors-place";

/** A variable that counts only together with another one. */
export interface Dependent {
  readonly variables: readonly VariableName[];
  /** The variables that decide. */
  readonly on: readonly VariableName[];
  readonly counts: (v: Variables, variable: VariableName) => boolean;
  /** The setting that gives it an effect, for a message after "unless you set". @default - no setting does */
  readonly set?: string | ((v: Variables) => string | undefined);
  /** Why it has no effect if no setting helps, for a message after "has no effect:". @default - a setting always helps */
  readonly because?: string;
}

/** What is named exists already. To have it created is no way out where nothing is to be created. */
function unnamed(name: VariableName, what: string): Pick<Dependent, "set" | "because"> {
  return {
    set: (v) => (v.require_services_gcp_module ? undefined : `${name} = ""`),
    because: `${name} names ${what} that exists already, and what exists is never changed`,
  };
}

/** What an existing cluster has already, whatever else is created next to it. */
const OF_A_NEW_CLUSTER: readonly VariableName[] = [
  "gke_release_channel",
  "master_authorized_networks",
  "network_tags",
  "prereq_gke_master_cidr_override",
];
/** What both backups depend on: the database's, and the snapshots of the file server's disk. */
const OF_BACKUPS: readonly VariableName[] = ["backup_schedule", "backup_retention_days"];
/** What needs shared files, not only Redis on their server. */
const OF_SHARED_FILES: readonly VariableName[] = [
  "nfs_mount_path",
  "nfs_volume_name",
  "filestore_name",
  "filestore_tier",
  "files_move_from",
];

/** Settings of shared services, which count where the service is created, or where it is named. */
export const serviceDependents: readonly Dependent[] = [
  {
    variables: ["multi_cluster_client_ranges"],
    on: ["enable_multi_cluster_service", ...GATEWAY],
    // Without a gateway the Service takes connections from everywhere.
    counts: (v) => v.enable_multi_cluster_service && hasGateway(v),
    set: "enable_multi_cluster_service = true and enable_cloud_armor = true",
  },
  {
    variables: [
      "backup_location",
      "database_type",
      "sql_edition",
      "sql_database_flags",
      "sql_connection_pooling",
      "sql_read_pool_nodes",
      "sql_instance_base_name",
      "sql_availability_type",
      "sql_disk_size_gb",
      ...OF_BACKUPS,
    ],
    on: [
      "sql_instance_name",
      "data_services",
      "enable_portable_backups",
      "kubeblocks_backups",
      "nfs_instance_name",
      ...FILES_CHOICE,
      ...REDIS_CHOICE,
      ...VECTORS_CHOICE,
    ],
    counts: (v, name) =>
      (v.sql_instance_name === "" && !postgresByKubeBlocks(v)) ||
      // What else Cloud SQL would have, is refused.
      (postgresByKubeBlocks(v) && !OF_BACKUPS.includes(name)) ||
      (OF_BACKUPS.includes(name) && (createsFileServer(v) || vectorsInCluster(v) || hasBackupBucket(v))),
    ...unnamed("sql_instance_name", "an SQL instance"),
  },
  {
    variables: ["portable_backup_location"],
    on: ["kubeblocks_backups", "enable_portable_backups"],
    counts: hasBackupBucket,
    set: "enable_portable_backups = true",
  },
  {
    variables: [
      "nfs_instance_base_name",
      "nfs_machine_type",
      "nfs_disk_size_gb",
      "nfs_redis_guests",
      "redis_password_overlap_hours",
      "create_file_server_firewall",
    ],
    on: ["nfs_instance_name"],
    counts: (v) => v.nfs_instance_name === "",
    ...unnamed("nfs_instance_name", "a file server"),
  },
  {
    variables: [
      ...OF_SHARED_FILES,
      "nfs_share_path",
      "nfs_instance_name",
      "nfs_instance_zone",
      "nfs_instance_base_name",
      "nfs_machine_type",
      "nfs_disk_size_gb",
      "nfs_redis_guests",
      "redis_password_overlap_hours",
      "create_file_server_firewall",
    ],
    on: [...FILES_CHOICE, ...REDIS_CHOICE],
    counts: (v, name) =>
      OF_SHARED_FILES.includes(name)
        ? v.enable_nfs || (name === "files_move_from" && v.files_move_from === "nothing")
        : usesFileServer(v) || (name === "nfs_instance_zone" && makesFilestore(v)),
    set: (v) =>
      v.enable_nfs
        ? 'filestore_name = ""'
        : v.require_services_gcp_module
          ? "enable_nfs = true and nfs_instance_name"
          : "enable_nfs = true",
  },
  {
    variables: ["service_mesh_proxy_resources"],
    on: ["configure_service_mesh"],
    counts: (v) => v.configure_service_mesh,
    set: "configure_service_mesh = true",
  },
  {
    variables: ["vector_store_replicas", "vector_store_disk_gb", "vector_store_drained_from"],
    on: [...VECTORS_CHOICE, "data_services"],
    counts: ownVectorStore,
    set: (v) =>
      qdrantByKubeBlocks(v)
        ? "kubeblocks_clusters.qdrant, which has the sizes of KubeBlocks'"
        : 'vector_store = "qdrant"',
  },
  {
    variables: ["kubeblocks_clusters"],
    on: KUBEBLOCKS_CHOICE,
    counts: (v) => byKubeBlocks(v).length > 0,
    set: (v) => toHaveKubeBlocksRun(sizedForKubeBlocks(v), v),
  },
  {
    variables: ["kubeblocks_namespace"],
    on: ["install_operators", ...KUBEBLOCKS_CHOICE],
    counts: (v) => byKubeBlocks(v).length > 0 || v.install_operators.includes("kubeblocks"),
    set: 'a database of data_services to "kubeblocks"',
  },
  {
    variables: ["filestore_capacity_gb"],
    on: ["filestore_tier", "filestore_name", "enable_nfs", "files_move_from"],
    counts: makesFilestore,
    set: "filestore_tier",
  },
  {
    variables: ["filestore_location"],
    on: ["filestore_name"],
    counts: (v) => v.filestore_name !== "",
    set: "filestore_name",
  },
  {
    variables: [
      ...OF_A_NEW_CLUSTER,
      "prereq_gke_pod_cidr_override",
      "prereq_gke_service_cidr_override",
      "prereq_gke_subnet_cidr",
      "prereq_subnet_cidr_override",
      "create_nat",
      "nat_address_count",
      "subnetwork_name",
    ],
    on: ["gke_cluster_name", "nfs_instance_name", ...FILES_CHOICE, ...REDIS_CHOICE],
    counts: (v, name) => v.gke_cluster_name === "" || (!OF_A_NEW_CLUSTER.includes(name) && createsFileServer(v)),
    ...unnamed("gke_cluster_name", "a cluster"),
  },
  {
    variables: [
      "prereq_gke_subnet_cidr",
      "prereq_subnet_cidr_override",
      "prereq_gke_pod_cidr_override",
      "prereq_gke_service_cidr_override",
    ],
    on: ["subnetwork_name"],
    counts: (v) => v.subnetwork_name === "",
    set: 'subnetwork_name = ""',
  },
  {
    variables: ["prereq_gke_subnet_cidr"],
    on: ["prereq_subnet_cidr_override"],
    counts: (v) => v.prereq_subnet_cidr_override === "",
    set: 'prereq_subnet_cidr_override = ""',
  },
  {
    variables: ["database_password_length", "db_password_env_var_name"],
    on: ["database_authentication", "database_authentication_from"],
    counts: (v, name) =>
      v.database_authentication === "password" ||
      (name === "database_password_length" && v.database_authentication_from === "password"),
    set: 'database_authentication = "password"',
  },
];
