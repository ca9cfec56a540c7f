import type { SharedServices } from "../google/shared-services";

/**
 * A data source's postcondition: it holds for what was found, and also if nothing was found, for which there is another
 * message.
 */
interface Postcondition {
  readonly condition: string;
  readonly errorMessage: string;
}

/**
 * What a named cluster has to have; one that the foundation created has it.
 * @param networkName network of the database and the file server
 */
export function clusterConditions(
  projectId: string,
  { name, location, create }: SharedServices["cluster"],
  networkName: string,
): Postcondition[] {
  if (create) return [];
  const where = `--location=${location} --project=${projectId}`;
  const check = (holds: string, errorMessage: string): Postcondition => ({
    condition: `\${(self.endpoint == null || self.endpoint == "") || (${holds})}`,
    errorMessage,
  });
  const autopilot = "try(self.enable_autopilot, false) == true";
  return [
    check(
      `${autopilot} || try(self.datapath_provider, "") == "ADVANCED_DATAPATH" || try(self.network_policy[0].enabled, false) == true`,
      `GKE cluster ${name} does not enforce network policies: the sandboxes, which run anybody's code, would reach the whole ` +
        `network. Set gke_cluster_name to an Autopilot cluster or to one with Dataplane V2, or turn the add-on on: ` +
        `gcloud container clusters update ${name} ${where} --update-addons=NetworkPolicy=ENABLED, and then the same with ` +
        `--enable-network-policy. It makes the nodes anew.`,
    ),
    check(
      `${autopilot} || try(self.workload_identity_config[0].workload_pool, "") == "${projectId}.svc.id.goog"`,
      `GKE cluster ${name} has no Workload Identity of project ${projectId}: pods would have no Google account, and reach ` +
        `neither database nor bucket. Turn it on: gcloud container clusters update ${name} ${where} ` +
        `--workload-pool=${projectId}.svc.id.goog, and for its node pools --workload-metadata=GKE_METADATA.`,
    ),
    check(
      `basename(coalesce(self.network, "-")) == "${networkName}"`,
      `GKE cluster ${name} is in network \${basename(coalesce(self.network, "-"))}, and network_name is ${networkName}: pods ` +
        `would not reach database and file server, which are there. Set network_name to the cluster's network, or ` +
        `gke_cluster_name to a cluster in ${networkName}.`,
    ),
  ];
}

/** What a named Cloud SQL instance has to have. */
export function sqlConditions(
  { name, create, databaseVersion }: NonNullable<SharedServices["sql"]>,
  networkName: string,
): Postcondition[] {
  if (create) return [];
  const engine = databaseVersion.split("_")[0] ?? databaseVersion;
  const network = `try(self.settings[0].ip_configuration[0].private_network, "")`;
  return [
    {
      condition: `\${startswith(self.database_version, "${engine}_")}`,
      errorMessage:
        `Cloud SQL instance ${name} is \${self.database_version}, and the application needs ${engine}: no pod would start. ` +
        `Set sql_instance_name to an instance of that kind, or leave it empty to have one created.`,
    },
    ...(engine === "POSTGRES"
      ? [
          {
            condition: `\${try(tonumber(regex("^POSTGRES_([0-9]+)", self.database_version)[0]), 99) >= ${OLDEST_POSTGRES}}`,
            errorMessage:
              `Cloud SQL instance ${name} is \${self.database_version}, which is older than POSTGRES_${OLDEST_POSTGRES}: the ` +
              `application's migrations and its vector extension do not run there. Upgrade the instance, or set ` +
              `sql_instance_name to another one.`,
          },
        ]
      : []),
    {
      condition: `\${self.private_ip_address != null && self.private_ip_address != ""}`,
      errorMessage:
        `Cloud SQL instance ${name} has no private address, and pods connect to no other: they would wait for their ` +
        `database without end. Give it one in network ${networkName}: gcloud sql instances patch ${name} --network=${networkName}`,
    },
    {
      condition: `\${${network} == null || ${network} == "" || try(basename(${network}), "") == "${networkName}"}`,
      errorMessage:
        `Cloud SQL instance ${name} has its private address in network \${try(basename(${network}), "(none)")}, and the cluster ` +
        `is in ${networkName}: pods would not reach it. Set sql_instance_name to an instance in ${networkName}.`,
    },
  ];
}

/** Oldest PostgreSQL that Cloud SQL still creates and that `vector` is available for. */
const OLDEST_POSTGRES = 13;
