import { Construct } from "constructs";
import type { ITerraformDependable, Precondition } from "cdktf";
import { DataGoogleSqlDatabaseInstances } from "@cdktf/provider-google/lib/data-google-sql-database-instances";
import {
  SqlDatabaseInstance,
  type SqlDatabaseInstanceSettings,
} from "@cdktf/provider-google/lib/sql-database-instance";
import { keyName } from "../google/encryption";
import { iamFlag } from "../google/sql-requirements";
import { KEYS_LATER, keptKey } from "../google/kept-key";
import { type Installation, limitName } from "../installation";
import type { SharedServices } from "../google/shared-services";
import { connectionsWith } from "../google/sql-connections";
import { instanceMaintenance } from "./maintenance";
import type { Network } from "./network";

export interface SqlInstanceProps {
  readonly installation: Installation;
  readonly settings: NonNullable<SharedServices["sql"]>;
  readonly network: Network;
  /** What has to hold at plan time. */
  readonly precondition: readonly Precondition[];
  /** Includes the private services connection: Terraform cannot see that the private address needs it. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Cloud SQL instance, PostgreSQL or MySQL, with a private address only. Applications create their databases and users
 * themselves. No root password is set: `postgres` cannot log in without one, and the provider removes MySQL's `root`.
 */
export class SqlInstance extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: SqlInstanceProps) {
    super(scope, id);
    const { installation, settings } = props;
    const key = keyName(installation.encryption, "database", installation.region);
    const plus = settings.edition === "ENTERPRISE_PLUS";
    const mysql = settings.databaseVersion.startsWith("MYSQL");
    const login = settings.iamAuthentication ? { [iamFlag(settings.databaseVersion)]: "on" } : {};
    // In the order in which Google lists them, so that a file's order changes nothing.
    const flags = Object.entries({ ...settings.databaseFlags, ...login }).sort(([a], [b]) => (a < b ? -1 : 1));
    const databaseFlags = flags.length > 0 ? flags.map(([name, value]) => ({ name, value })) : undefined;

    const ipConfiguration = {
      ipv4Enabled: false,
      privateNetwork: props.network.networkId,
      // Lets BigQuery query it over Google's own network instead of a public address.
      enablePrivatePathForGoogleCloudServices: true,
      sslMode: "ENCRYPTED_ONLY",
    };

    const preconditions = [...props.precondition, ...neverOlder(this, installation.projectId, settings)];
    const instance = new SqlDatabaseInstance(this, "instance", {
      project: installation.projectId,
      region: installation.region,
      name: settings.name,
      databaseVersion: settings.databaseVersion,
      encryptionKeyName: key,
      // Two locks: this one stops Terraform, `deletionProtectionEnabled` stops everything else.
      deletionProtection: installation.deletionProtection,
      settings: {
        // From PostgreSQL 16 on, Google's default is Enterprise Plus, with other machine types and other prices.
        edition: settings.edition ?? "ENTERPRISE",
        // Google's default for this edition, written out: it is not the other's.
        dataCacheConfig: plus ? { dataCacheEnabled: true } : undefined,
        connectionPoolConfig: plus ? connectionPool(settings) : undefined,
        tier: settings.tier,
        availabilityType: settings.availabilityType,
        deletionProtectionEnabled: installation.deletionProtection,
        diskType: "PD_SSD",
        diskSize: settings.diskSizeGb,
        diskAutoresize: true,
        userLabels: { ...installation.labels },
        ipConfiguration,
        backupConfiguration: {
          enabled: true,
          startTime: settings.backupStartTime,
          // Google's default is a multi-region, which may lie outside what an organization allows or a user expects.
          location: settings.backupLocation ?? installation.region,
          // Point-in-time recovery has another name in each engine, and the wrong one is refused.
          ...(mysql ? { binaryLogEnabled: true } : { pointInTimeRecoveryEnabled: true }),
          // Days; the Enterprise edition keeps at most seven.
          transactionLogRetentionDays: 7,
          backupRetentionSettings: { retainedBackups: settings.retainedBackups, retentionUnit: "COUNT" },
        },
        insightsConfig: {
          queryInsightsEnabled: true,
          queryStringLength: 1024,
          recordApplicationTags: true,
          // All clients come from their Auth Proxy, so addresses would say nothing.
          recordClientAddress: false,
        },
        ...instanceMaintenance(settings.maintenance, settings.backupStartTime),
        // None by default: `max_connections` and the buffers follow from the tier, and a flag would keep today's
        // values when the instance grows. `vector` needs none.
        databaseFlags,
      },
      timeouts: { create: "60m", update: "60m", delete: "60m" },
      lifecycle: {
        // The disk grows automatically. To get a smaller one, or another key, Terraform would plan a new instance.
        ignoreChanges: ["settings[0].disk_size", "encryption_key_name"],
        // https://cloud.google.com/sql/docs/postgres/cmek
        postcondition: keptKey({
          purpose: "database",
          what: `Cloud SQL instance ${settings.name}`,
          has: "self.encryption_key_name",
          wanted: key,
          way: `To move the databases to an instance with the key: ${KEYS_LATER}`,
        }),
        precondition: preconditions.length > 0 ? preconditions : undefined,
      },
      dependsOn: [...props.dependsOn],
    });
    this.name = instance.name;

    if (settings.readPoolNodes) {
      new SqlDatabaseInstance(this, "read-pool", {
        project: installation.projectId,
        region: installation.region,
        name: readPoolName(settings.name),
        databaseVersion: settings.databaseVersion,
        masterInstanceName: instance.name,
        instanceType: "READ_POOL_INSTANCE",
        nodeCount: settings.readPoolNodes,
        // It has no data of its own, so there is nothing to protect.
        deletionProtection: false,
        settings: {
          edition: settings.edition,
          tier: settings.tier,
          userLabels: { ...installation.labels },
          ipConfiguration,
          // A copy needs at least as many connections as its original.
          databaseFlags,
        },
        timeouts: { create: "60m", update: "60m", delete: "60m" },
      });
    }
  }
}

/** @returns the name of an instance's read pool */
function readPoolName(instance: string): string {
  return `${limitName(instance, 75)}-read`;
}

/**
 * One connection of the server's for as long as a client keeps its own: what a session sets up stays (`SET`, prepared
 * statements). Applications limit their connections themselves, so that the pooler's own limit would only make them wait.
 * Google gives back no block where it is off, and the provider would keep an earlier one: `false` has to be said.
 * @see https://cloud.google.com/sql/docs/postgres/managed-connection-pooling
 */
function connectionPool({
  connectionPool: enabled = false,
  tier,
  databaseFlags,
}: SqlInstanceProps["settings"]): SqlDatabaseInstanceSettings["connectionPoolConfig"] {
  const connections = connectionsWith(tier, databaseFlags);
  return [
    {
      connectionPoolingEnabled: enabled,
      flags: enabled
        ? [
            { name: "pool_mode", value: "session" },
            ...(connections === undefined ? [] : [{ name: "max_pool_size", value: String(connections) }]),
          ]
        : undefined,
    },
  ];
}

/** The major version if none is chosen. */
const DEFAULT_MAJOR = 15;

/**
 * Refuses, at plan time, a major version below that of the instance: Google upgrades in place and never goes back.
 * @returns nothing for that version or an older one, which every instance had before one could be chosen
 * @see https://cloud.google.com/sql/docs/postgres/upgrade-major-db-version-inplace
 */
function neverOlder(
  scope: Construct,
  projectId: string,
  { name, databaseVersion }: SqlInstanceProps["settings"],
): Precondition[] {
  const major = Number(/^POSTGRES_(\d+)$/.exec(databaseVersion)?.[1] ?? 0);
  if (major <= DEFAULT_MAJOR) return [];
  const list = new DataGoogleSqlDatabaseInstances(scope, "versions", { project: projectId });
  const all = `data.${list.terraformResourceType}.${list.friendlyUniqueId}.instances`;
  const newer =
    `[for i in ${all} : i.database_version if i.name == "${name}" && ` +
    `try(tonumber(regex("^POSTGRES_([0-9]+)", i.database_version)[0]), 0) > ${major}]`;
  return [
    {
      condition: `\${length(try(${newer}, [])) == 0}`,
      errorMessage:
        `Cloud SQL instance ${name} is \${join(", ", try(${newer}, []))}, and database_type is ${databaseVersion}: Google upgrades in ` +
        "place and never goes back. Set database_type to the version that it has.",
    },
  ];
}
