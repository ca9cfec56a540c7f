import type { DatabaseDefinition, Job } from "../app-gke/application-config";
import { hash } from "../app-gke/installation";
import { restoreJob } from "./backup-job";
import { databaseOfJob, databasesOf } from "./environment";
import { databaseJob, extensionsOf, ofKubeBlocks } from "./jobs";
import { secretNames } from "./secrets";
import type { DifySettings } from "./settings";

/** Name of the job that makes the databases ready that backups are tried in. */
const REHEARSAL_DATABASE_JOB = "rehearsal-init";
/** Name of the job that tries the newest backup. */
export const REHEARSAL_JOB = "backup-rehearsal";
/** What it logs when the backup can be restored. */
export const REHEARSAL_LINE = "restore-backup: rehearsed";

/** What jobs are told where they log in as a service account. */
const OF_AN_ACCOUNT: readonly string[] = ["DB_OWNER", "PGPASSWORD"];

/** The longest name of a database or a role. */
const NAME_LIMIT = 63;

/**
 * Databases in addition to the application's own, with a user who owns them and nothing else. A hash of their extensions is
 * part of their names: extensions are created only with a new user, and nothing is lost with the old one.
 */
export function rehearsalDatabases(settings: DifySettings): DatabaseDefinition["rehearsal"] {
  if (!settings.portableBackups?.rehearsal) return undefined;
  const end = `_rehearsal_${hash(JSON.stringify(extensionsOf(settings))).slice(0, 6)}`;
  const name = (of: string) => `${of.slice(0, NAME_LIMIT - end.length)}${end}`;
  return {
    user: name(settings.database.user),
    passwordSecret: secretNames.databaseRehearsal,
    databases: databasesOf(settings.database.name).map(name),
  };
}

/** Makes the databases ready, and tries the newest backup in them on a schedule. */
export function rehearsalJobs(settings: DifySettings): readonly Job[] {
  const { portableBackups } = settings;
  const databases = rehearsalDatabases(settings);
  if (!portableBackups?.rehearsal || !databases) return [];
  const [main = "", ...others] = databases.databases;
  const secrets = { PGPASSWORD: databases.passwordSecret };
  const asIts =
    (name: string, environment: Job["environment"]): Job["environment"] =>
    (bindings) => {
      const given = { ...environment?.(bindings), ...databaseOfJob(settings, bindings, name) };
      const own = Object.entries(given).filter(([variable]) => !OF_AN_ACCOUNT.includes(variable));
      return {
        ...Object.fromEntries(own),
        ...{ DB_USER: databases.user, DB_NAME: main, ADDITIONAL_DATABASES: others.join(" ") },
      };
    };
  const init = databaseJob(settings);
  const restore = restoreJob(settings);
  return [
    {
      ...init,
      name: REHEARSAL_DATABASE_JOB,
      environment: asIts(REHEARSAL_DATABASE_JOB, init.environment),
      secrets,
      ...ofKubeBlocks(settings, databases.passwordSecret),
      ownLogin: "only",
      beforeComponents: false,
    },
    {
      ...restore,
      name: REHEARSAL_JOB,
      description: "Restores the newest backup into databases of its own, counts, and empties them",
      environment: asIts(REHEARSAL_JOB, (bindings) => {
        const { SHARE, ...own } = { SHARE: "", ...restore.environment?.(bindings) };
        return { ...own, REHEARSAL: SHARE === "" ? "databases" : "all" };
      }),
      secrets,
      ownLogin: "only",
      needs: { database: true },
      security: undefined,
      schedule: portableBackups.rehearsal.schedule,
      suspend: false,
    },
  ];
}
