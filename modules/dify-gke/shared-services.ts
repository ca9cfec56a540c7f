import { firstZone } from "../app-gke/google/zones";
import { type Installation, limitName } from "../app-gke/installation";
import type { MaintenanceSettings, SharedServices } from "../app-gke/google/shared-services";
import { opensDnsEndpoint } from "./build";
import { postgresByKubeBlocks } from "./database-place";
import { earlierFilesPlace, type FilesChoice, filesPlace, makesFilestore } from "./files-place";
import { redisPlace, type RedisChoice, usesRedisIn } from "./redis-place";
import { secretNames } from "../dify-common";
import { needsFleet } from "./fleet";
import { needsGatewayApi } from "./front-door";
import { collectsMetrics } from "./monitoring";
import type { Variables } from "./variables";

const SECONDS_OF_AN_HOUR = 3600;

/** The longest name of a GKE cluster. */
const CLUSTER_NAME_LIMIT = 40;
/** The longest name of a Compute Engine resource, with room for what is appended to it. */
const COMPUTE_NAME_LIMIT = 50;

/** The longest name of an instance of Memorystore for Redis. */
const MEMORYSTORE_NAME_LIMIT = 40;

/** Ranges for pods and Services, if the variables do not set them. */
export const defaultRanges = { pods: "10.204.0.0/16", services: "10.203.0.0/20" } as const;

/**
 * Names of the shared services: a name from the user means that the service exists; otherwise the name follows from the
 * variables, and the foundation creates the service.
 */
export function sharedServices(variables: Variables, installation: Installation): SharedServices {
  const { deploymentId, region, resourcePrefix } = installation;
  const handedOver = (service: Variables["handed_over_services"][number]): boolean =>
    variables.handed_over_services.includes(service);
  const network = limitName(`${resourcePrefix}-network`, COMPUTE_NAME_LIMIT);
  const fileServer = limitName(`${variables.nfs_instance_base_name}-${deploymentId}`, COMPUTE_NAME_LIMIT);
  const sqlInstance = limitName(`${variables.sql_instance_base_name}-${deploymentId}`, 80);
  const backup = backupStart(variables.backup_schedule);
  const maintenance = {
    startHour: variables.maintenance_start_time === "" ? undefined : parseInt(variables.maintenance_start_time, 10),
    exclusions: variables.maintenance_exclusions.map(({ start_date, end_date }) => ({
      startDate: start_date,
      endDate: end_date,
    })),
  };
  return {
    network: {
      name: variables.network_name || network,
      create: variables.network_name === "" && !handedOver("network"),
      projectId: isSharedVpc(variables) ? variables.network_project_id : undefined,
      createFirewall: variables.create_file_server_firewall ?? true,
      // It goes with the network, and with an instance that others have now: they need it for as long as that is there.
      createPrivateServicesAccess:
        variables.create_private_services_access ??
        (variables.network_name === "" &&
          !handedOver("network") &&
          !handedOver("sql_instance") &&
          // Nothing else takes an address from there.
          (!postgresByKubeBlocks(variables) || usesRedisIn("memorystore", variables) || makesFilestore(variables))),
      // In a host project, nothing is created that is not asked for. A gateway of an existing subnetwork may be somebody else's,
      // under the name that it would have here.
      createNat:
        variables.create_nat ?? (isSharedVpc(variables) || variables.subnetwork_name !== "" ? false : undefined),
      natAddresses: variables.nat_address_count,
      subnetwork: {
        name: variables.subnetwork_name || limitName(`${resourcePrefix}-subnet`, COMPUTE_NAME_LIMIT),
        create: variables.subnetwork_name === "",
        cidr: variables.prereq_subnet_cidr_override || variables.prereq_gke_subnet_cidr,
        podCidr: variables.prereq_gke_pod_cidr_override || defaultRanges.pods,
        serviceCidr: variables.prereq_gke_service_cidr_override || defaultRanges.services,
        podRangeName: variables.subnetwork_name === "" ? "pods" : variables.pod_range_name,
        serviceRangeName: variables.subnetwork_name === "" ? "services" : variables.service_range_name,
      },
    },
    cluster: {
      name: variables.gke_cluster_name || limitName(`${resourcePrefix}-gke`, CLUSTER_NAME_LIMIT),
      create: variables.gke_cluster_name === "" && !handedOver("cluster"),
      location: variables.gke_cluster_name === "" ? region : variables.gke_cluster_location || region,
      releaseChannel: variables.gke_release_channel,
      masterCidr: variables.prereq_gke_master_cidr_override || undefined,
      masterAuthorizedCidrs:
        variables.master_authorized_networks.length > 0 ? variables.master_authorized_networks : undefined,
      dnsEndpoint: opensDnsEndpoint(variables),
      endpoint: variables.kubernetes_endpoint,
      gatewayApi: needsGatewayApi(variables),
      managedPrometheus: collectsMetrics(variables) && variables.deploy_application,
      bucketVolumes: variables.gcs_volumes.length > 0 && variables.deploy_application,
      verticalAutoscaling: variables.enable_vertical_pod_autoscaling && variables.deploy_application,
      fleet: needsFleet(variables),
      maintenance,
      networkTags: variables.network_tags,
      binaryAuthorization: variables.enable_binary_authorization,
    },
    sql: postgresByKubeBlocks(variables)
      ? undefined
      : {
          name: variables.sql_instance_name || sqlInstance,
          create: variables.sql_instance_name === "" && !handedOver("sql_instance"),
          databaseVersion: databaseVersion(variables.database_type),
          tier: variables.sql_tier,
          edition: variables.sql_edition,
          databaseFlags: variables.sql_database_flags,
          connectionPool: variables.sql_connection_pooling,
          readPoolNodes: variables.sql_read_pool_nodes,
          iamAuthentication: iamAuthentication(variables),
          availabilityType: variables.sql_availability_type,
          diskSizeGb: variables.sql_disk_size_gb,
          backupStartTime: backup,
          retainedBackups: variables.backup_retention_days,
          backupLocation: variables.backup_location || undefined,
          maintenance,
        },
    fileServer: usesFileServer(variables)
      ? {
          name: variables.nfs_instance_name || fileServer,
          create: variables.nfs_instance_name === "",
          zone: variables.nfs_instance_zone || firstZone(region),
          addressName: fileServer,
          // A secret that a user names exists already; a server that is created here has its own.
          redisPasswordSecret:
            variables.nfs_instance_name === ""
              ? `${fileServer}-redis-password`
              : variables.redis_password_secret || undefined,
          redisPasswordRevision: variables.secret_revisions[secretNames.redisPassword],
          redisPasswordOverlap:
            variables.redis_password_overlap_hours === null
              ? undefined
              : variables.redis_password_overlap_hours * SECONDS_OF_AN_HOUR,
          machineType: variables.nfs_machine_type,
          diskSizeGb: variables.nfs_disk_size_gb,
          sharePath: variables.nfs_share_path,
          // Snapshot schedules start on the hour.
          snapshotStartTime: `${backup.slice(0, 2)}:00`,
          snapshotRetentionDays: variables.backup_retention_days,
        }
      : undefined,
    former: {
      fileServer: createsFileServer(variables) ? undefined : fileServer,
      filestore: makesFilestore(variables) ? undefined : filestoreName(installation),
      memorystore: usesRedisIn("memorystore", variables) ? undefined : memorystoreName(installation),
      sql: postgresByKubeBlocks(variables) ? sqlInstance : undefined,
      releaseSecret: `${resourcePrefix}-release`,
      mayLose: {
        files: variables.files_move_from === "nothing",
        redis: variables.redis_moves_from === "nothing",
        database: variables.database_moves_from === "nothing",
      },
    },
    memorystore: usesRedisIn("memorystore", variables) ? memorystore(variables, installation, maintenance) : undefined,
    filestore: filestore(variables, installation),
    filesMoveFrom: { file_server: "fileServer", filestore: "filestore", none: undefined }[
      earlierFilesPlace(variables) ?? "none"
    ] as SharedServices["filesMoveFrom"],
    registry: variables.enable_image_mirroring
      ? {
          name: variables.image_mirror_repository || limitName(`${resourcePrefix}-mirror`, 63),
          create: variables.image_mirror_repository === "",
          credentials:
            variables.docker_hub_user === ""
              ? undefined
              : { user: variables.docker_hub_user, passwordSecret: variables.docker_hub_password_secret },
          retainedVersions: variables.max_images_to_retain,
          deleteUntagged: variables.delete_untagged_images,
          retentionDays: variables.image_retention_days,
        }
      : undefined,
  };
}

/** @returns whether a service account logs in to the database, or did before and still does */
export function iamAuthentication(
  v: Pick<Variables, "database_authentication" | "database_authentication_from">,
): boolean {
  return [v.database_authentication, v.database_authentication_from].includes("iam");
}

function filestoreName({ resourcePrefix }: Pick<Installation, "resourcePrefix">): string {
  return limitName(`${resourcePrefix}-files`, 63);
}

function memorystoreName({ resourcePrefix }: Pick<Installation, "resourcePrefix">): string {
  return limitName(`${resourcePrefix}-redis`, MEMORYSTORE_NAME_LIMIT);
}

/** A Filestore that is named, or that is made here. */
function filestore(v: Variables, { region, resourcePrefix }: Installation): SharedServices["filestore"] {
  if (v.enable_nfs && v.filestore_name !== "") return { name: v.filestore_name, location: v.filestore_location };
  if (!makesFilestore(v) || v.filestore_tier === null) return undefined;
  return {
    name: filestoreName({ resourcePrefix }),
    location: v.filestore_tier === "REGIONAL" ? region : v.nfs_instance_zone || firstZone(region),
    create: {
      tier: v.filestore_tier,
      capacityGb: v.filestore_capacity_gb,
      releaseSecret: `${resourcePrefix}-release`,
      madeSecret: `${resourcePrefix}-filestore`,
      mayFollowAnother: v.files_move_from !== null,
    },
  };
}

/** How a variable file names the password that Google makes. */
export const MEMORYSTORE_PASSWORD = "memorystore-password";

function memorystore(
  v: Variables,
  { resourcePrefix }: Installation,
  { startHour }: MaintenanceSettings,
): NonNullable<SharedServices["memorystore"]> {
  return {
    name: memorystoreName({ resourcePrefix }),
    // Not the environment's own secret for a password that is given at apply.
    passwordSecret: `${resourcePrefix}-${MEMORYSTORE_PASSWORD}`,
    passwordRevision: new Map(Object.entries(v.secret_revisions)).get(MEMORYSTORE_PASSWORD),
    releaseSecret: `${resourcePrefix}-release`,
    highAvailability: v.memorystore_high_availability,
    memoryGb: v.memorystore_memory_gb,
    version: v.memorystore_version,
    mayFollowAnother: v.redis_moves_from !== null || redisPlace(v) !== "memorystore",
    maintenanceStartHour: startHour,
    impersonateServiceAccount: v.impersonation_service_account || undefined,
  };
}

/** @returns id of the project that the network is in */
export function networkProjectOf(v: Pick<Variables, "network_project_id" | "project_id">): string {
  return v.network_project_id || v.project_id;
}

/** @returns the network that a service has to be in */
export function networkWanted(v: Pick<Variables, "network_name" | "network_project_id" | "project_id">) {
  return { projectId: v.project_id, networkName: v.network_name || undefined, networkProject: networkProjectOf(v) };
}

/** @returns whether the network is another project's, which shares it */
export function isSharedVpc(v: Pick<Variables, "network_project_id" | "project_id">): boolean {
  return networkProjectOf(v) !== v.project_id;
}

/** https://cloud.google.com/sql/docs/postgres/db-versions, and those of them that `vector` and Dify's migrations run on. */
export const DATABASE_VERSIONS: readonly string[] = ["13", "14", "15", "16", "17", "18"].map(
  (version) => `POSTGRES_${version}`,
);

/** @returns Cloud SQL's name of the database version; without a version, 15, with which Dify is tested */
export function databaseVersion(type: string): string {
  return type === "POSTGRES" ? "POSTGRES_15" : type;
}

/** @returns whether a file server is used, for shared files or for Redis */
export function usesFileServer(v: FilesChoice & RedisChoice): boolean {
  return filesPlace(v) === "file_server" || earlierFilesPlace(v) === "file_server" || usesRedisIn("file_server", v);
}

/** @returns whether the foundation makes the file server */
export function createsFileServer(
  v: Parameters<typeof usesFileServer>[0] & Pick<Variables, "nfs_instance_name">,
): boolean {
  return usesFileServer(v) && v.nfs_instance_name === "";
}

/** @returns `HH:MM` of a backup schedule: 02:00 if it has no single hour, the full hour if it has no single minute */
export function backupStart(schedule: string): string {
  const [minute = "", hour = ""] = schedule.trim().split(/\s+/);
  const single = /^\d{1,2}$/;
  if (!single.test(hour)) return "02:00";
  return `${hour.padStart(2, "0")}:${single.test(minute) ? minute.padStart(2, "0") : "00"}`;
}
