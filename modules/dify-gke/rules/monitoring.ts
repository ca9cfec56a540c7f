import { internalSubnetwork } from "../../app-gke/front-door/internal-load-balancer";
import { metricOf, metricTypes } from "../../app-gke/google/metrics";
import { hasSomethingToWatch } from "../../app-gke/monitoring/standard-alert";
import { standardAlerts } from "../../app-gke/monitoring/standard-alerts";
import { metricsOf, watchedFilter, watchedOf } from "../../app-gke/monitoring/watched";
import { knownVariables } from "../../dify-common/releases";
import { imagesIn } from "../dify-settings";
import { hasGateway } from "../front-door";

import { installationOf } from "../installation";
import { collectsMetrics } from "../monitoring";
import { FILES_CHOICE } from "../files-place";
import { REDIS_CHOICE, redisPlace } from "../redis-place";
import { networkProjectOf, sharedServices } from "../shared-services";
import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { composedOf } from "./composed";
import { DESIGN, duplicates, GOOGLE, type Rule } from "./rule";

/** Rules about what is watched, and who is told. */

const publicDoor: Rule = {
  id: "uptime-check-reaches-it",
  what: "`uptime_check_config` without a public address",
  why: "Google's checkers come from the internet: the check would fail from its first minute.",
  risk: "Medium",
  severity: "error",
  variables: [
    "uptime_check_config",
    "service_type",
    "service_annotations",
    "load_balancer_source_ranges",
    "public_urls",
    ...([
      "enable_custom_domain",
      "enable_cloud_armor",
      "enable_iap",
      "enable_cdn",
      "network_project_id",
      "project_id",
      "region",
    ] as const),
  ],
  source: GOOGLE,
  brokenBy: (v) => v.uptime_check_config.enabled && closedBecause(v) !== undefined,
  message: (v) =>
    `uptime_check_config is enabled, and ${closedBecause(v) ?? ""}. Google's checkers come from the internet, so the check would fail from its first minute. Take uptime_check_config out of the file and watch the address from inside, or name a public one in public_urls.`,
};

/** @returns why nothing on the internet reaches the address; `undefined` if it may */
function closedBecause(v: Variables): string | undefined {
  if (v.public_urls.length > 0 || hasGateway(v)) return undefined;
  if (v.service_type !== "LoadBalancer") return `service_type = "${v.service_type}" gives no address of its own`;
  const place = { networkProject: networkProjectOf(v), region: v.region };
  if (internalSubnetwork(v.service_annotations, place, "") !== undefined) {
    return "service_annotations ask for an internal load balancer";
  }
  if (v.load_balancer_source_ranges.length === 0 || v.load_balancer_source_ranges.includes("0.0.0.0/0"))
    return undefined;
  return `load_balancer_source_ranges lets in ${v.load_balancer_source_ranges.join(", ")} only`;
}

const behindSignIn: Rule = {
  id: "uptime-check-behind-sign-in",
  what: "`uptime_check_config` with a path that asks for sign-in",
  why: "The checkers cannot sign in: the check would fail from its first minute.",
  risk: "Medium",
  severity: "error",
  variables: ["uptime_check_config", "enable_iap", "iap_exempt_paths"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.uptime_check_config.enabled &&
    v.enable_iap &&
    !v.iap_exempt_paths.some((exempt) => isBelow(v.uptime_check_config.path, exempt)),
  message: ({ uptime_check_config: { path } }) => {
    const exempt = withoutQuery(path).replace(/\/+$/, "");
    const allow = /^(\/[\w.~-]+)+$/.test(exempt)
      ? `add "${exempt}" to iap_exempt_paths, or choose a path below one of them`
      : "or choose a path that iap_exempt_paths can have, such as /health";
    return `uptime_check_config asks for ${path}, and enable_iap = true protects it: the checkers cannot sign in, so the check would fail from its first minute. Take uptime_check_config out of the file, ${allow}.`;
  },
};

/** As the gateway compares: part by part, without what follows a question mark, and with or without a slash at the end. */
function isBelow(path: string, above: string): boolean {
  return `${withoutQuery(path)}/`.startsWith(`${above.replace(/\/+$/, "")}/`);
}

const withoutQuery = (path: string): string => path.replace(/\?.*$/s, "");

const someoneIsTold: Rule = {
  id: "alerts-reach-someone",
  what: "Alerts without `support_users`",
  why: "Incidents are opened in the console, and nobody is told.",
  risk: "Medium",
  severity: "warning",
  variables: ["support_users", "uptime_check_config", "alert_policies"],
  source: DESIGN,
  brokenBy: (v) => v.support_users.length === 0 && (v.uptime_check_config.enabled || v.alert_policies.length > 0),
  message: (v) =>
    `support_users is empty, and ${v.uptime_check_config.enabled ? "uptime_check_config" : "alert_policies"} ${v.uptime_check_config.enabled ? "makes" : "make"} alerts: incidents are opened in the console, and nobody is told. Set support_users to the addresses that alerts go to.`,
};

const usersOnce: Rule = {
  id: "support-users-once",
  what: "An address that `support_users` names twice",
  why: "One of the two is likely to be another address with a mistake in it.",
  risk: "Low",
  severity: "error",
  variables: ["support_users"],
  source: DESIGN,
  // Upper and lower case are the same mailbox nearly everywhere.
  brokenBy: (v) => duplicates(v.support_users.map((each) => each.toLowerCase())),
  message: (_, subject) =>
    `support_users names ${subject} more than once, so one of them is likely to be another address with a mistake in it. Name each address once.`,
};

const namesOnce: Rule = {
  id: "alert-names-once",
  what: "Two `alert_policies` of one name",
  why: "Nobody could tell which of the two an e-mail is about.",
  risk: "Low",
  severity: "error",
  variables: ["alert_policies"],
  source: DESIGN,
  brokenBy: (v) => duplicates(v.alert_policies.map(({ name }) => name)),
  message: (_, subject) =>
    `alert_policies has two alerts named "${subject}": nobody could tell which of them an e-mail is about. Give each a name of its own.`,
};

const knownMetrics: Rule = {
  id: "alert-metric-known",
  what: "A `metric_type` in `alert_policies` that is not known",
  why: "Google refuses a metric that does not exist, and others cannot be limited to this environment.",
  risk: "Medium",
  severity: "error",
  variables: ["alert_policies"],
  source: GOOGLE,
  brokenBy: (v) => [
    ...new Set(v.alert_policies.map(({ metric_type }) => metric_type).filter((type) => metricOf(type) === undefined)),
  ],
  message: (_, subject) => {
    const near = nearest(subject, metricTypes);
    return `alert_policies names the metric "${subject}", which is none of those that can be limited to this environment: Google would refuse it half-way through the apply, or the alert would also watch what belongs to others. Take it out of alert_policies, or use ${near === undefined ? "" : `"${near}" or `}another metric of ${PREFIXES.join(", ")}, prometheus.googleapis.com/<name>/gauge or /counter, or logging.googleapis.com/user/<name>.`;
  },
};

const PREFIXES = [...new Set(metricTypes.map((type) => type.split("/", 1)[0] ?? type))];

const metricsHere: Rule = {
  id: "alert-metric-has-resource",
  what: "A `metric_type` in `alert_policies` of something that the environment does not have",
  why: "The alert would never open an incident.",
  risk: "Medium",
  severity: "error",
  variables: [
    "alert_policies",
    "network_name",
    "create_nat",
    "nfs_instance_name",
    ...FILES_CHOICE,
    ...REDIS_CHOICE,
    "create_cloud_storage",
  ],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    const watched = watchedIn(v, environment);
    return v.alert_policies
      .filter(({ metric_type }) => {
        const metric = metricOf(metric_type);
        return metric !== undefined && watchedFilter(metric.resource, watched) === undefined;
      })
      .map(({ name }) => name);
  },
  message: (v, subject) => {
    const type = v.alert_policies.find(({ name }) => name === subject)?.metric_type ?? "";
    const resource = metricOf(type)?.resource ?? "";
    return `The alert "${subject}" watches ${type}, a metric of ${THINGS[resource] ?? resource}, which this environment does not make: it would never open an incident. Take it out of alert_policies, or watch it where it is made.`;
  },
};

const standardHere: Rule = {
  id: "standard-alert-watches-something",
  what: "An entry of `standard_alerts` for something that the environment does not have",
  why: "There is no such alert, so the entry has no effect.",
  risk: "Low",
  severity: "warning",
  variables: [
    "standard_alerts",
    "support_users",
    "uptime_check_config",
    "enable_cloud_armor",
    "sql_instance_name",
    "data_services",
    "sql_tier",
    "network_name",
    "create_nat",
    "enable_nfs",
    "nfs_instance_name",
    "vector_store",
    "vector_store_moves_from",
    "workload_type",
    "stateful_pvc_enabled",
    "redis_host",
    "redis_service",
    "enable_cicd_trigger",
    "enable_cloud_deploy",
    "enable_custom_domain",
    "enable_iap",
    "enable_cdn",
    "deploy_application",
    "enable_component_metrics",
    "environment_variables",
  ],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    if (v.support_users.length === 0) return [];
    const watched = watchedIn(v, environment);
    return standardAlerts
      .filter((alert) => v.standard_alerts[alert.id] !== undefined && !hasSomethingToWatch(alert, watched))
      .map(({ id }) => id);
  },
  message: (_, subject) =>
    `standard_alerts has an entry for ${subject}, and this environment has nothing that it would watch: there is no such alert, so the entry has no effect. Take ${subject} out of standard_alerts.`,
};

const budgetAccount: Rule = {
  id: "budget-has-account",
  what: "`monthly_budget` without `billing_account_id`",
  why: "A budget belongs to a billing account.",
  risk: "Low",
  severity: "error",
  variables: ["monthly_budget", "billing_account_id"],
  source: GOOGLE,
  brokenBy: (v) => v.monthly_budget > 0 && v.billing_account_id === "",
  message: (v) =>
    `monthly_budget is ${v.monthly_budget}, and billing_account_id is empty: a budget belongs to a billing account, so the apply could not make it. Set billing_account_id to the account that "gcloud billing projects describe ${v.project_id}" names.`,
};

/** https://cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets#notificationsrule */
const CHANNELS_OF_BUDGET = 5;

const budgetChannels: Rule = {
  id: "budget-tells-five",
  what: "`monthly_budget` with more than five `support_users`",
  why: "Google refuses a budget with more than five channels.",
  risk: "Low",
  severity: "error",
  variables: ["support_users", "monthly_budget"],
  source: GOOGLE,
  brokenBy: (v) => v.monthly_budget > 0 && v.support_users.length > CHANNELS_OF_BUDGET,
  message: (v) =>
    `monthly_budget is set, and support_users has ${v.support_users.length} addresses: Google refuses a budget that tells more than ${CHANNELS_OF_BUDGET}. Use the address of a group in support_users.`,
};

const jsonThere: Rule = {
  id: "log-format-read",
  what: '`log_format = "json"` with a release that only logs text',
  why: "Everything is still logged as text.",
  risk: "Low",
  severity: "warning",
  variables: ["log_format", "application_version", "component_image_tags", "sandbox_image"],
  source: DESIGN,
  brokenBy: (v) => v.log_format === "json" && !logsJson(v),
  message: (v) =>
    `log_format is "json", and the API of Dify ${v.application_version} only logs text: it reads LOG_OUTPUT_FORMAT from 1.11.3 on, so its entries keep the severity of their stream. Take log_format out of the file until the release is newer, or raise application_version.`,
};

function logsJson(v: Variables): boolean {
  const { release, imageTags } = imagesIn(v);
  const known = knownVariables(release.version, "api", imageTags.api);
  return known === undefined || known.read.has("LOG_OUTPUT_FORMAT") || known.perhaps.has("LOG_OUTPUT_FORMAT");
}

/** What the resources of metrics are called here. */
const THINGS: Readonly<Record<string, string>> = {
  cloudsql_database: "a Cloud SQL instance",
  gce_instance: "a file server",
  gcs_bucket: "a bucket",
  nat_gateway: "a NAT gateway",
};

function watchedIn(v: Variables, environment: string) {
  const installation = installationOf(environment, v);
  const watched = watchedOf({
    projectId: v.project_id,
    services: sharedServices(v, installation),
    namespaces: [installation.resourcePrefix],
    // Dify's own one is always there, and secrets with reminders are.
    buckets: ["storage"],
    rotationTopic: "any",
    redisOnFileServer: redisPlace(v) === "file_server",
    sharedVolume: v.enable_nfs ? v.nfs_volume_name : undefined,
    ownDisks: v.deploy_application && hasOwnDisks(v) ? { owners: ["any"], volumes: ["any"] } : undefined,
    measured: v.deploy_application && collectsMetrics(v) ? metricsOf(composedOf(v) ?? { components: [] }) : [],
    firewallPolicy: v.enable_cloud_armor ? v.cloud_armor_policy_name : undefined,
    pipeline: v.enable_cicd_trigger && v.enable_cloud_deploy ? { name: "any", location: v.region } : undefined,
    certificates: hasGateway(v) ? "any" : undefined,
    errorLines: v.deploy_application ? "any" : undefined,
  });
  return {
    ...watched,
    requestMetric: v.deploy_application ? "any" : undefined,
    firstByteMetric: v.deploy_application ? "any" : undefined,
    checkIds: v.uptime_check_config.enabled && isSecure(v) ? ["any"] : [],
  };
}

/** Whether pods have disks of their own. */
function hasOwnDisks(v: Variables): boolean {
  const { components = [], dataClusters = [] } = composedOf(v) ?? {};
  return dataClusters.length > 0 || components.some(({ statefulSet }) => (statefulSet?.volumes ?? []).length > 0);
}

/** Whether a public address has a certificate. */
function isSecure(v: Variables): boolean {
  return v.public_urls.length > 0 ? v.public_urls.some((url) => url.startsWith("https:")) : hasGateway(v);
}

export const monitoringRules: readonly Rule[] = [
  publicDoor,
  behindSignIn,
  someoneIsTold,
  usersOnce,
  namesOnce,
  knownMetrics,
  metricsHere,
  standardHere,
  jsonThere,
  budgetAccount,
  budgetChannels,
];
