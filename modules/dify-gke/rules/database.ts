import { knownVariables, resolveRelease } from "../../dify-common/releases";
import { backupStart, DATABASE_VERSIONS } from "../shared-services";
import { extensionRules } from "./extensions";
import { sqlFlagRules } from "./sql-flags";
import type { Variables } from "../variables";
import { GOOGLE, PITFALLS, type Rule } from "./rule";

const postgres: Rule = {
  id: "database-is-postgres",
  what: "A `database_type` other than PostgreSQL",
  why: "Dify runs on PostgreSQL only: no pod would start.",
  risk: "Critical",
  severity: "error",
  variables: ["database_type"],
  source: PITFALLS,
  brokenBy: (v) => !v.database_type.startsWith("POSTGRES"),
  message: (v) =>
    `database_type is "${v.database_type}", and Dify runs on PostgreSQL only: no pod would start. Set database_type = "POSTGRES".`,
};

const version: Rule = {
  id: "database-version-known",
  what: "A version of PostgreSQL that Cloud SQL does not offer, or that Dify does not run on",
  why: "The apply would stop there.",
  risk: "High",
  severity: "error",
  variables: ["database_type", "sql_instance_name"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.sql_instance_name === "" &&
    v.database_type.startsWith("POSTGRES_") &&
    !DATABASE_VERSIONS.includes(v.database_type),
  message: (v) =>
    `database_type is "${v.database_type}", and Cloud SQL has no such version, or Dify does not run on it: the apply would stop there. Set database_type to "POSTGRES", which is version 15, or to one of ${DATABASE_VERSIONS.join(", ")}.`,
};

/** Machines of the Enterprise Plus edition. @see https://cloud.google.com/sql/docs/postgres/machine-series-overview */
const PLUS = /^db-(perf-optimized|memory-optimized|c4a)-/;

const edition: Rule = {
  id: "sql-tier-of-edition",
  what: "An `sql_tier` that is not of the `sql_edition`, for a new instance",
  why: "Each edition has machines of its own, and the apply would stop.",
  risk: "High",
  severity: "error",
  variables: ["sql_tier", "sql_edition", "sql_instance_name"],
  source: GOOGLE,
  brokenBy: (v) => v.sql_instance_name === "" && PLUS.test(v.sql_tier) !== (v.sql_edition === "ENTERPRISE_PLUS"),
  message: (v) =>
    v.sql_edition === "ENTERPRISE"
      ? `sql_tier is "${v.sql_tier}", a machine of Cloud SQL's Enterprise Plus edition, and sql_edition is "ENTERPRISE": the apply would stop there. Set sql_edition = "ENTERPRISE_PLUS", or sql_tier to "db-custom-<CPUs>-<MiB of memory>".`
      : `sql_tier is "${v.sql_tier}", a machine of Cloud SQL's Enterprise edition, and sql_edition is "ENTERPRISE_PLUS": the apply would stop there. Set sql_tier to "db-perf-optimized-N-<CPUs>", such as db-perf-optimized-N-2, or take sql_edition out.`,
};

/** What only Enterprise Plus has. */
const OF_PLUS = ["sql_connection_pooling", "sql_read_pool_nodes"] as const;

const plus: Rule = {
  id: "sql-enterprise-plus",
  what: "Managed connection pooling or a read pool without Enterprise Plus",
  why: "Google offers them in that edition only, and the apply would stop.",
  risk: "High",
  severity: "error",
  variables: [...OF_PLUS, "sql_edition", "sql_instance_name"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.sql_instance_name === "" && v.sql_edition !== "ENTERPRISE_PLUS"
      ? OF_PLUS.filter((name) => v[name] !== false && v[name] !== 0)
      : [],
  message: (v, subject) =>
    `${subject} is ${String(v[subject as (typeof OF_PLUS)[number]])}, and sql_edition is "${v.sql_edition}": only Cloud SQL Enterprise Plus has that, and the apply would stop there. Set sql_edition = "ENTERPRISE_PLUS" and sql_tier = "db-perf-optimized-N-2", or take ${subject} out.`,
};

const pooled: Rule = {
  id: "sql-pooling-release",
  what: "Managed connection pooling with a release of Dify that cannot do without start-up options, or with a `timezone` of the instance other than UTC",
  why: "A pooler may refuse the option that older releases set their time zone with. Newer ones then use the time zone of the instance.",
  risk: "High",
  severity: "error",
  variables: [
    "sql_connection_pooling",
    "sql_instance_name",
    "sql_database_flags",
    "application_version",
    "component_image_tags",
  ],
  source: GOOGLE,
  brokenBy: (v) =>
    v.sql_instance_name === "" && v.sql_connection_pooling
      ? [
          ...(leavesTimeZone(v) ? [] : ["application_version"]),
          ...(/^(UTC)?$/i.test(v.sql_database_flags["timezone"] ?? "") ? [] : ["sql_database_flags"]),
        ]
      : [],
  message: (v, subject) =>
    subject === "application_version"
      ? `sql_connection_pooling = true, and Dify ${v.application_version} sends its time zone as an option of every connection, which a pooler may refuse: no pod would start. Set application_version to 1.14.0 or newer, or sql_connection_pooling = false.`
      : `sql_database_flags has timezone = "${v.sql_database_flags["timezone"] ?? ""}", and with sql_connection_pooling Dify uses the time zone of the instance: times would be stored in that zone and not in UTC. Take timezone out, which means UTC, or set sql_connection_pooling = false.`,
};

/** @returns whether Dify can do without the option, by `DB_SESSION_TIMEZONE_OVERRIDE` */
function leavesTimeZone({
  application_version: version,
  component_image_tags: tags,
}: Pick<Variables, "application_version" | "component_image_tags">): boolean {
  const known = knownVariables(resolveRelease(version).version, "api", tags["api"]);
  return known?.read.has("DB_SESSION_TIMEZONE_OVERRIDE") === true;
}

const proxy: Rule = {
  id: "cloudsql-proxy-required",
  what: "`enable_cloudsql_volume = false`",
  why: "The Auth Proxy is the only way from a pod to the database: every connection would fail.",
  risk: "Critical",
  severity: "error",
  variables: ["enable_cloudsql_volume"],
  source: PITFALLS,
  brokenBy: (v) => !v.enable_cloudsql_volume,
  message: () =>
    "enable_cloudsql_volume = false leaves out the Auth Proxy, the only way from a pod to the database: every connection would fail. Set enable_cloudsql_volume = true.",
};

/**
 * Databases and users that every instance has, and the beginning of those that Cloud SQL makes when it needs them:
 * https://cloud.google.com/sql/docs/postgres/users#system-roles-users
 */
const OF_CLOUD_SQL = /^(postgres|template[01]|cloudsql.*)$/i;
/** https://www.postgresql.org/docs/current/sql-createrole.html; the two words stand for something else in GRANT. */
const NO_ROLE = /^(pg_.*|public|none)$/i;

const names: Rule = {
  id: "database-names-free",
  what: "A `db_name` or `db_user` that PostgreSQL, Cloud SQL or the plugin daemon uses",
  why: "The apply would fail, or two owners would share it.",
  risk: "High",
  severity: "error",
  variables: ["db_name", "db_user"],
  source: GOOGLE,
  brokenBy: (v) => [
    ...(OF_CLOUD_SQL.test(v.db_name) || v.db_name === "dify_plugin" ? ["db_name"] : []),
    ...(OF_CLOUD_SQL.test(v.db_user) || NO_ROLE.test(v.db_user) ? ["db_user"] : []),
  ],
  message: (v, subject) =>
    `The name "${v[subject as "db_name" | "db_user"]}" is taken, by PostgreSQL, by Cloud SQL itself or by the plugin daemon's database: the apply would fail, or two owners would share it. Set ${subject} to another name.`,
};

const daily: Rule = {
  id: "backup-daily",
  what: "A `backup_schedule` that is not a daily one",
  why: "Managed backups run once a day: only the hour counts.",
  risk: "High",
  severity: "warning",
  variables: ["backup_schedule"],
  source: PITFALLS,
  brokenBy: (v) => v.backup_schedule !== "" && !/^\s*\d+\s+\d+\s+\*\s+\*\s+\*\s*$/.test(v.backup_schedule),
  message: (v) =>
    `backup_schedule is "${v.backup_schedule}", and Cloud SQL makes backups once a day: only the hour counts, and they start at ${backupStart(v.backup_schedule)} UTC. Write it as "<minute> <hour> * * *".`,
};

const scheduled: Rule = {
  id: "backup-not-off",
  what: "An empty `backup_schedule`",
  why: "It does not switch backups off: without them a database cannot be restored.",
  risk: "High",
  severity: "warning",
  variables: ["backup_schedule"],
  source: PITFALLS,
  brokenBy: (v) => v.backup_schedule === "",
  message: () =>
    `backup_schedule is empty, which does not switch backups off, because a database without them could not be restored: they run daily at ${backupStart("")} UTC. Set backup_schedule to the hour that suits you.`,
};

export const databaseRules: readonly Rule[] = [
  postgres,
  version,
  edition,
  plus,
  pooled,
  ...sqlFlagRules,
  proxy,
  names,
  daily,
  scheduled,
  ...extensionRules,
];
