import type { Requirement } from "./requirement";

/** What is known of an existing Cloud SQL instance, whoever asked. */
export interface FoundSqlInstance {
  readonly name: string;
  /** `POSTGRES_15` */
  readonly version: string;
  /** @default - it has none */
  readonly privateIp?: string;
  /** Name of the network of its private address. @default - none, or by another way than a private services connection */
  readonly network?: string;
  /** `RUNNABLE`. @default - whoever asked was not told */
  readonly state?: string;
  /** `ALWAYS`. @default - whoever asked was not told */
  readonly activation?: string;
}

/** What it is wanted for. */
export interface SqlWanted {
  readonly name: string;
  readonly projectId: string;
  /** `POSTGRES_15`: the engine counts. */
  readonly databaseVersion: string;
  /** Network of the cluster. @default - any: it will be the instance's */
  readonly networkName?: string;
}

/** Oldest PostgreSQL that Cloud SQL still creates and that `vector` is available for. */
const OLDEST_POSTGRES = 13;

/** @returns what a named Cloud SQL instance has to have */
export function sqlRequirements({
  name,
  projectId,
  databaseVersion,
  networkName,
}: SqlWanted): Requirement<FoundSqlInstance>[] {
  const engine = databaseVersion.split("_")[0] ?? databaseVersion;
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
        help: `gcloud sql instances patch ${name} --network=${networkName ?? "NETWORK"} --project=${projectId}`,
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            condition: `${network} == null || ${network} == "" || try(basename(${network}), "") == "${networkName}"`,
            met: ({ network: own = "" }: FoundSqlInstance) => own === "" || own === networkName,
            lack: ({ network: own = "" }: FoundSqlInstance) => `in network ${own}`,
            shown: {
              expression: `\${try(basename(${network}), "(none)")}`,
              of: ({ network: own = "(none)" }: FoundSqlInstance) => own,
            },
            message: (shown: string) => ({
              fact: `Cloud SQL instance ${name} has its private address in network ${shown}, and the cluster is in ${networkName}`,
              consequence: "pods would not reach it",
              remedy: `Set sql_instance_name to an instance in ${networkName}.`,
            }),
          },
        ]),
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
