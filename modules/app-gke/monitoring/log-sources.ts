import type { Watched } from "./watched";

export interface LogSources {
  /** Filter for what the gateway logs. @default - it logs nothing */
  readonly requests?: string;
  /** `project:instance` of a database that is made here; an existing one logs for others, too. @default - there is none */
  readonly database?: string;
  /** Number of the trigger that starts builds. @default - there is none */
  readonly trigger?: string;
  /** Tag of builds without a trigger. @default - there are none */
  readonly buildTag?: string;
  /** @default - there is none */
  readonly pipeline?: Watched["pipeline"];
}

/**
 * @returns filters for what Google's services log of an environment, and of nobody else. Audit logs are not among them: who may
 * read those is decided for the whole project.
 * @see https://cloud.google.com/logging/docs/api/v2/resource-list
 */
export function serviceLogs({ requests, database, trigger, buildTag, pipeline }: LogSources): readonly string[] {
  const own = (type: string, conditions: string) =>
    `resource.type="${type}" AND ${conditions} AND NOT logName:"cloudaudit.googleapis.com"`;
  return [
    requests,
    database && own("cloudsql_database", `resource.labels.database_id="${database}"`),
    trigger && own("build", `resource.labels.build_trigger_id="${trigger}"`),
    buildTag && own("build", `labels.build_tags:"${buildTag}"`),
    pipeline &&
      own(
        "clouddeploy.googleapis.com/DeliveryPipeline",
        `resource.labels.pipeline_id="${pipeline.name}" AND resource.labels.location="${pipeline.location}"`,
      ),
  ].filter((filter) => filter !== undefined);
}

/**
 * Condition of a view without what the gateway logs: whole addresses, with query strings and what is secret in paths.
 * @see https://cloud.google.com/logging/docs/logs-views
 */
export const WITHOUT_REQUESTS = 'resource.type != "http_load_balancer"';
