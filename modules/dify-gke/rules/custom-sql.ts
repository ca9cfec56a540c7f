import { secretNames } from "../../dify-common";
import { DESIGN, type Rule } from "./rule";

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

const counted: Rule = {
  id: "rotation-not-by-number",
  what: "A revision of `db-password` while `enable_auto_password_rotation` is true",
  why: "The number has no effect: the login in use is the one that a rotation made.",
  risk: "Medium",
  severity: "warning",
  variables: ["secret_revisions", "enable_auto_password_rotation"],
  source: DESIGN,
  brokenBy: (v) => v.enable_auto_password_rotation && secretNames.databasePassword in v.secret_revisions,
  message: () =>
    `secret_revisions names "${secretNames.databasePassword}" and enable_auto_password_rotation is true: the number has no effect, because the login in use is the one that the last rotation made. Take it out of secret_revisions. To change the password at once, start a rotation by hand: docs/database.md.`,
};

export const customSqlRules: readonly Rule[] = [bucket, counted];
