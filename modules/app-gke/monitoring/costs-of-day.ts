import type { Watched } from "./watched";

export interface CostsOfDayProps {
  readonly projectId: string;
  readonly namespaces: Watched["namespaces"];
  /** `project.dataset.table`. */
  readonly table: string;
}

/**
 * @returns Markdown for a dashboard: the query for the costs of the day, and the way to where it runs. A chart cannot show
 * them, as dashboards read metrics and log buckets, and costs are in BigQuery
 * (https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#timeseriesquery). Namespaces are told apart in
 * the detailed export only, where the cluster has cost allocation
 * (https://cloud.google.com/kubernetes-engine/docs/how-to/cost-allocations).
 */
export function costsOfDay({ projectId, namespaces, table }: CostsOfDayProps): string {
  const names = namespaces.map((namespace) => `"${namespace}"`).join(", ");
  const label = 'SELECT value FROM UNNEST(labels) WHERE key IN ("k8s-namespace", "goog-k8s-namespace") LIMIT 1';
  return `[Run in BigQuery](https://console.cloud.google.com/bigquery?project=${projectId}), whose data is some hours old:

\`\`\`sql
SELECT
  DATE(usage_start_time) AS day,
  service.description AS service,
  IF((${label}) IN (${names}), "this environment's pods", "whole project") AS part,
  ROUND(SUM(cost + IFNULL((SELECT SUM(amount) FROM UNNEST(credits)), 0)), 2) AS costs,
  ANY_VALUE(currency) AS currency
FROM \`${table}\`
WHERE project.id = "${projectId}" AND usage_start_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY)
GROUP BY day, service, part
ORDER BY day DESC, costs DESC
\`\`\``;
}
