import { DATABASE_JOB } from "../../dify-common";
import { iamAuthentication } from "../shared-services";
import type { Variables } from "../variables";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const IAM = 'database_authentication is "iam"';

const moved: Rule = {
  id: "database-login-moves-elsewhere",
  what: "`database_authentication_from` with the value of `database_authentication`",
  why: "The login that earlier pods still use would be closed while they run.",
  risk: "High",
  severity: "error",
  variables: ["database_authentication_from", "database_authentication"],
  source: DESIGN,
  brokenBy: (v) => v.database_authentication_from === v.database_authentication,
  message: (v) =>
    `database_authentication_from is "${v.database_authentication}", and so is database_authentication: the login that earlier pods still use would be closed while they run. Set database_authentication_from to the way in which pods logged in before, or take it out once all pods are new.`,
};

/**
 * The maintainers of the Auth Proxy wrote of Google's pooler in 2025 that automatic IAM logins are not supported with it
 * (https://github.com/GoogleCloudPlatform/cloud-sql-proxy/pull/2444), and in 2026 logins were refused every day or two, once a
 * token had expired (https://github.com/GoogleCloudPlatform/cloud-sql-proxy/issues/2553).
 */
const otherPasswords: Rule = {
  id: "database-login-one-way",
  what: "A login without a password, and something that needs one: rotation, or Google's pooler",
  why: "A rotation changes a password that nobody has, and the pooler refuses tokens once they have expired.",
  risk: "High",
  severity: "error",
  variables: [
    "database_authentication",
    "database_authentication_from",
    "sql_instance_name",
    "enable_auto_password_rotation",
    "sql_connection_pooling",
  ],
  source: GOOGLE,
  brokenBy: (v) =>
    iamAuthentication(v)
      ? [
          ...(v.enable_auto_password_rotation ? ["enable_auto_password_rotation"] : []),
          ...(v.sql_instance_name === "" && v.sql_connection_pooling ? ["sql_connection_pooling"] : []),
        ]
      : [],
  message: (v, subject) => {
    const login = v.database_authentication === "iam" ? IAM : 'database_authentication_from is "iam"';
    return subject === "sql_connection_pooling"
      ? `sql_connection_pooling is true and ${login}: Auth Proxies reach Google's pooler, which refuses a service account's login once a token has expired (https://github.com/GoogleCloudPlatform/cloud-sql-proxy/issues/2553). Set sql_connection_pooling = false, or database_authentication = "password".`
      : `enable_auto_password_rotation is true and ${login}: a rotation changes passwords, and with this login nobody has one. Set enable_auto_password_rotation = false and apply, then change database_authentication.`;
  },
};

const flag: Rule = {
  id: "database-login-flag",
  what: "`sql_database_flags` that keep service accounts from logging in",
  why: "The instance would have only one of the two: the flag that the login needs, or the value in the file.",
  risk: "High",
  severity: "error",
  variables: ["sql_database_flags", "database_authentication", "database_authentication_from"],
  source: GOOGLE,
  brokenBy: (v) => iamAuthentication(v) && ![undefined, "on"].includes(v.sql_database_flags[FLAG]),
  message: (v) =>
    `sql_database_flags has ${FLAG} = "${v.sql_database_flags[FLAG] ?? ""}", and ${IAM}: no service account could log in, and no pod would start. Take ${FLAG} out of sql_database_flags: the instance then gets the value that the login needs.`,
};

const FLAG = "cloudsql.iam_authentication";

/** @returns the users' jobs that use the database */
function jobsWithDatabase(v: Variables) {
  return [...v.initialization_jobs.filter((job) => job.execute_on_apply && job.needs_db), ...v.cron_jobs];
}

const commands: Rule = {
  id: "database-login-job-commands",
  what: 'A job with the database and without a `command`, with `database_authentication = "iam"`',
  why: "The Auth Proxy starts in the job's own container, ahead of its command, and this project does not know what the image would run.",
  risk: "High",
  severity: "error",
  variables: ["database_authentication", "initialization_jobs", "cron_jobs"],
  source: DESIGN,
  brokenBy: (v) =>
    v.database_authentication === "iam"
      ? jobsWithDatabase(v)
          .filter((job) => job.script_path === "" && job.command.length === 0)
          .map(({ name }) => name)
      : [],
  message: (_, subject) =>
    `The job ${subject} has neither command nor script_path, and ${IAM}: the Auth Proxy starts in the job's own container, ahead of its command, and this project does not know what the image would run. Give the job its command, in an image with a shell; or, in initialization_jobs, set needs_db = false.`,
};

const replaced: Rule = {
  id: "database-login-prepared",
  what: '`database_authentication = "iam"`, and a job of your own instead of `db-init`',
  why: "Nothing would let the service account act as the application's user: no pod could use a table.",
  risk: "High",
  severity: "error",
  variables: ["database_authentication", "initialization_jobs"],
  source: DESIGN,
  brokenBy: (v) =>
    v.database_authentication === "iam" && v.initialization_jobs.some(({ name }) => name === DATABASE_JOB),
  message: () =>
    `initialization_jobs has a job ${DATABASE_JOB}, and ${IAM}: that job would run instead of the one that lets the service account act as the application's user, and no pod could use a table. Give the job another name, or set database_authentication = "password".`,
};

/** How one logs in to the database. */
export const databaseLoginRules: readonly Rule[] = [moved, otherPasswords, flag, commands, replaced];
