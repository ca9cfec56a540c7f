import { GOOGLE, DESIGN, type Rule } from "./rule";

const bucket: Rule = {
  id: "custom-sql-needs-bucket",
  what: "`enable_custom_sql_scripts` without `custom_sql_scripts_bucket`",
  why: "There would be nothing to run.",
  risk: "Medium",
  severity: "error",
  variables: ["custom_sql_scripts_bucket", "enable_custom_sql_scripts"],
  source: DESIGN,
  brokenBy: (v) => v.enable_custom_sql_scripts && v.custom_sql_scripts_bucket === "",
  message: () =>
    "enable_custom_sql_scripts is true and custom_sql_scripts_bucket is empty: there would be nothing to run. Set custom_sql_scripts_bucket, or set enable_custom_sql_scripts = false.",
};

/** From this one on, nobody becomes a member of a role by CREATEROLE: https://www.postgresql.org/docs/16/release-16.html */
const STRICT = 16;

const root: Rule = {
  id: "custom-sql-root-version",
  what: "`custom_sql_scripts_use_root` with PostgreSQL 16 or newer",
  why: "An administrator could not hand over what the files make: the job would fail, and with it the apply.",
  risk: "High",
  severity: "error",
  variables: ["custom_sql_scripts_use_root", "enable_custom_sql_scripts", "database_type"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.enable_custom_sql_scripts &&
    v.custom_sql_scripts_use_root &&
    Number(/^POSTGRES_(\d+)$/.exec(v.database_type)?.[1] ?? 0) >= STRICT,
  message: (v) =>
    `custom_sql_scripts_use_root is true and database_type is "${v.database_type}": from PostgreSQL 16 on an administrator that Cloud SQL's API makes cannot hand over what the files make to the application's user, so the job would fail, and with it the apply. Set custom_sql_scripts_use_root = false.`,
};

export const customSqlRules: readonly Rule[] = [bucket, root];
