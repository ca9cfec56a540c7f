import { whereRead } from "./reads";
import type { DifySettings } from "./settings";

/** What Dify's own clean-up reads; beat starts it each night, and workers do it (api/extensions/ext_celery.py). */
export const CLEANUP_VARIABLES = [
  "WORKFLOW_LOG_CLEANUP_ENABLED",
  "WORKFLOW_LOG_RETENTION_DAYS",
  "ENABLE_CLEAN_MESSAGES",
  "SANDBOX_EXPIRED_RECORDS_RETENTION_DAYS",
] as const;

/**
 * Read from the release on in which messages are cleaned up whatever workspaces pay: earlier ones clean up a free plan's, which
 * this installation has no notion of (api/schedule/clean_messages.py; services/retention/conversation/messages_clean_policy.py,
 * BillingDisabledPolicy).
 */
export const MESSAGES_SINCE = "SANDBOX_EXPIRED_RECORDS_CLEAN_TASK_LOCK_TTL";

/** @returns the variables of the API's processes that say what is deleted, and when */
export function retentionEnvironment(settings: DifySettings): Record<string, string> {
  const { workflowRunDays, messageDays } = settings.retention ?? {};
  return {
    ...(workflowRunDays === undefined
      ? {}
      : whereRead(settings, "api", {
          WORKFLOW_LOG_CLEANUP_ENABLED: "true",
          WORKFLOW_LOG_RETENTION_DAYS: String(workflowRunDays),
        })),
    ...(messageDays === undefined
      ? {}
      : whereRead(settings, "api", {
          ENABLE_CLEAN_MESSAGES: "true",
          SANDBOX_EXPIRED_RECORDS_RETENTION_DAYS: String(messageDays),
        })),
  };
}
