import type { ApplicationConfig, Bindings, DatabaseDefinition, Job } from "../application-config";
import type { PolicyTask } from "./policy-subject";

/** A database that is a data cluster's, for everything that would otherwise go to Cloud SQL. */

/** @returns the database, if it is on Cloud SQL */
export function onCloudSql(database: DatabaseDefinition | undefined): DatabaseDefinition | undefined {
  return database?.inCluster === undefined ? database : undefined;
}

/** @returns how pods reach a database that is a data cluster's. `undefined`: it is none */
export function dataDatabase(
  { database, dataClusters = [] }: Pick<ApplicationConfig, "database" | "dataClusters">,
  hosts: Readonly<Record<string, string>>,
): Bindings["database"] {
  if (database?.inCluster === undefined) return undefined;
  const part = dataClusters.flatMap(({ parts }) => parts).find(({ name }) => name === database.inCluster);
  const port = part?.ports[0]?.containerPort;
  const host = hosts[database.inCluster];
  if (port === undefined || host === undefined)
    throw new Error(`The database is on ${database.inCluster}, and no data cluster has such a part with a port`);
  return { host, port, name: database.name, user: database.user };
}

/** @returns a task as network policies see it: who uses the database, talks to the pods that it is in */
export function talksToDatabase<Task extends PolicyTask>(task: Task, database: DatabaseDefinition | undefined): Task {
  return database?.inCluster !== undefined && task.needs?.database === true
    ? { ...task, talksTo: [...(task.talksTo ?? []), database.inCluster] }
    : task;
}

/** @returns a job that runs again when one of its secrets has another version @param versionOf number of a secret's version */
export function againForSecrets(job: Job, versionOf: (secret: string) => string): Job {
  const { againFor = [], run } = job;
  if (againFor.length === 0) return job;
  return { ...job, run: [...againFor.map(versionOf), ...(run === undefined ? [] : [run])].join("-") };
}
