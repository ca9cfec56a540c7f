import { z } from "zod";
import { group, variable } from "./definition";
import {
  baseName,
  count,
  databaseIdentifier,
  optionalEnvironmentName,
  optionalResourceName,
  optionalSchedule,
  sqlTier,
  text,
} from "./limits";

/** Group 16: PostgreSQL on Cloud SQL. */
export const database = group(16, {
  db_name: variable({
    description: "Dify's database.",
    schema: databaseIdentifier,
    default: "dify_db",
    immutable: true,
  }),
  db_user: variable({
    description: "PostgreSQL user that Dify connects as. Its password is generated.",
    schema: databaseIdentifier,
    default: "dify_user",
    immutable: true,
  }),
  database_password_length: variable({
    description: "Characters in the generated password.",
    schema: count(16, 64),
    default: 32,
  }),
  database_authentication: variable({
    documented: false,
    description:
      "How Dify logs in to PostgreSQL: `password`, or `iam`, as a Google service account with tokens of an hour and without any password. A change needs `database_authentication_from`: see database.md.",
    schema: z.enum(["password", "iam"]),
    default: "password",
  }),
  database_authentication_from: variable({
    documented: false,
    description:
      "How pods logged in before a change of `database_authentication`: that login keeps working for them until this is `null` again.",
    schema: z.enum(["password", "iam"]).nullable(),
    default: null,
  }),
  enable_auto_password_rotation: variable({
    description:
      "Changes the database's login automatically, every `secret_rotation_period`, and no request fails: two logins take turns.",
    schema: z.boolean(),
    default: false,
  }),
  database_maintenance_schedule: variable({
    documented: false,
    description:
      "When the job `database-maintenance` works on Dify's databases, as a cron expression in UTC. Empty: never; only PostgreSQL's autovacuum does.",
    schema: optionalSchedule,
    default: "",
  }),
  database_maintenance_tasks: variable({
    documented: false,
    description:
      "What it does: `report` logs the sizes of databases, tables and indexes, `vacuum` vacuums tables with dead rows, and `reindex` builds B-tree indexes again, without locking out anybody.",
    schema: z.array(z.enum(["report", "vacuum", "reindex"])).min(1),
    default: ["report", "vacuum"],
  }),
  database_maintenance_minutes: variable({
    documented: false,
    description: "Minutes after which it stops, whatever it is doing.",
    schema: count(5, 720),
    default: 60,
  }),
  workflow_run_retention_days: variable({
    documented: false,
    description:
      "Days after which Dify deletes runs of workflows, **with their messages and conversations**, each night. `null`: nothing is set, and Dify's own default counts, which is 30 days in some releases.",
    schema: count(1, 3650).nullable(),
    default: null,
  }),
  message_retention_days: variable({
    documented: false,
    description:
      "Days after which Dify deletes messages of all apps, each night: from Dify 1.12 on. `null`: they stay.",
    schema: count(1, 3650).nullable(),
    default: null,
  }),
  rotation_propagation_delay_sec: variable({
    description: "Seconds between a new password and the first pod that starts with it.",
    schema: count(0, 3600),
    default: 90,
  }),
  database_type: variable({
    description:
      "Database engine, as Cloud SQL names it. Dify needs PostgreSQL; POSTGRES alone means version 15. A higher version upgrades in place, a lower one is refused.",
    schema: text(
      "NONE, POSTGRES, MYSQL, SQLSERVER, or one of them with a version such as POSTGRES_15",
      /^(NONE|(POSTGRES|MYSQL)(_\d+)*|SQLSERVER(_[0-9A-Z]+)*)$/,
    ),
    default: "POSTGRES",
    immutable: true,
  }),
  sql_instance_name: variable({
    description: "An existing Cloud SQL instance. Empty: the foundation creates one.",
    schema: optionalResourceName,
    default: "",
  }),
  take_over_databases: variable({
    documented: false,
    description:
      "Databases and a user that exist on the SQL instance under `db_name` and `db_user` become this environment's own, once they are imported. `false`: a plan is refused if they exist and no apply of this environment has made them.",
    schema: z.boolean(),
    default: false,
  }),
  sql_instance_base_name: variable({
    description: "First part of the name of an instance created here.",
    schema: baseName,
    default: "app-sql",
  }),
  application_database_name: variable({
    description: "The base module's database.",
    schema: databaseIdentifier,
    default: "gkeappdb",
  }),
  application_database_user: variable({
    description: "The base module's database user.",
    schema: databaseIdentifier,
    default: "gkeappuser",
  }),
  db_password_env_var_name: variable({
    description:
      "A second environment variable for the database password, in the API's processes and in jobs with the database.",
    schema: optionalEnvironmentName,
    default: "",
  }),
  enable_postgres_extensions: variable({
    description: "Whether `postgres_extensions` are created. `vector` always is.",
    schema: z.boolean(),
    default: false,
  }),
  postgres_extensions: variable({
    description:
      "PostgreSQL extensions of Dify's database in addition to `vector` and `uuid-ossp`, each one that Cloud SQL offers. Taking a name out does not drop the extension: what uses it would be lost.",
    schema: z.array(text("an extension's name in lower case, such as pg_trgm", /^[a-z][a-z0-9_-]*$/)),
    default: [],
  }),
  enable_mysql_plugins: variable({
    description: "Of the base module, for MySQL.",
    schema: z.boolean(),
    default: false,
  }),
  mysql_plugins: variable({
    description: "Of the base module, for MySQL.",
    schema: z.array(z.string()),
    default: [],
  }),
  db_host_env_var_name: variable({
    description:
      "A second environment variable for the database host, in the API's processes and in jobs with the database.",
    schema: optionalEnvironmentName,
    default: "",
  }),
  db_user_env_var_name: variable({
    description:
      "A second environment variable for the database user, in the API's processes and in jobs with the database.",
    schema: optionalEnvironmentName,
    default: "",
  }),
  db_name_env_var_name: variable({
    description:
      "A second environment variable for the database's name, in the API's processes and in jobs with the database.",
    schema: optionalEnvironmentName,
    default: "",
  }),
  db_port_env_var_name: variable({
    description:
      "A second environment variable for the database port, in the API's processes and in jobs with the database.",
    schema: optionalEnvironmentName,
    default: "",
  }),
  sql_tier: variable({
    documented: false,
    description:
      "Machine of an instance created here: db-custom-<CPUs>-<MiB of memory>. For a named instance, set its tier: connection pools follow from it.",
    schema: sqlTier,
    default: "db-custom-2-7680",
  }),
  sql_edition: variable({
    documented: false,
    description:
      "Edition of an instance created here. `ENTERPRISE_PLUS` has machines db-perf-optimized-N-<CPUs>, a cache on local disks and shorter maintenance; it can be changed, with a restart.",
    schema: z.enum(["ENTERPRISE", "ENTERPRISE_PLUS"]),
    default: "ENTERPRISE",
  }),
  sql_database_flags: variable({
    documented: false,
    description:
      "Database flags of an instance created here, as text: `max_connections`, for example. Pools and alerts follow from that one. Some restart the instance.",
    schema: z.record(
      text("a flag of Cloud SQL such as max_connections", /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/),
      text('a value of up to 200 characters, such as "400" or "on"', /^[^\s](.{0,198}[^\s])?$/),
    ),
    default: {},
  }),
  sql_connection_pooling: variable({
    documented: false,
    description:
      "Whether an instance created here has Google's managed connection pooling, in session mode, for what connects by the Auth Proxy. Enterprise Plus only; turning it on or off restarts the instance.",
    schema: z.boolean(),
    default: false,
  }),
  sql_read_pool_nodes: variable({
    documented: false,
    description:
      "Nodes of a read pool of the instance created here, which is called `<instance>-read`: for your own reports and exports: Dify itself only uses the instance. Enterprise Plus only.",
    schema: count(0, 20),
    default: 0,
  }),
  sql_availability_type: variable({
    documented: false,
    description: "`REGIONAL` keeps a standby in a second zone.",
    schema: z.enum(["ZONAL", "REGIONAL"]),
    default: "ZONAL",
  }),
  sql_disk_size_gb: variable({
    documented: false,
    description: "Size of the instance's disk in GB to start with. It grows automatically.",
    schema: count(10, 65536),
    default: 20,
  }),
});
