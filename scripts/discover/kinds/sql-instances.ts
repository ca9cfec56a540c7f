import type { sqladmin_v1 } from "googleapis/build/src/apis/sqladmin/v1";
import { sqlRequirements } from "../../../modules/app-gke/google/sql-requirements";
import { databaseVersion, iamAuthentication, networkWanted } from "../../../modules/dify-gke/shared-services";
import { definitionOf } from "../../../modules/dify-gke/variables";
import { checkValue } from "../../../modules/dify-gke/variables/check";
import { foundSqlInstance } from "../../google-apis/found";
import type { Values } from "../edit";
import { type Candidate, facts, type Kind, unmet } from "../kind";

export const sqlInstances: Kind = {
  id: "sql-instances",
  title: "Cloud SQL instances",
  one: "database instance",
  variable: "sql_instance_name",
  role: "roles/cloudsql.viewer",
  own: ({ sql }) => [sql?.name],
  // Without replicas, because nothing can be written to one.
  read: async (reader) =>
    (await reader.sqlInstances()).filter(({ instanceType }) => instanceType !== "READ_REPLICA_INSTANCE").map(candidate),
};

/** The tier counts for connection pools, if it says its size. */
function known(tier: string): Values {
  const definition = definitionOf("sql_tier");
  return definition && "value" in checkValue(definition, tier) ? { sql_tier: tier } : {};
}

function candidate(answer: sqladmin_v1.Schema$DatabaseInstance): Candidate {
  const found = foundSqlInstance(answer);
  const { name, network, networkProject, version, privateIp } = found;
  const { region = "" } = answer;
  const tier = answer.settings?.tier ?? "";
  return {
    name,
    location: region ?? "",
    network,
    networkProject,
    facts: facts(version, tier, answer.settings?.availabilityType, privateIp),
    lacks: ({ variables }) =>
      unmet(
        sqlRequirements({
          name,
          databaseVersion: databaseVersion(variables.database_type),
          iamAuthentication: iamAuthentication(variables),
          ...networkWanted(variables),
        }),
        found,
      ),
    sets: ({ variables }) => ({
      values: known(tier),
      notes: [
        ...(region === variables.region
          ? []
          : [
              `${name} is in ${region ?? ""} and the pods in ${variables.region}: each query goes from the one to the other.`,
            ]),
      ],
    }),
  };
}
