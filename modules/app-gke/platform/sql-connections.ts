import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import { connectionsExpression } from "../google/sql-connections";
import type { SharedServices } from "../google/shared-services";
import { CheckBlock } from "../terraform/check-block";
import type { Lookup } from "./lookup";

export interface SqlConnectionsProps {
  readonly services: SharedServices;
  readonly lookup: Lookup;
  readonly application: Pick<ApplicationConfig, "database">;
  /** Stages with databases of their own, on the same instance. */
  readonly stages: readonly { readonly application: Pick<ApplicationConfig, "database"> }[];
}

/**
 * Warns if a named instance takes fewer connections than the application may open. The instance's size is only known at
 * plan time, and what others open on it is not known at all. (An instance that is created here is checked earlier.)
 */
export function checkSqlConnections(scope: Construct, props: SqlConnectionsProps): void {
  const { application, lookup, services, stages } = props;
  const all = [application, ...stages.map((stage) => stage.application)];
  const databases = all.flatMap(({ database }) => database ?? []);
  const wanted = databases.reduce((sum, { connections = 0 }) => sum + connections, 0);
  const postgres = databases.every(({ version }) => version.startsWith("POSTGRES"));
  if (!services.sql || services.sql.create || !lookup.sql || !postgres || wanted === 0) return;
  const takes = connectionsExpression(lookup.sql.address);
  new CheckBlock(scope, "sql-connections", {
    condition: `${takes} == null ? true : ${takes} >= ${wanted}`,
    message:
      `The pods may open up to ${wanted} connections to ${services.sql.name}, which takes \${coalesce(${takes}, 0)}, ` +
      `those of others included: under load, new ones would be refused. Set sql_tier to the tier that it has, so that ` +
      `connection pools follow, or lower max_instance_count and worker_max_instance_count.`,
  });
}
