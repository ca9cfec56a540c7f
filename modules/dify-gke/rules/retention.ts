import { CLEANUP_VARIABLES, MESSAGES_SINCE } from "../../dify-common/retention";
import { knownVariables } from "../../dify-common/releases";
import { imagesIn } from "../dify-settings";
import type { Variables } from "../variables";
import { environments } from "./environments";
import { DESIGN, type Rule } from "./rule";

const RETENTION = ["workflow_run_retention_days", "message_retention_days"] as const;

const twice: Rule = {
  id: "retention-said-once",
  what: "`workflow_run_retention_days` or `message_retention_days` next to Dify's own settings for the same",
  why: "Two settings would say when data is deleted, and the one that you overlook might count.",
  risk: "High",
  severity: "error",
  variables: [...RETENTION, "environment_variables", "component_settings"],
  source: DESIGN,
  brokenBy: (v) => (RETENTION.some((name) => v[name] !== null) ? ownSettings(v) : []),
  message: (_, subject) =>
    `${subject} is set next to workflow_run_retention_days or message_retention_days: two settings would say when data is deleted, and the one that you overlook might count. Take ${subject} out, and set both periods with the two variables.`,
};

function ownSettings(v: Variables): string[] {
  return CLEANUP_VARIABLES.filter((name) => environments(v).some((all) => Object.hasOwn(all, name)));
}

const messages: Rule = {
  id: "message-retention-release",
  what: "`message_retention_days` with a release of Dify before 1.12",
  why: "It cleans up messages of free plans only, and no workspace here has one: messages would stay, although the file says that they are deleted.",
  risk: "Medium",
  severity: "error",
  variables: ["message_retention_days", "application_version", "component_image_tags", "sandbox_image"],
  source: "Dify api/schedule/clean_messages.py",
  brokenBy: (v) => v.message_retention_days !== null && !cleansMessages(v),
  message: (v) =>
    `message_retention_days is ${v.message_retention_days} and application_version is "${v.application_version}": releases before 1.12 clean up the messages of a free plan only, which workspaces here do not have, so messages would stay although the file says that they are deleted. Take message_retention_days out, or set application_version = "1.12.0" or a newer release.`,
};

function cleansMessages(v: Variables): boolean {
  const { imageTags, release } = imagesIn(v);
  const known = knownVariables(release.version, "api", imageTags.api);
  return known === undefined || known.read.has(MESSAGES_SINCE) || known.perhaps.has(MESSAGES_SINCE);
}

export const retentionRules: readonly Rule[] = [twice, messages];
