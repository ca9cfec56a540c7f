import type { RetentionSettings } from "./registry-cleanup";

/** When Google may restart what it runs. */
export interface MaintenanceSettings {
  /** Hour of the day, UTC, from which on it may: 0 to 23. @default - a cluster always, an instance after its backup */
  readonly startHour?: number;
  /** When it may not. An instance has one period at most: the first. @default [] */
  readonly exclusions?: readonly {
    /** `YYYY-MM-DD`, from midnight UTC on. */
    readonly startDate: string;
    /** `YYYY-MM-DD`: the first day on which it may again. */
    readonly endDate: string;
  }[];
}

/**
 * The services that applications share, by name. Both stacks compute the same names from the same settings; the
 * foundation creates what is marked `create`, the application stack reads every one of them with a data source.
 */
export interface SharedServices {
  readonly network: {
    readonly name: string;
    readonly create: boolean;
    /**
     * Range and connection for Google's own services (Cloud SQL's address):
     * https://cloud.google.com/vpc/docs/private-services-access.
     */
    readonly createPrivateServicesAccess: boolean;
    /** Cloud NAT for the subnetwork. @default - in a network made here, and where an earlier apply made it */
    readonly createNat?: boolean;
    /**
     * Subnetwork for cluster and file server; made whenever one of them is. Ranges of nodes, pods and Services:
     * https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips.
     */
    readonly subnetwork: {
      readonly name: string;
      readonly cidr: string;
      readonly podCidr: string;
      readonly serviceCidr: string;
      readonly podRangeName: string;
      readonly serviceRangeName: string;
    };
  };
  readonly cluster: {
    readonly name: string;
    readonly create: boolean;
    /** Region of an Autopilot cluster. */
    readonly location: string;
    /** https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels. */
    readonly releaseChannel: "RAPID" | "REGULAR" | "STABLE" | "EXTENDED";
    /** Range of the control plane's private endpoint, /28. @default - Google chooses */
    readonly masterCidr?: string;
    /**
     * Who may reach the control plane's public endpoint: https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks.
     * @default - anyone with credentials
     */
    readonly masterAuthorizedCidrs?: readonly string[];
    /** With `masterAuthorizedCidrs`: also answers at its DNS name, to anyone with permission. @default false */
    readonly dnsEndpoint?: boolean;
    /** When it is upgraded. @default {} */
    readonly maintenance?: MaintenanceSettings;
    /** Network tags of the nodes; firewalls go by them. */
    readonly networkTags: readonly string[];
    /**
     * Admits pods by the project's policy: https://cloud.google.com/binary-authorization/docs/overview.
     * @default false
     */
    readonly binaryAuthorization?: boolean;
  };
  /** Cloud SQL instance. @default - the application has no database */
  readonly sql?: {
    readonly name: string;
    readonly create: boolean;
    /**
     * Cloud SQL's name, such as `POSTGRES_15`:
     * https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/SqlDatabaseVersion.
     */
    readonly databaseVersion: string;
    /** `db-custom-<cpus>-<MiB>`: https://cloud.google.com/sql/docs/postgres/create-instance#machine-types. */
    readonly tier: string;
    /** https://cloud.google.com/sql/docs/postgres/high-availability. */
    readonly availabilityType: "ZONAL" | "REGIONAL";
    readonly diskSizeGb: number;
    /** `HH:MM`, UTC: https://cloud.google.com/sql/docs/postgres/backup-recovery/backups. */
    readonly backupStartTime: string;
    readonly retainedBackups: number;
    /** When it is updated. @default {} */
    readonly maintenance?: MaintenanceSettings;
    /** Region or multi-region (`eu`) of Cloud SQL's own backups. @default - the instance's region */
    readonly backupLocation?: string;
  };
  /** NFS and Redis. @default - neither is used */
  readonly fileServer?: {
    readonly name: string;
    readonly create: boolean;
    readonly zone: string;
    /** Name of the reserved internal address of a file server created here. */
    readonly addressName: string;
    /** Secret Manager secret with the password of its Redis. @default - none is known */
    readonly redisPasswordSecret?: string;
    /** Redis servers in addition to its own, for stages and guests, where it is created here. @default [] */
    readonly redisServers?: readonly RedisServer[];
    /** https://cloud.google.com/compute/docs/general-purpose-machines. */
    readonly machineType: string;
    readonly diskSizeGb: number;
    /** Exported directory. */
    readonly sharePath: string;
    /** `HH:00`, UTC, of the daily snapshot: https://cloud.google.com/compute/docs/disks/scheduled-snapshots. */
    readonly snapshotStartTime: string;
    readonly snapshotRetentionDays: number;
  };
  /**
   * Pull-through mirror of Docker Hub: https://cloud.google.com/artifact-registry/docs/repositories/remote-overview.
   * @default - images are pulled from their publishers
   */
  readonly registry?: {
    /** Artifact Registry repository id. */
    readonly name: string;
    /**
     * Account that images are fetched as: https://docs.docker.com/docker-hub/usage/pulls/.
     * @default - nobody's, with the limits that Docker Hub has for an address
     */
    readonly credentials?: {
      /** Docker ID. */
      readonly user: string;
      /** Secret Manager secret with its access token; exists, with a version. */
      readonly passwordSecret: string;
    };
  } & RetentionSettings;
}

/** A Redis process of the file server with port, password, memory and directory of its own. */
export interface RedisServer {
  /** DNS label, unique on the file server: part of Terraform's addresses and of the directory's name. */
  readonly name: string;
  /** 1024 to 65535, unique on the file server. */
  readonly port: number;
  /** Secret Manager secret that its password is put into. */
  readonly passwordSecret: string;
  /** Databases of the file server's own Redis whose content moves here. @default [] */
  readonly movedDatabases?: readonly number[];
}

/** Databases of the Redis on a file server made here: `databases` in `scripts/file-server/redis.conf`. */
export const REDIS_SERVER_DATABASES = 4096;

/** @returns where images are pulled from through the mirror: `<region>-docker.pkg.dev/<project>/<repository>` */
export function mirrorHost(
  { registry }: SharedServices,
  { projectId, region }: { readonly projectId: string; readonly region: string },
): string | undefined {
  return registry && `${region}-docker.pkg.dev/${projectId}/${registry.name}`;
}

/** @returns whether the foundation has anything to create. */
export function needsFoundation(services: SharedServices): boolean {
  return (
    services.network.create ||
    services.cluster.create ||
    services.sql?.create === true ||
    services.fileServer?.create === true ||
    services.registry !== undefined
  );
}
