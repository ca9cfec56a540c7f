import { preparesKeys } from "./encryption";
import type { Installation } from "../installation";
import type { RetentionSettings } from "./registry-cleanup";

/** When Google may upgrade and restart a cluster or an instance. */
export interface MaintenanceSettings {
  /**
   * Hour of the day, UTC, from which on it may: 0 to 23.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions
   * @see https://cloud.google.com/sql/docs/postgres/maintenance
   * @default - a cluster at any time, an instance after its backup
   */
  readonly startHour?: number;
  /**
   * When it may not. For an instance, only the first period counts.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions#exclusions
   * @see https://cloud.google.com/sql/docs/postgres/maintenance
   * @default []
   */
  readonly exclusions?: readonly {
    /**
     * `YYYY-MM-DD`, from midnight UTC on.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions#exclusions
     */
    readonly startDate: string;
    /**
     * `YYYY-MM-DD`: the first day on which it may again.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions#exclusions
     */
    readonly endDate: string;
  }[];
}

/**
 * The services that applications share, by name. Both stacks compute the same names from the same settings; the
 * foundation creates those marked `create`, and the application stack reads all of them with data sources.
 */
export interface SharedServices {
  readonly network: {
    /** @see https://cloud.google.com/vpc/docs/vpc */
    readonly name: string;
    readonly create: boolean;
    /**
     * Host project of a Shared VPC, which an existing network is in.
     * @see https://cloud.google.com/vpc/docs/shared-vpc
     * @default - the application's project
     */
    readonly projectId?: string;
    /**
     * Firewall rules for a file server that is created here.
     * @see https://cloud.google.com/firewall/docs/firewalls
     * @default true
     */
    readonly createFirewall?: boolean;
    /**
     * Range and connection for Google's own services, such as Cloud SQL's address.
     * @see https://cloud.google.com/vpc/docs/private-services-access
     */
    readonly createPrivateServicesAccess: boolean;
    /**
     * Cloud NAT for the subnetwork.
     * @see https://cloud.google.com/nat/docs/overview
     * @default - in a network that is created here, and wherever an earlier apply created it
     */
    readonly createNat?: boolean;
    /**
     * Number of reserved addresses that all connections of a gateway created here come from.
     * @default 0 - Google chooses, and may change them
     */
    readonly natAddresses?: number;
    /**
     * Subnetwork for cluster and file server, created together with the first of them.
     * @see https://cloud.google.com/vpc/docs/subnets
     */
    readonly subnetwork: {
      /** `false`: it exists, and of the ranges below only the names count. @default true */
      readonly create?: boolean;
      /** @see https://cloud.google.com/vpc/docs/subnets */
      readonly name: string;
      /** Range of the nodes: `10.0.0.0/20`. @see https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips */
      readonly cidr: string;
      /** Range of the pods. @see https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips */
      readonly podCidr: string;
      /** Range of the Services. @see https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips */
      readonly serviceCidr: string;
      /** @see https://cloud.google.com/vpc/docs/alias-ip */
      readonly podRangeName: string;
      /** @see https://cloud.google.com/vpc/docs/alias-ip */
      readonly serviceRangeName: string;
    };
  };
  readonly cluster: {
    /** @see https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster */
    readonly name: string;
    readonly create: boolean;
    /** A region, or the zone of an existing cluster that is zonal. @see https://cloud.google.com/compute/docs/regions-zones */
    readonly location: string;
    /** @see https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels */
    readonly releaseChannel: "RAPID" | "REGULAR" | "STABLE" | "EXTENDED";
    /**
     * Range of the control plane's private endpoint, a /28.
     * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/container_cluster#master_ipv4_cidr_block
     * @default - Google chooses
     */
    readonly masterCidr?: string;
    /**
     * CIDR ranges that may reach the control plane's public endpoint.
     * @see https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks
     * @default - anyone with credentials
     */
    readonly masterAuthorizedCidrs?: readonly string[];
    /**
     * The control plane of a cluster that is created here also answers at its DNS name, to anyone with permission.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
     * @default false
     */
    readonly dnsEndpoint?: boolean;
    /**
     * Where Terraform reaches the control plane: `ip` is its address, `dns` its DNS name. `auto` takes the DNS name only if an existing
     * cluster has no public address.
     * @see https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
     * @default auto
     */
    readonly endpoint?: "auto" | "ip" | "dns";
    /**
     * Whether a Gateway is created in it.
     * @see https://cloud.google.com/kubernetes-engine/docs/how-to/deploying-gateways#enable-gateway-existing
     * @default false
     */
    readonly gatewayApi?: boolean;
    /**
     * Whether Managed Service for Prometheus collects something in it.
     * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#enable-mgdcoll-gke
     * @default false
     */
    readonly managedPrometheus?: boolean;
    /**
     * Whether sizes of pods in it follow their use.
     * @see https://cloud.google.com/kubernetes-engine/docs/how-to/vertical-pod-autoscaling#enable
     * @default false
     */
    readonly verticalAutoscaling?: boolean;
    /**
     * Whether it has to be in a fleet.
     * @see https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-services
     * @default false
     */
    readonly fleet?: boolean;
    /**
     * Whether pods in it mount buckets.
     * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-setup#enable
     * @default false
     */
    readonly bucketVolumes?: boolean;
    /** When it is upgraded. @default {} */
    readonly maintenance?: MaintenanceSettings;
    /**
     * Network tags of the nodes, which firewall rules name.
     * @see https://cloud.google.com/vpc/docs/add-remove-network-tags
     */
    readonly networkTags: readonly string[];
    /**
     * Whether the cluster admits pods by the project's policy.
     * @see https://cloud.google.com/binary-authorization/docs/overview
     * @default false
     */
    readonly binaryAuthorization?: boolean;
  };
  /** Cloud SQL instance. @default - the application has no database */
  readonly sql?: {
    /** @see https://cloud.google.com/sql/docs/postgres/instance-settings */
    readonly name: string;
    readonly create: boolean;
    /** `POSTGRES_15`. @see https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/SqlDatabaseVersion */
    readonly databaseVersion: string;
    /** `db-custom-<cpus>-<MiB>`. @see https://cloud.google.com/sql/docs/postgres/create-instance#machine-types */
    readonly tier: string;
    /** @see https://cloud.google.com/sql/docs/postgres/editions-intro @default ENTERPRISE */
    readonly edition?: "ENTERPRISE" | "ENTERPRISE_PLUS";
    /** Flags by name. @see https://cloud.google.com/sql/docs/postgres/flags @default {} - those that follow from the tier */
    readonly databaseFlags?: Readonly<Record<string, string>>;
    /**
     * Auth Proxies connect to Google's pooler instead of the server (Enterprise Plus only).
     * @see https://cloud.google.com/sql/docs/postgres/managed-connection-pooling
     * @default false
     */
    readonly connectionPool?: boolean;
    /**
     * Number of nodes in a read pool: copies that can only be read, behind one address (Enterprise Plus only).
     * @see https://cloud.google.com/sql/docs/postgres/about-read-pools
     * @default 0
     */
    readonly readPoolNodes?: number;
    /** Whether service accounts log in. @see https://cloud.google.com/sql/docs/postgres/iam-authentication @default false */
    readonly iamAuthentication?: boolean;
    /** @see https://cloud.google.com/sql/docs/postgres/high-availability */
    readonly availabilityType: "ZONAL" | "REGIONAL";
    /** Size at the start, in GB: the disk grows automatically. @see https://cloud.google.com/sql/docs/postgres/instance-settings */
    readonly diskSizeGb: number;
    /** `HH:MM`, UTC. @see https://cloud.google.com/sql/docs/postgres/backup-recovery/backups */
    readonly backupStartTime: string;
    /** How many daily backups are kept. @see https://cloud.google.com/sql/docs/postgres/backup-recovery/backups */
    readonly retainedBackups: number;
    /** When it is updated. @default {} */
    readonly maintenance?: MaintenanceSettings;
    /**
     * Region or multi-region (`eu`) of Cloud SQL's own backups.
     * @see https://cloud.google.com/sql/docs/postgres/backup-recovery/backups
     * @default - the instance's region
     */
    readonly backupLocation?: string;
  };
  /** NFS and Redis. @default - neither is used */
  readonly fileServer?: {
    /** @see https://cloud.google.com/compute/docs/naming-resources */
    readonly name: string;
    readonly create: boolean;
    /** @see https://cloud.google.com/compute/docs/regions-zones */
    readonly zone: string;
    /**
     * Name of the reserved internal address of a file server that is created here.
     * @see https://cloud.google.com/vpc/docs/reserve-static-internal-ip-address
     */
    readonly addressName: string;
    /**
     * Name of the secret with the password of its Redis.
     * @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets
     * @default - not known
     */
    readonly redisPasswordSecret?: string;
    /** Raise it to have a new password generated. @see docs/operations.md @default 1 */
    readonly redisPasswordRevision?: number;
    /**
     * Seconds for which Redis also accepts the previous password, without a new VM.
     * @see docs/operations.md
     * @default - a new password replaces the VM, and the previous one is refused at once
     */
    readonly redisPasswordOverlap?: number;
    /** Redis servers in addition to its own, for stages and guests of one that is created here. @default [] */
    readonly redisServers?: readonly RedisServer[];
    /** `e2-medium`. @see https://cloud.google.com/compute/docs/general-purpose-machines */
    readonly machineType: string;
    /** GiB. The disk can grow, and not shrink. @see https://cloud.google.com/compute/docs/disks */
    readonly diskSizeGb: number;
    /** Absolute path of the exported directory. */
    readonly sharePath: string;
    /** `HH:00`, UTC, of the daily snapshot. @see https://cloud.google.com/compute/docs/disks/scheduled-snapshots */
    readonly snapshotStartTime: string;
    /** @see https://cloud.google.com/compute/docs/disks/scheduled-snapshots */
    readonly snapshotRetentionDays: number;
  };
  /**
   * What an earlier apply may have made here and nothing asks for any more: it is deleted, unless somebody has data there.
   * @see docs/files.md
   * @default - not checked
   */
  readonly former?: FormerServices;
  /**
   * Memorystore for Redis, made by the foundation, with a password and TLS.
   * @see https://cloud.google.com/memorystore/docs/redis/memorystore-for-redis-overview
   * @default - none is made
   */
  readonly memorystore?: MemorystoreSettings;
  /**
   * A Filestore instance with the shared files, instead of the file server.
   * @see https://cloud.google.com/filestore/docs/creating-instances
   * @default - they are on the file server
   */
  readonly filestore?: {
    /** @see https://cloud.google.com/filestore/docs/creating-instances */
    readonly name: string;
    /** Its zone, or its region if it is regional. @see https://cloud.google.com/filestore/docs/regions */
    readonly location: string;
    /** How the foundation makes it. @default - it exists */
    readonly create?: FilestoreSettings;
  };
  /**
   * Where the shared files were: they are copied from there.
   * @see docs/files.md
   * @default - they stay where they are
   */
  readonly filesMoveFrom?: "fileServer" | "filestore";
  /**
   * Pull-through mirror of Docker Hub.
   * @see https://cloud.google.com/artifact-registry/docs/repositories/remote-overview
   * @default - images are pulled from their publishers
   */
  readonly registry?: {
    /** In the application's region. @see https://cloud.google.com/artifact-registry/docs/repositories/remote-overview */
    readonly name: string;
    /** `false`: it exists, and only its name counts. @default true */
    readonly create?: boolean;
    /**
     * Account that the mirror pulls images with.
     * @see https://cloud.google.com/artifact-registry/docs/repositories/configure-remote-auth-dockerhub
     * @default - none, with Docker Hub's limits for anonymous pulls
     */
    readonly credentials?: {
      /** Docker ID. @see https://docs.docker.com/docker-hub/usage/pulls/ */
      readonly user: string;
      /**
       * Secret with an access token of the account; the secret exists and has a version.
       * @see https://cloud.google.com/artifact-registry/docs/repositories/configure-remote-auth-dockerhub
       */
      readonly passwordSecret: string;
    };
  } & RetentionSettings;
}

/** Names of services that would be made here if they were asked for. */
export interface FormerServices {
  /** Its name, and that of its reserved address. @see docs/operations.md @default - it is asked for */
  readonly fileServer?: string;
  /** @see https://cloud.google.com/filestore/docs/creating-instances @default - it is asked for */
  readonly filestore?: string;
  /** @see https://cloud.google.com/memorystore/docs/redis/create-manage-instances @default - it is asked for */
  readonly memorystore?: string;
  /** @see https://cloud.google.com/sql/docs/postgres/create-instance @default - it is asked for */
  readonly sql?: string;
  /**
   * Secret with the labels `redis`, `files` and `database`: where the application's queue and files are, as of its last apply.
   * @see docs/redis.md
   */
  readonly releaseSecret: string;
  /** What the application may lose. @see docs/files.md */
  readonly mayLose: { readonly files: boolean; readonly redis: boolean; readonly database: boolean };
}

/** A Filestore that the foundation makes. */
export interface FilestoreSettings {
  /** @see https://cloud.google.com/filestore/docs/service-tiers */
  readonly tier: "BASIC_HDD" | "BASIC_SSD" | "ZONAL" | "REGIONAL";
  /** GiB. @see https://cloud.google.com/filestore/docs/scale */
  readonly capacityGb: number;
  /**
   * Secret whose label `files` says where the application's files are, as of its last apply.
   * @see docs/files.md
   */
  readonly releaseSecret: string;
  /**
   * Secret without a value that the foundation makes once the instance exists: a plan looks for it, because the provider cannot list
   * instances.
   * @see docs/files.md
   */
  readonly madeSecret: string;
  /** Whether the application may come from another place for its files, because they are copied or given up. @see docs/files.md */
  readonly mayFollowAnother: boolean;
}

/** A Redis on Memorystore. */
export interface MemorystoreSettings {
  /** @see https://cloud.google.com/memorystore/docs/redis/create-manage-instances */
  readonly name: string;
  /**
   * Secret that its password is written to.
   * @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets
   */
  readonly passwordSecret: string;
  /**
   * Raise it for a new password: Google makes one when authentication is turned off and on again.
   * @see https://cloud.google.com/memorystore/docs/redis/about-redis-auth#auth_behavior
   * @default 1
   */
  readonly passwordRevision?: number;
  /**
   * Secret whose label `redis` says where the application's queue is, as of its last apply.
   * @see docs/redis.md
   */
  readonly releaseSecret: string;
  /** Whether a replica in another zone takes over. @see https://cloud.google.com/memorystore/docs/redis/redis-tiers */
  readonly highAvailability: boolean;
  /** GiB. @see https://cloud.google.com/memorystore/docs/redis/scale-instances */
  readonly memoryGb: number;
  /** `REDIS_7_2`. @see https://cloud.google.com/memorystore/docs/redis/supported-versions */
  readonly version: string;
  /** Whether the application may come from another place for its queue, because it is moved or given up. @see docs/redis.md */
  readonly mayFollowAnother: boolean;
  /** Hour on Sundays, UTC, in which it may be updated: 0 to 23. @default 4 */
  readonly maintenanceStartHour?: number;
  /**
   * E-mail address of the service account to act as when it is made and deleted.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

/** Port of a Memorystore Redis with TLS. @see https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption */
export const MEMORYSTORE_PORT = "6378";

/** A Redis process on the file server with its own port, password, memory and directory. */
export interface RedisServer {
  /** DNS label, unique on the file server: part of Terraform addresses and of the directory's name. */
  readonly name: string;
  /** 1024 to 65535, unique on the file server. */
  readonly port: number;
  /**
   * Secret that its password is written to.
   * @see https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets
   */
  readonly passwordSecret: string;
  /** Raise it to have a new password generated. @see docs/operations.md @default 1 */
  readonly passwordRevision?: number;
  /** Databases of the file server's own Redis whose content moves here. @default [] */
  readonly movedDatabases?: readonly number[];
}

/** Number of databases of a Redis on a file server that is created here: `databases` in `scripts/file-server/redis.conf`. */
export const REDIS_SERVER_DATABASES = 4096;

/** @returns where images are pulled from through the mirror: `<region>-docker.pkg.dev/<project>/<repository>` */
export function mirrorHost(
  { registry }: SharedServices,
  { projectId, region }: { readonly projectId: string; readonly region: string },
): string | undefined {
  return registry && `${region}-docker.pkg.dev/${projectId}/${registry.name}`;
}

/** @returns id of the project that the network is in */
export function networkProject({ network }: SharedServices, { projectId }: { readonly projectId: string }): string {
  return network.projectId ?? projectId;
}

/** @returns whether the foundation makes the mirror of images */
export function createsRegistry({ registry }: Pick<SharedServices, "registry">): boolean {
  return registry !== undefined && registry.create !== false;
}

/** @returns whether the foundation has anything to create. */
export function needsFoundation(
  services: SharedServices,
  { encryption }: Pick<Installation, "encryption"> = {},
): boolean {
  return (
    (encryption !== undefined && preparesKeys(encryption)) ||
    services.network.create ||
    services.cluster.create ||
    services.sql?.create === true ||
    services.fileServer?.create === true ||
    services.memorystore !== undefined ||
    services.filestore?.create !== undefined ||
    createsRegistry(services)
  );
}
