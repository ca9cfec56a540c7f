import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { SqlDatabaseInstance } from "@cdktf/provider-google/lib/sql-database-instance";
import type { Installation } from "../installation";
import type { SharedServices } from "../google/shared-services";
import { instanceMaintenance } from "./maintenance";
import type { Network } from "./network";

export interface SqlInstanceProps {
  readonly installation: Installation;
  readonly settings: NonNullable<SharedServices["sql"]>;
  readonly network: Network;
  /** The private services connection among them: Terraform cannot see that the private address needs it. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Cloud SQL instance, PostgreSQL or MySQL, with a private address only. Databases and users are the applications'. No
 * root password is set: `postgres` without one cannot log in, and the provider removes MySQL's `root`.
 */
export class SqlInstance extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: SqlInstanceProps) {
    super(scope, id);
    const { installation, settings } = props;
    const mysql = settings.databaseVersion.startsWith("MYSQL");

    const instance = new SqlDatabaseInstance(this, "instance", {
      project: installation.projectId,
      region: installation.region,
      name: settings.name,
      databaseVersion: settings.databaseVersion,
      // Two locks: this one stops Terraform, `deletionProtectionEnabled` stops everybody.
      deletionProtection: installation.deletionProtection,
      settings: {
        // From PostgreSQL 16 on Google's default is Enterprise Plus, which has other machine types and another price.
        edition: "ENTERPRISE",
        tier: settings.tier,
        availabilityType: settings.availabilityType,
        deletionProtectionEnabled: installation.deletionProtection,
        diskType: "PD_SSD",
        diskSize: settings.diskSizeGb,
        diskAutoresize: true,
        userLabels: { ...installation.labels },
        ipConfiguration: {
          ipv4Enabled: false,
          privateNetwork: props.network.networkId,
          // Lets BigQuery federate over Google's own network, in place of a public address for it.
          enablePrivatePathForGoogleCloudServices: true,
          sslMode: "ENCRYPTED_ONLY",
        },
        backupConfiguration: {
          enabled: true,
          startTime: settings.backupStartTime,
          // Google's default is the multi-region around: outside of what an organization may allow, or a user expects.
          location: settings.backupLocation ?? installation.region,
          // Point-in-time recovery goes by another name in each engine, and asking for the wrong one is refused.
          ...(mysql ? { binaryLogEnabled: true } : { pointInTimeRecoveryEnabled: true }),
          // Days; seven are the most that the Enterprise edition keeps.
          transactionLogRetentionDays: 7,
          backupRetentionSettings: { retainedBackups: settings.retainedBackups, retentionUnit: "COUNT" },
        },
        insightsConfig: {
          queryInsightsEnabled: true,
          queryStringLength: 1024,
          recordApplicationTags: true,
          // The Auth Proxy is every client's address: personal data without use.
          recordClientAddress: false,
        },
        ...instanceMaintenance(settings.maintenance, settings.backupStartTime),
        // No database flags: `max_connections` and the buffers follow from the tier, and a flag would freeze them at
        // today's when the instance grows. `vector` needs none.
      },
      timeouts: { create: "60m", update: "60m", delete: "60m" },
      lifecycle: {
        // The disk grows automatically. A size below today's can only be had with a new instance, and Terraform would plan
        // just that.
        ignoreChanges: ["settings[0].disk_size"],
      },
      dependsOn: [...props.dependsOn],
    });
    this.name = instance.name;
  }
}
