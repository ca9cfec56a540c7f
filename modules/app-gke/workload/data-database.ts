import type { ApplicationConfig, Bindings, DatabaseDefinition, Job } from "../application-config";
import { databasePort } from "./names";
import type { PolicySubject, PolicyTask } from "./policy-subject";
import { connectionOf } from "./server-certificate";

/** A database that is a data cluster's, for everything that would otherwise go to Cloud SQL. */

/** @returns the database, if it is on Cloud SQL */
export function onCloudSql(database: DatabaseDefinition | undefined): DatabaseDefinition | undefined {
  return database?.inCluster === undefined ? database : undefined;
}

/**
 * @param hosts of the parts of data clusters
 * @param made on Cloud SQL
 * @returns how pods reach the database: by an Auth Proxy next to them, or at the Service of a data cluster
 */
export function databaseBinding(
  { database, dataClusters = [] }: Pick<ApplicationConfig, "database" | "dataClusters">,
  hosts: Readonly<Record<string, string>>,
  made: { readonly name: string; readonly user: string } | undefined,
): Bindings["database"] {
  if (database && made)
    return { host: "127.0.0.1", port: databasePort(database.version), name: made.name, user: made.user };
  if (database?.inCluster === undefined) return undefined;
  const part = dataClusters.flatMap(({ parts }) => parts).find(({ name }) => name === database.inCluster);
  const port = part?.ports[0]?.containerPort;
  const host = hosts[database.inCluster];
  if (port === undefined || host === undefined)
    throw new Error(`The database is on ${database.inCluster}, and no data cluster has such a part with a port`);
  return { host, port, name: database.name, user: database.user };
}

/** @returns an application's pods as network policies see them @param jobs everything that runs to its end */
export function policyGroups(
  { database }: Pick<ApplicationConfig, "database">,
  groups: readonly (readonly [PolicyTask, ...PolicyTask[]])[],
  jobs: readonly (PolicyTask & Pick<Job, "ownLogin">)[],
): readonly PolicySubject[] {
  return [
    ...groups.map((group) => ({
      name: group[0].name,
      tasks: group.map((task) => talksToDatabase(task, database)),
    })),
    ...jobs.map((job) => ({
      name: job.name,
      tasks: [{ ...talksToDatabase(job, database), mesh: false }],
      connection: connectionOf(job, database?.iam?.used === true),
    })),
  ];
}

/** A task that uses the database talks to the database's pods. */
function talksToDatabase<Task extends PolicyTask>(task: Task, database: DatabaseDefinition | undefined): Task {
  return database?.inCluster !== undefined && task.needs?.database === true
    ? { ...task, talksTo: [...(task.talksTo ?? []), database.inCluster] }
    : task;
}

/** @returns a job that runs again when a secret in `againFor` has another version @param versionOf number of a secret's version */
export function againForSecrets(job: Job, versionOf: (secret: string) => string): Job {
  const { againFor = [], run } = job;
  if (againFor.length === 0) return job;
  return { ...job, run: [...againFor.map(versionOf), ...(run === undefined ? [] : [run])].join("-") };
}
