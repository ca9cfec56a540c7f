import type { Construct } from "constructs";
import type { Installation } from "../installation";
import { ofNamespaces } from "./log-filters";
import { LogMetric } from "./log-metric";
import type { Watched } from "./watched";

/**
 * @param container that logs entries with `database` and `databaseBytes`
 * @returns the metric of databases' sizes, as PromQL writes it
 */
export function sizeMetric(scope: Construct, installation: Installation, watched: Watched, container: string): string {
  return new LogMetric(scope, "database-size", {
    installation,
    what: "database_bytes",
    description: `Sizes of the databases of ${installation.resourcePrefix}`,
    filter: `resource.type="k8s_container" AND ${ofNamespaces(watched)} AND resource.labels.container_name="${container}" AND jsonPayload.databaseBytes > 0`,
    labels: { database: { description: "Name of the database", extractor: "EXTRACT(jsonPayload.database)" } },
    number: { extractor: "EXTRACT(jsonPayload.databaseBytes)", unit: "By", least: 1_000_000 },
  }).promql;
}
