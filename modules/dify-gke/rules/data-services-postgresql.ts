import { hasBackupBucket, NEWEST_DUMPED } from "../backup-settings";
import { DATABASE_JOB, secretNames } from "../../dify-common";
import { postgresByKubeBlocks } from "../database-place";
import { defaults, isDefault, type VariableName } from "../variables";
import { DESIGN, type Rule } from "./rule";

const BY_KUBEBLOCKS = 'data_services.postgresql is "kubeblocks"';
const TAKE_BACK = "or take postgresql out of data_services";

/** Settings that only Cloud SQL has, with what to use instead or what is missing without it. */
const OF_CLOUD_SQL = {
  sql_instance_name: "Dify would not use that instance",
  sql_tier: "the sizes of KubeBlocks' pods are those in kubeblocks_clusters.postgresql",
  sql_edition: "KubeBlocks' PostgreSQL has no editions",
  sql_database_flags: "KubeBlocks' PostgreSQL uses the addon's configuration, without these flags",
  sql_connection_pooling: "Google's pooler is a part of Cloud SQL",
  sql_read_pool_nodes: "only Cloud SQL makes these copies",
  sql_availability_type: "kubeblocks_clusters.postgresql.replicas decides whether a pod in a second zone can take over",
  sql_disk_size_gb: "the size of KubeBlocks' disks is kubeblocks_clusters.postgresql.storage_gb",
  database_type: "the version of KubeBlocks' PostgreSQL is kubeblocks_clusters.postgresql.version",
  backup_location: "it says where Cloud SQL keeps its backups, and there are none",
  take_over_databases: "there are no databases to take over",
  database_authentication: "Google's accounts cannot log in to KubeBlocks' PostgreSQL",
  database_authentication_from: "Google's accounts cannot have logged in to KubeBlocks' PostgreSQL",
  enable_auto_password_rotation: "the rotation makes its second login through Cloud SQL's API",
  custom_sql_scripts_use_root: "that user is made through Cloud SQL's API",
} as const satisfies Partial<Record<VariableName, string>>;
type OfCloudSql = keyof typeof OF_CLOUD_SQL;
const NAMES = Object.keys(OF_CLOUD_SQL) as [OfCloudSql, ...OfCloudSql[]];

const cloudSqlOnly: Rule = {
  id: "data-services-postgresql-google-only",
  what: "A setting of Cloud SQL with the PostgreSQL of KubeBlocks",
  why: "Cloud SQL does not run here, so the setting has no effect: what it asks for is missing, although the file has it.",
  risk: "High",
  severity: "error",
  variables: [...NAMES, "data_services"],
  source: DESIGN,
  brokenBy: (v) => (postgresByKubeBlocks(v) ? NAMES.filter((name) => !isDefault(v, name)) : []),
  message: (v, subject) =>
    `${subject} is ${JSON.stringify(v[subject as OfCloudSql])}, and ${BY_KUBEBLOCKS}, so there is no Cloud SQL: ${OF_CLOUD_SQL[subject as OfCloudSql]}. Take ${subject} out of the file, ${TAKE_BACK}.`,
};

const handedOver: Rule = {
  id: "data-services-postgresql-handed-over",
  what: "`handed_over_services` with `sql_instance`, and KubeBlocks' PostgreSQL",
  why: "The foundation would delete the instance if no apply has made Terraform forget it yet.",
  risk: "Critical",
  severity: "error",
  variables: ["handed_over_services", "data_services"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && v.handed_over_services.includes("sql_instance"),
  message: () =>
    `handed_over_services has sql_instance, and ${BY_KUBEBLOCKS}: an apply that only has to forget the instance would delete it. Apply the foundation without KubeBlocks' PostgreSQL first, take sql_instance out of handed_over_services then, ${TAKE_BACK}.`,
};

/** Users and databases of KubeBlocks' own, and of the image. @see https://github.com/zalando/spilo/blob/master/ENVIRONMENT.rst */
const OF_THE_SERVER = /^(kb.*|standby|superadmin|admin|cron_admin|zalandos|robot_zmon)$/i;

const names: Rule = {
  id: "data-services-postgresql-names",
  what: "A `db_user` that KubeBlocks' PostgreSQL has already",
  why: "Dify would log in as a user of KubeBlocks' own: it would have an administrator's rights, or KubeBlocks could not manage its pods any more.",
  risk: "High",
  severity: "error",
  variables: ["db_user", "data_services"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && OF_THE_SERVER.test(v.db_user),
  message: (v) =>
    `db_user is "${v.db_user}", which is a user of KubeBlocks' own in its PostgreSQL: Dify would have that user's rights, or KubeBlocks could not manage its pods any more. Set db_user to another name.`,
};

const prepared: Rule = {
  id: "data-services-postgresql-prepared",
  what: "A job of your own named `db-init`, with KubeBlocks' PostgreSQL",
  why: "Your job would run instead of the one that makes Dify's databases and user, and no pod could connect.",
  risk: "High",
  severity: "error",
  variables: ["data_services", "initialization_jobs"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && v.initialization_jobs.some(({ name }) => name === DATABASE_JOB),
  message: () =>
    `initialization_jobs has a job ${DATABASE_JOB}, and ${BY_KUBEBLOCKS}: your job would run instead of the one that makes Dify's databases and user, and no pod could connect. Give the job another name, ${TAKE_BACK}.`,
};

/** The oldest major version that Dify's migrations run on and the addon has. */
const OLDEST = 14;

const version: Rule = {
  id: "data-services-postgresql-version",
  what: "A version of PostgreSQL that Dify does not run on",
  why: "Dify's migration of the database would fail, and no pod would start.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_clusters", "data_services"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && Number.parseInt(v.kubeblocks_clusters.postgresql.version, 10) < OLDEST,
  message: (v) =>
    `kubeblocks_clusters.postgresql.version is ${v.kubeblocks_clusters.postgresql.version}, and Dify runs on PostgreSQL ${OLDEST} or newer: the migration would fail, and no pod would start. Set version = "${defaults.kubeblocks_clusters.postgresql.version}".`,
};

const dumped: Rule = {
  id: "data-services-postgresql-dumped",
  what: "Portable backups where KubeBlocks' PostgreSQL is newer than the programs that write them",
  why: "These programs read no newer server, so every backup would fail.",
  risk: "High",
  severity: "error",
  variables: ["enable_portable_backups", "kubeblocks_clusters", "data_services"],
  source: DESIGN,
  brokenBy: (v) =>
    postgresByKubeBlocks(v) &&
    v.enable_portable_backups &&
    Number.parseInt(v.kubeblocks_clusters.postgresql.version, 10) > NEWEST_DUMPED,
  message: (v) =>
    `enable_portable_backups is true and kubeblocks_clusters.postgresql.version is ${v.kubeblocks_clusters.postgresql.version}: the job that writes backups has the programs of PostgreSQL ${NEWEST_DUMPED}, which read no newer server, so every backup would fail. Set version = "${defaults.kubeblocks_clusters.postgresql.version}".`,
};

const unsaved: Rule = {
  id: "data-services-postgresql-unsaved",
  what: "The PostgreSQL of KubeBlocks without backups",
  why: "Unlike Cloud SQL, KubeBlocks makes no backups unless it is told to: data that is deleted by mistake, or lost with the disks, cannot be restored.",
  risk: "High",
  severity: "warning",
  variables: ["data_services", "enable_portable_backups", "kubeblocks_backups"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && !hasBackupBucket(v),
  message: () =>
    `${BY_KUBEBLOCKS}, and enable_portable_backups and kubeblocks_backups are false: the database has no backups, and data that is lost could not be restored. Set enable_portable_backups = true.`,
};

/** The secrets that hold Dify's login to the database. */
const LOGIN = [secretNames.databasePassword, secretNames.databaseUser];

const stored: Rule = {
  id: "data-services-postgresql-stored-login",
  what: "The database's login in `secret_store_values`, with KubeBlocks' PostgreSQL",
  why: "The job `db-init` makes that user, and runs only with an apply. It would not learn of a password that changes in the store, and Dify could not log in.",
  risk: "High",
  severity: "error",
  variables: ["secret_store_values", "data_services"],
  source: DESIGN,
  brokenBy: (v) => (postgresByKubeBlocks(v) ? LOGIN.filter((name) => name in v.secret_store_values) : []),
  message: (_, subject) =>
    `secret_store_values takes ${subject} from a store, and ${BY_KUBEBLOCKS}: the job db-init makes that user at an apply, and would not learn of a password that changes in the store. Take ${subject} out of secret_store_values, ${TAKE_BACK}.`,
};

/** Rules for the PostgreSQL that KubeBlocks runs instead of Cloud SQL. */
export const postgresqlRules: readonly Rule[] = [
  cloudSqlOnly,
  handedOver,
  names,
  prepared,
  version,
  dumped,
  unsaved,
  stored,
];
