import { type Installation, prefixedName } from "../installation";
import type { SharedServices } from "./shared-services";

export interface NewServicesProps {
  /**
   * `POSTGRES_15`.
   * @see https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/SqlDatabaseVersion
   * @default - no database
   */
  readonly databaseVersion?: string;
}

/** https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters */
const CLUSTER_NAME_LIMIT = 40;

/**
 * @returns small shared services for an environment that has none yet: the foundation creates network, cluster and, with
 * `databaseVersion`, a database. To change a size, a name or a range, replace its field:
 * `{ ...services, cluster: { ...services.cluster, releaseChannel: "RAPID" } }`.
 */
export function newServices(installation: Installation, props: NewServicesProps = {}): SharedServices {
  const named = (what: string): string => prefixedName(installation, what);
  return {
    network: {
      name: named("network"),
      create: true,
      createPrivateServicesAccess: true,
      subnetwork: {
        name: named("subnet"),
        cidr: "10.10.0.0/24",
        podCidr: "10.12.0.0/16",
        serviceCidr: "10.11.0.0/20",
        podRangeName: "pods",
        serviceRangeName: "services",
      },
    },
    cluster: {
      name: prefixedName(installation, "gke", CLUSTER_NAME_LIMIT),
      create: true,
      location: installation.region,
      releaseChannel: "REGULAR",
      networkTags: [],
    },
    sql:
      props.databaseVersion === undefined
        ? undefined
        : {
            name: named("sql"),
            create: true,
            databaseVersion: props.databaseVersion,
            tier: "db-custom-1-3840",
            availabilityType: "ZONAL",
            diskSizeGb: 10,
            backupStartTime: "02:00",
            retainedBackups: 7,
          },
  };
}
