import type { ApplicationConfig, Component, DatabaseDefinition, Job } from "../app-gke/application-config";
import { BACKUP_JOB, BACKUP_LINE, backupJob, restoreJob } from "./backup-job";
import { REHEARSAL_JOB, REHEARSAL_LINE, rehearsalDatabases, rehearsalJobs } from "./rehearsal";
import { capacity } from "./capacity";
import { withSettings } from "./component-settings";
import { agentComponents } from "./components/agents";
import { apiComponents } from "./components/api";
import { proxyComponent, ssrfProxyComponent } from "./components/edge";
import { keyDoors } from "./components/key-doors";
import { metricsComponents } from "./components/metrics";
import { TRACE_APIS, tracingComponents } from "./components/tracing";
import { pluginDaemonComponent } from "./components/plugin-daemon";
import { sandboxComponent } from "./components/sandbox";
import { vectorStoreComponents } from "./components/vector-stores";
import { webComponent } from "./components/web";
import { dataClusters, POSTGRESQL, redisInCluster } from "./data-clusters";
import { hasLogin, pluginDatabase, rotationUsers, STORAGE_BUCKET } from "./environment";
import { importJob } from "./import-job";
import { customSqlJobs, DATABASE_JOB, databaseJob, loginJobs, MIGRATION_JOB, migrationJob, restartJob } from "./jobs";
import { generationsOfKeys } from "./key-generations";
import { MAINTENANCE_JOB, maintenanceJob } from "./maintenance-job";
import { namedServers } from "./named-hosts";
import { outboundProxySecrets, withOutboundProxy } from "./outbound-proxy";
import { withRedisCa } from "./redis";
import { redisMoveJob } from "./redis-move";
import { ownOf } from "./routing";
import { shareJobs } from "./share-ready";
import { difyComposedSecrets, difySecrets, secretNames } from "./secrets";
import { pinnedDigests } from "./releases/releases";
import type { DifySettings } from "./settings";
import { withTrust } from "./trust";
import { vectorJobs } from "./vector-jobs";

export { IMPORT_JOB } from "./import-job";
export { DATABASE_JOB, MIGRATION_JOB } from "./jobs";
export {
  convertingComponents,
  fingerprintedPaths,
  freeTextPaths,
  originOf,
  releaseNumber,
  type ResolvedRelease,
  resolveRelease,
  upgradeSteps,
  type UpgradeTask,
} from "./releases";
export { POSTGRESQL, REDIS_PART } from "./data-clusters";
export { storeByKubeBlocks, storesInCluster } from "./vector-stores";
export { databasesOf, rotationUsers } from "./environment";
export { REDIS_DATABASES, secretNames } from "./secrets";
export type { DifySettings } from "./settings";

/** Components and jobs that an installation adds to Dify's own. */
export interface Additions {
  /** @default [] */
  readonly components?: readonly Component[];
  /** Jobs that run after `db-init`; one with that name replaces it. @default [] */
  readonly initializationJobs?: readonly Job[];
  /** @default [] */
  readonly cronJobs?: readonly Job[];
}

/** Dify as an application for `AppGke`: plain data and functions, no resource. */
export class DifyCommon implements ApplicationConfig {
  readonly name: string;
  readonly displayName: string;
  readonly description?: string;
  readonly version: string;
  readonly components: readonly Component[];
  readonly entryPoint = "proxy";
  readonly logsRequests = true;
  /** As the API's processes and the plugin daemon begin a line: with the time and the severity. */
  readonly errorLines = "^[-0-9T:.,+Z/ ]+(ERROR|CRITICAL) |^[-0-9/]+ [0-9:]+ [a-z_]+[.]go:[0-9]+: [^ ]*(ERROR|PANIC)";
  readonly apis: NonNullable<ApplicationConfig["apis"]>;
  readonly secrets: NonNullable<ApplicationConfig["secrets"]>;
  readonly composedSecrets: NonNullable<ApplicationConfig["composedSecrets"]>;
  readonly database: NonNullable<ApplicationConfig["database"]>;
  readonly redis: NonNullable<ApplicationConfig["redis"]>;
  readonly buckets: NonNullable<ApplicationConfig["buckets"]>;
  readonly dataClusters: NonNullable<ApplicationConfig["dataClusters"]>;
  readonly backups?: NonNullable<ApplicationConfig["backups"]>;
  readonly dailyBackup?: NonNullable<ApplicationConfig["dailyBackup"]>;
  readonly sizeReport?: string;
  readonly monthlyRehearsal?: NonNullable<ApplicationConfig["monthlyRehearsal"]>;
  readonly jobs: readonly Job[];
  readonly health = { component: "api", path: "/health" };
  readonly imageDigests = pinnedDigests;

  constructor(settings: DifySettings, additions: Additions = {}) {
    this.name = settings.name;
    this.displayName = settings.displayName;
    this.description = settings.description;
    this.version = settings.release.version;
    this.components = [
      ...apiComponents(settings),
      webComponent(settings),
      sandboxComponent(settings),
      pluginDaemonComponent(settings),
      ...agentComponents(settings),
      ...keyDoors(settings),
      ...vectorStoreComponents(settings),
      ssrfProxyComponent(settings),
      proxyComponent(settings),
      ...metricsComponents(settings),
      ...tracingComponents(settings),
    ]
      .map((component) => withRedisCa(withNamedServers(withSettings(component, settings), settings), settings))
      .map((component) => withTrust(withOutboundProxy(component, settings), settings, component.name))
      .concat((additions.components ?? []).map((component) => withTrust(component, settings)));
    this.apis = [
      ...(settings.tracing ? TRACE_APIS : []),
      ...(settings.backupImport?.from.type === "gdrive" ? (["drive.googleapis.com"] as const) : []),
    ];
    this.secrets = [...difySecrets(settings), ...settings.existingSecrets.values()];
    this.composedSecrets = [
      ...difyComposedSecrets(settings),
      ...generationsOfKeys(settings),
      ...outboundProxySecrets(settings),
    ];
    this.database = {
      version: "POSTGRES_15",
      inCluster: settings.database.kubeblocks && POSTGRESQL,
      name: settings.database.name,
      user: settings.database.user,
      ...databaseLogins(settings),
      connections: capacity(settings).databaseConnections,
      rotation: settings.database.rotation && {
        ...rotationUsers(settings.database.user),
        loginSecret: secretNames.databaseLogin,
        userKey: secretNames.databaseUser,
      },
      userOfOthers: settings.database.userOfOthers && {
        userKey: settings.database.userOfOthers.nameInStore ? secretNames.databaseUser : undefined,
      },
      additionalDatabases: [pluginDatabase(settings)],
      rehearsal: rehearsalDatabases(settings),
    };
    this.buckets = [{ nameSuffix: STORAGE_BUCKET }, ...settings.buckets];
    this.redis = redisInCluster(settings) ?? true;
    this.dataClusters = dataClusters(settings);
    const { databaseMaintenance, portableBackups } = settings;
    this.sizeReport = databaseMaintenance?.tasks.includes("report") ? MAINTENANCE_JOB : undefined;
    this.backups = settings.backupBucket;
    this.dailyBackup = portableBackups?.daily ? { container: BACKUP_JOB, line: BACKUP_LINE } : undefined;
    this.monthlyRehearsal = portableBackups?.rehearsal?.monthly
      ? { container: REHEARSAL_JOB, line: REHEARSAL_LINE }
      : undefined;
    this.jobs = [
      ...initializationJobs(settings, additions.initializationJobs ?? []),
      ...shareJobs(settings),
      ...redisMoveJob(settings).map((job) => withRedisCa(job, settings)),
      ...loginJobs(settings).map((job) => withTrust(job, settings)),
      ...vectorJobs(settings),
      ...(portableBackups ? [backupJob(settings, portableBackups), restoreJob(settings)] : []),
      ...(databaseMaintenance ? [withTrust(maintenanceJob(settings, databaseMaintenance), settings)] : []),
      ...rehearsalJobs(settings),
      ...(settings.restartsForSecrets ? [restartJob(settings)] : []),
      ...(additions.cronJobs ?? []).map((job) => withTrust(job, settings)),
    ];
  }
}

/** @returns who logs in to the database */
function databaseLogins(settings: DifySettings): Pick<DatabaseDefinition, "passwordSecret" | "iam"> {
  return {
    passwordSecret: hasLogin(settings, "password") ? secretNames.databasePassword : undefined,
    iam: hasLogin(settings, "iam") ? { used: settings.database.logins.used === "iam" } : undefined,
  };
}

/** What the user's own environment names, is connected to. */
function withNamedServers(component: Component, settings: DifySettings): Component {
  const named = namedServers(ownOf(settings, component.name));
  return named.length === 0 ? component : { ...component, connectsTo: [...(component.connectsTo ?? []), ...named] };
}

/**
 * No job runs before the database is prepared, and has its data if it comes from elsewhere. The jobs that do that trust the
 * instance's own authority only, and Google's.
 */
function initializationJobs(settings: DifySettings, added: readonly Job[]): readonly Job[] {
  const given = added.map((job) => withTrust(job, settings));
  const imports = settings.backupImport ? [importJob(settings, settings.backupImport, [DATABASE_JOB])] : [];
  const prepared = [DATABASE_JOB, ...imports.map(({ name }) => name)];
  const migration = withTrust(withRedisCa(migrationJob(settings, prepared), settings), settings);
  const own = [migration, ...customSqlJobs(settings, [MIGRATION_JOB]).map((job) => withTrust(job, settings))];
  if (given.some((job) => job.name === DATABASE_JOB)) return [...given, ...imports, ...own];
  return [
    databaseJob(settings),
    ...imports,
    ...given.map((job) => ({ ...job, after: [...prepared, ...(job.after ?? [])] })),
    ...own,
  ];
}
