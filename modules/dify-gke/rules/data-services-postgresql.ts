import { hasBackupBucket, NEWEST_DUMPED } from "../backup-settings";
import { DATABASE_JOB, secretNames } from "../../dify-common";
import { postgresByKubeBlocks } from "../database-place";
import { defaults, type VariableName, type Variables } from "../variables";
import { DESIGN, type Rule } from "./rule";

const BY_KUBEBLOCKS = 'data_services.postgresql is "kubeblocks"';
const TAKE_BACK = "or take postgresql out of data_services";

/** What only Cloud SQL has, with what would be missing. */
const OF_CLOUD_SQL = {
  sql_instance_name: "Dify would not use that instance",
  sql_tier: "the sizes of KubeBlocks' pods are in kubeblocks_clusters.postgresql",
  sql_edition: "there is no instance that could have an edition",
  sql_database_flags: "the addon's configuration would be used, without these flags",
  sql_connection_pooling: "Google's pooler would not be there",
  sql_read_pool_nodes: "nobody would make these copies",
  sql_availability_type: "a second zone is a matter of kubeblocks_clusters.postgresql.replicas",
  sql_disk_size_gb: "the size of its disks is kubeblocks_clusters.postgresql.storage_gb",
  database_type: "its version is kubeblocks_clusters.postgresql.version",
  backup_location: "Cloud SQL would make no backups there",
  take_over_databases: "there are no databases that could be taken over",
  database_authentication: "Google's accounts do not log in there",
  database_authentication_from: "Google's accounts have never logged in there",
  enable_auto_password_rotation: "its second login is made by Cloud SQL's API",
  custom_sql_scripts_use_root: "such a user is made by Cloud SQL's API",
} as const satisfies Partial<Record<VariableName, string>>;
type OfCloudSql = keyof typeof OF_CLOUD_SQL;
const NAMES = Object.keys(OF_CLOUD_SQL) as [OfCloudSql, ...OfCloudSql[]];

const cloudSqlOnly: Rule = {
  id: "data-services-postgresql-google-only",
  what: "A setting of Cloud SQL with the PostgreSQL of KubeBlocks",
  why: "There is no instance for it to count for: what it asks for would be missing, although it looks as if it was there.",
  risk: "High",
  severity: "error",
  variables: [...NAMES, "data_services"],
  source: DESIGN,
  brokenBy: (v) =>
    postgresByKubeBlocks(v)
      ? NAMES.filter((name) => JSON.stringify(v[name]) !== JSON.stringify((defaults as Partial<Variables>)[name]))
      : [],
  message: (v, subject) =>
    `${subject} is ${JSON.stringify(v[subject as OfCloudSql])}, and ${BY_KUBEBLOCKS}, so that there is no Cloud SQL: ${OF_CLOUD_SQL[subject as OfCloudSql]}. Take ${subject} out of the file, ${TAKE_BACK}.`,
};

const handedOver: Rule = {
  id: "data-services-postgresql-handed-over",
  what: "The PostgreSQL of KubeBlocks, and an SQL instance that is handed over",
  why: "What was handed over would be deleted where the apply that forgets it has not run.",
  risk: "Critical",
  severity: "error",
  variables: ["handed_over_services", "data_services"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && v.handed_over_services.includes("sql_instance"),
  message: () =>
    `handed_over_services has sql_instance, and ${BY_KUBEBLOCKS}: an apply that has to forget the instance would delete it. Apply the foundation with the one, take sql_instance out of handed_over_services then, ${TAKE_BACK}.`,
};

/** Users and databases of KubeBlocks' own, and of the image. @see https://github.com/zalando/spilo/blob/master/ENVIRONMENT.rst */
const OF_THE_SERVER = /^(kb.*|standby|superadmin|admin|cron_admin|zalandos|robot_zmon)$/i;

const names: Rule = {
  id: "data-services-postgresql-names",
  what: "A `db_user` that is a user of KubeBlocks' own",
  why: "Dify would have an administrator's rights, or KubeBlocks could not look after its pods any more.",
  risk: "High",
  severity: "error",
  variables: ["db_user", "data_services"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && OF_THE_SERVER.test(v.db_user),
  message: (v) =>
    `db_user is "${v.db_user}", which KubeBlocks' PostgreSQL has for itself: Dify would have its rights, or KubeBlocks could not look after its pods any more. Set db_user to another name.`,
};

const prepared: Rule = {
  id: "data-services-postgresql-prepared",
  what: "The PostgreSQL of KubeBlocks, and a job of your own instead of `db-init`",
  why: "Nobody would make Dify's databases and its user.",
  risk: "High",
  severity: "error",
  variables: ["data_services", "initialization_jobs"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && v.initialization_jobs.some(({ name }) => name === DATABASE_JOB),
  message: () =>
    `initialization_jobs has a job ${DATABASE_JOB}, and ${BY_KUBEBLOCKS}: that job would run instead of the one that makes Dify's databases and user, and no pod could connect. Give the job another name, ${TAKE_BACK}.`,
};

/** The oldest major version that Dify's migrations run on and the addon has. */
const OLDEST = 14;

const version: Rule = {
  id: "data-services-postgresql-version",
  what: "A version of PostgreSQL that Dify does not run on",
  why: "The migration would fail, and no pod would start.",
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
  what: "Portable backups of a PostgreSQL of KubeBlocks that is newer than what writes them",
  why: "Every backup would fail, and KubeBlocks makes none on its own.",
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
  why: "Cloud SQL makes backups of its own, KubeBlocks makes none unless it is told to: what is deleted by mistake, or lost with the disks, is gone.",
  risk: "High",
  severity: "warning",
  variables: ["data_services", "enable_portable_backups", "kubeblocks_backups"],
  source: DESIGN,
  brokenBy: (v) => postgresByKubeBlocks(v) && !hasBackupBucket(v),
  message: () =>
    `${BY_KUBEBLOCKS}, and enable_portable_backups and kubeblocks_backups are false: nobody makes backups of the database, which Cloud SQL did. Set enable_portable_backups = true.`,
};

/** Its login, in a store. */
const LOGIN = [secretNames.databasePassword, secretNames.databaseUser];

const stored: Rule = {
  id: "data-services-postgresql-stored-login",
  what: "The PostgreSQL of KubeBlocks, and the database's login in `secret_store_values`",
  why: "Such a user is made by others, and here the job makes it, with a password that changes with an apply.",
  risk: "High",
  severity: "error",
  variables: ["secret_store_values", "data_services"],
  source: DESIGN,
  brokenBy: (v) => (postgresByKubeBlocks(v) ? LOGIN.filter((name) => name in v.secret_store_values) : []),
  message: (_, subject) =>
    `secret_store_values takes ${subject} from a store, and ${BY_KUBEBLOCKS}: the job db-init makes that user, and would not learn of another password. Take ${subject} out of secret_store_values, ${TAKE_BACK}.`,
};

/** The PostgreSQL that KubeBlocks runs in the place of Cloud SQL. */
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
