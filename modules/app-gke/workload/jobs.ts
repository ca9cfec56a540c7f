import type { ITerraformDependable } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { Job, Bindings } from "../application-config";
import type { Installation } from "../installation";
import { resourcesOf } from "../terraform/dependencies";
import { type PodContext, podSpec } from "./pod";
import { TaskCronJob, TaskJob } from "./task-job";

export interface JobsProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly jobs: readonly Job[];
  readonly context: PodContext;
  readonly bindings: Bindings;
  /** What every job waits for. */
  readonly ready: readonly ITerraformDependable[];
  /** What jobs that run once wait for as well. */
  readonly databases: readonly IConstruct[];
  /** Whether a build runs jobs before it sets images: a suspended CronJob says how. */
  readonly runByBuilds: boolean;
  /** How long a job may take that says nothing else. */
  readonly timeoutSeconds: number;
}

export interface CreatedJobs {
  /** Full names by the application's own names. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly cronJobs: Readonly<Record<string, string>>;
  /** Those that have to run before every new version. */
  readonly migrations: readonly TaskJob[];
  /** @returns the jobs that a component waits for, which uses the database or does not */
  readonly before: (usesDatabase: boolean) => readonly TaskJob[];
}

/** Makes an application's jobs in `scope`, every one behind those that it waits for. */
export function createJobs(scope: Construct, props: JobsProps): CreatedJobs {
  const { installation, bindings, ready } = props;
  const created = new Map<string, TaskJob>();
  const cronJobs: Record<string, string> = {};
  for (const job of inOrder(props.jobs)) {
    const files = (job.files ?? []).map((file) => [file.mountPath, file.content(bindings)]);
    const common = {
      installation,
      namespace: props.namespace,
      job,
      timeoutSeconds: job.timeoutSeconds ?? props.timeoutSeconds,
      // A second container that never ends would keep the job from ever completing.
      pod: podSpec(
        [job],
        { ...props.context, authProxy: undefined },
        { restartPolicy: "Never", terminationGracePeriodSeconds: 30 },
      ),
      inputs: job.beforeReleases ? files : [job.environment?.(bindings) ?? {}, files],
    };
    if (job.schedule !== undefined) {
      const cron = new TaskCronJob(scope, job.name, { ...common, schedule: job.schedule, dependsOn: ready });
      cronJobs[job.name] = cron.name;
      continue;
    }
    if (job.beforeReleases && props.runByBuilds) {
      const template = { ...common, job: { ...job, suspend: true }, schedule: NEVER };
      new TaskCronJob(scope, `${job.name}-template`, { ...template, dependsOn: ready });
    }
    const earlier = (job.after ?? []).flatMap((before) => created.get(before) ?? []);
    // The databases as well: a job's pod names only some of them, and in its environment.
    const dependsOn = [...ready, ...resourcesOf(...props.databases, ...earlier)];
    created.set(job.name, new TaskJob(scope, job.name, { ...common, dependsOn }));
  }
  return {
    jobs: Object.fromEntries([...created].map(([name, task]) => [name, task.name])),
    cronJobs,
    migrations: props.jobs.flatMap((job) => (job.beforeReleases ? (created.get(job.name) ?? []) : [])),
    before: (usesDatabase) =>
      props.jobs
        .filter((job) => job.beforeComponents !== false && (usesDatabase || !job.needs?.database))
        .flatMap((job) => created.get(job.name) ?? []),
  };
}

/** A CronJob has to have a schedule, also one that is only there to be copied. */
const NEVER = "0 0 31 2 *";

/** Where a job finds the certificate of the instance's authority. */
const SERVER_CERTIFICATE_PATH = "/etc/cloud-sql/server-ca.pem";

/**
 * Jobs connect to the instance itself, over TLS with its certificate checked: they name the database as components do
 * and find its private address in its place.
 */
export function withServerCertificate(
  job: Job,
  instance: { readonly privateIp: string; readonly serverCertificate: string } | undefined,
): Job {
  const { environment } = job;
  if (!job.needs?.database || !instance) return job;
  const direct = (bindings: Bindings): Bindings => ({
    ...bindings,
    database: bindings.database && { ...bindings.database, host: instance.privateIp },
  });
  return {
    ...job,
    environment: (bindings) => ({
      PGSSLMODE: "verify-ca",
      PGSSLROOTCERT: SERVER_CERTIFICATE_PATH,
      ...environment?.(direct(bindings)),
    }),
    files: [...(job.files ?? []), { mountPath: SERVER_CERTIFICATE_PATH, content: () => instance.serverCertificate }],
  };
}

/** @returns the jobs with every one behind those that it waits for; the rules have refused circles */
function inOrder(jobs: readonly Job[]): readonly Job[] {
  const ordered: Job[] = [];
  const add = (job: Job): void => {
    if (ordered.includes(job)) return;
    for (const before of jobs.filter((other) => job.after?.includes(other.name))) add(before);
    ordered.push(job);
  };
  jobs.forEach(add);
  return ordered;
}
