import {
  type FoundNetwork,
  isIn,
  isInCondition,
  type NetworkWanted,
  said,
  saidExpression,
  wantedNetwork,
} from "./in-network";
import type { Requirement } from "./requirement";

/** What is known of an existing Cloud SQL instance. */
export interface FoundSqlInstance extends FoundNetwork {
  readonly name: string;
  /** `POSTGRES_15` */
  readonly version: string;
  /** @default - it has none */
  readonly privateIp?: string;
  /** `RUNNABLE`. @default - not known */
  readonly state?: string;
  /** `ALWAYS`. @default - not known */
  readonly activation?: string;
  /** Flags that are set, by name. */
  readonly flags: Readonly<Record<string, string>>;
}

/** What the instance is wanted for. */
export interface SqlWanted extends NetworkWanted {
  readonly name: string;
  /** `POSTGRES_15`: only the engine is compared. */
  readonly databaseVersion: string;
  /** Whether service accounts log in. @default false */
  readonly iamAuthentication?: boolean;
}

/** Oldest PostgreSQL that Cloud SQL still creates and that `vector` is available for. */
const OLDEST_POSTGRES = 13;

/** @returns the flag that lets service accounts log in, which restarts nothing: https://cloud.google.com/sql/docs/postgres/flags */
export function iamFlag(databaseVersion: string): string {
  return databaseVersion.startsWith("MYSQL") ? "cloudsql_iam_authentication" : "cloudsql.iam_authentication";
}

/** @returns what a named Cloud SQL instance has to have */
export function sqlRequirements(wanted: SqlWanted): Requirement<FoundSqlInstance>[] {
  const { name, projectId, databaseVersion, networkName } = wanted;
  const engine = databaseVersion.split("_")[0] ?? databaseVersion;
  const flag = iamFlag(databaseVersion);
  const network = `try(self.settings[0].ip_configuration[0].private_network, "")`;
  const version = { expression: "${self.database_version}", of: (found: FoundSqlInstance) => found.version };
  return [
    {
      id: "engine",
      condition: `startswith(self.database_version, "${engine}_")`,
      met: (found) => found.version.startsWith(`${engine}_`),
      lack: (found) => `${found.version} and not ${engine}`,
      shown: version,
      message: (shown) => ({
        fact: `Cloud SQL instance ${name} is ${shown}, and the application needs ${engine}`,
        consequence: "no pod would start",
        remedy: "Set sql_instance_name to an instance of that kind, or leave it empty to have one created.",
      }),
    },
    ...(engine === "POSTGRES"
      ? [
          {
            id: "version",
            condition: `try(tonumber(regex("^POSTGRES_([0-9]+)", self.database_version)[0]), 99) >= ${OLDEST_POSTGRES}`,
            met: (found: FoundSqlInstance) =>
              Number(/^POSTGRES_(\d+)/.exec(found.version)?.[1] ?? 99) >= OLDEST_POSTGRES,
            lack: (found: FoundSqlInstance) => `${found.version}, older than ${OLDEST_POSTGRES}`,
            shown: version,
            message: (shown: string) => ({
              fact: `Cloud SQL instance ${name} is ${shown}, which is older than POSTGRES_${OLDEST_POSTGRES}`,
              consequence: "the application's migrations and its vector extension do not run there",
              remedy: "Upgrade the instance, or set sql_instance_name to another one.",
            }),
          },
        ]
      : []),
    {
      id: "private-address",
      condition: 'self.private_ip_address != null && self.private_ip_address != ""',
      met: ({ privateIp = "" }) => privateIp !== "",
      lack: () => "no private address",
      message: () => ({
        fact: `Cloud SQL instance ${name} has no private address, and pods connect to no other`,
        consequence: "they would wait for their database without end",
        remedy: "Give it one in the cluster's network:",
        help: `gcloud sql instances patch ${name} --network=${networkName === undefined ? "NETWORK" : `projects/${wanted.networkProject ?? projectId}/global/networks/${networkName}`} --project=${projectId}`,
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            // Without a network, its private address does not come from a private services connection.
            condition: `${network} == null || ${network} == "" || ${isInCondition(network, wanted)}`,
            met: (found: FoundSqlInstance) => (found.network ?? "") === "" || isIn(found, wanted),
            lack: (found: FoundSqlInstance) => `in network ${said(found, wanted)}`,
            shown: {
              expression: saidExpression(network, wanted),
              of: (found: FoundSqlInstance) => said(found, wanted),
            },
            message: (shown: string) => ({
              fact: `Cloud SQL instance ${name} has its private address in network ${shown}, and the cluster is in ${wantedNetwork(wanted)}`,
              consequence: "pods would not reach it",
              remedy: `Set sql_instance_name to an instance in ${wantedNetwork(wanted)}.`,
            }),
          },
        ]),
    ...(wanted.iamAuthentication
      ? [
          {
            id: "iam-authentication",
            condition: `length([for f in try(self.settings[0].database_flags, []) : f if f.name == "${flag}" && f.value == "on"]) > 0`,
            met: (found: FoundSqlInstance) => found.flags[flag] === "on",
            lack: () => `no flag ${flag}`,
            message: () => ({
              fact: `Cloud SQL instance ${name} does not have ${flag} = on, and database_authentication needs it`,
              consequence: "no service account could log in, and no pod would start",
              remedy:
                'Set database_authentication = "password", or set the flag. This command replaces all flags, so name those that it has as well:',
              help: `gcloud sql instances patch ${name} --database-flags=${flag}=on --project=${projectId}`,
            }),
          },
        ]
      : []),
    {
      id: "state",
      met: ({ state = "RUNNABLE", activation = "ALWAYS" }) => state === "RUNNABLE" && activation === "ALWAYS",
      lack: ({ state = "", activation = "ALWAYS" }) => (activation === "ALWAYS" ? `its state is ${state}` : "stopped"),
      shown: {
        expression: "",
        of: ({ state = "", activation = "ALWAYS" }) => (activation === "ALWAYS" ? `in the state ${state}` : "stopped"),
      },
      message: (shown) => ({
        fact: `Cloud SQL instance ${name} is ${shown}`,
        consequence: "the first job would wait for it and fail",
        remedy: "Start it:",
        help: `gcloud sql instances patch ${name} --activation-policy=ALWAYS --project=${projectId}`,
      }),
    },
  ];
}
