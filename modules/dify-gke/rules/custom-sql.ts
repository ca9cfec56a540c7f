import { secretNames } from "../../dify-common";
import type { Variables } from "../variables";
import { DESIGN, GOOGLE, type Rule } from "./rule";

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

const rotation: Rule = {
  id: "rotation-version",
  what: "`enable_auto_password_rotation` with PostgreSQL 16 or newer",
  why: "The second login could not act as the first: the job that prepares it would fail, and with it the apply.",
  risk: "High",
  severity: "error",
  variables: ["enable_auto_password_rotation", "database_type"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_auto_password_rotation && majorVersion(v) >= STRICT,
  message: (v) =>
    `enable_auto_password_rotation is true and database_type is "${v.database_type}": from PostgreSQL 16 on a user that Cloud SQL's API makes cannot act as another one, so the job that prepares the second login would fail, and with it the apply. Set enable_auto_password_rotation = false.`,
};

const counted: Rule = {
  id: "rotation-not-by-number",
  what: "A revision of `db-password` while `enable_auto_password_rotation` is true",
  why: "The number has no effect: what a rotation made counts.",
  risk: "Medium",
  severity: "warning",
  variables: ["secret_revisions", "enable_auto_password_rotation"],
  source: DESIGN,
  brokenBy: (v) => v.enable_auto_password_rotation && secretNames.databasePassword in v.secret_revisions,
  message: () =>
    `secret_revisions names "${secretNames.databasePassword}" and enable_auto_password_rotation is true: the number has no effect, as the login that a rotation made counts. Take it out of secret_revisions, and to change the password at once start a rotation by hand: docs/database.md.`,
};

function majorVersion({ database_type: type }: Variables): number {
  return Number(/^POSTGRES_(\d+)$/.exec(type)?.[1] ?? 0);
}

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
  brokenBy: (v) => v.enable_custom_sql_scripts && v.custom_sql_scripts_use_root && majorVersion(v) >= STRICT,
  message: (v) =>
    `custom_sql_scripts_use_root is true and database_type is "${v.database_type}": from PostgreSQL 16 on an administrator that Cloud SQL's API makes cannot hand over what the files make to the application's user, so the job would fail, and with it the apply. Set custom_sql_scripts_use_root = false.`,
};

export const customSqlRules: readonly Rule[] = [bucket, root, rotation, counted];
