import type { ITerraformDependable } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import type { Bindings, Job, Resources } from "../application-config";
import type { Installation } from "../installation";
import { resourcesOf } from "../terraform/dependencies";
import { bare } from "../terraform/expression";
import { idOf, named } from "../terraform/stack";
import { bucketAnnotations } from "./bucket-volumes";
import { jobPod } from "./job-pod";
import type { PodContext } from "./pod";
import type { JobOutcome } from "./job-outcome";
import { type MeshSettings, OUTSIDE_MESH } from "./service-mesh";
import { TaskCronJob, TaskJob } from "./task-job";

export interface JobsProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly jobs: readonly Job[];
  readonly context: PodContext;
  readonly bindings: Bindings;
  /** What every job waits for. */
  readonly ready: readonly ITerraformDependable[];
  /** The databases, which jobs without a schedule wait for in addition. */
  readonly databases: readonly IConstruct[];
  /** Whether builds run jobs before they set images: suspended CronJobs describe these jobs. */
  readonly runByBuilds: boolean;
  /** What the sidecar that mounts buckets may use. */
  readonly bucketSidecar: Resources;
  /** Settings of the mesh that other pods of the namespace are in. @default - there is no service mesh */
  readonly serviceMesh?: MeshSettings;
  /** How long a job may take unless it says otherwise. */
  readonly timeoutSeconds: number;
  /** By name, of the jobs that say how they ended. */
  readonly outcomes: ReadonlyMap<string, JobOutcome>;
}

export interface CreatedJobs {
  /** Full names by the application's own names. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly cronJobs: Readonly<Record<string, string>>;
  /** Those that have to run before every new version. */
  readonly migrations: readonly TaskJob[];
  /** All jobs without a schedule. */
  readonly all: readonly TaskJob[];
  /** @returns the jobs that a component waits for, depending on whether it uses the database */
  readonly before: (usesDatabase: boolean) => readonly ITerraformDependable[];
}

/** Seconds in which a job that is told to stop has to end. */
export const JOB_GRACE_SECONDS = 30;

/** @returns where a job's pods run */
export function placeOf({
  place,
  nodeSelector,
  tolerations,
}: Job): Pick<Job, "place" | "nodeSelector" | "tolerations"> {
  return { place, nodeSelector, tolerations };
}

/** Creates an application's jobs, each after those that it waits for. */
export function createJobs(
  scope: Construct,
  props: JobsProps,
  jobs = props.jobs.filter(({ afterComponents }) => !afterComponents),
): CreatedJobs {
  const { installation, bindings, ready } = props;
  const created = new Map<string, TaskJob>();
  const ended = new Map<string, ITerraformDependable>();
  const cronJobs: Record<string, string> = {};
  for (const given of inOrder(jobs)) {
    const told = given.rights?.outcomeOf;
    const ran = told === undefined ? undefined : created.get(told);
    // Runs again after each new run of the job that it waits for.
    const job = ran ? { ...given, run: `\${join("/", ["${ran.knownName}", ${bare(given.run ?? '""')}])}` } : given;
    const files = (job.files ?? []).map((file) => [file.mountPath, file.content(bindings)]);
    const common = {
      installation,
      namespace: props.namespace,
      job,
      timeoutSeconds: job.timeoutSeconds ?? props.timeoutSeconds,
      pod: jobPod(job, props.context, {
        restartPolicy: job.restartPolicy ?? "Never",
        terminationGracePeriodSeconds: JOB_GRACE_SECONDS,
        ...placeOf(job),
      }),
      labels: props.serviceMesh ? OUTSIDE_MESH : {},
      annotations: bucketAnnotations([job], props.bucketSidecar, job.place?.computeClass),
      inputs: job.beforeReleases ? files : [job.environment?.(bindings) ?? {}, files],
    };
    if (job.schedule !== undefined) {
      const cron = new TaskCronJob(scope, idOf(job.name), { ...common, schedule: job.schedule, dependsOn: ready });
      cronJobs[job.name] = cron.name;
      continue;
    }
    if (job.beforeReleases && props.runByBuilds) {
      const template = { ...common, job: { ...job, suspend: true }, schedule: NEVER };
      new TaskCronJob(named(scope, "templates"), `${job.name}-template`, { ...template, dependsOn: ready });
    }
    const earlier = (job.after ?? []).flatMap((before) => created.get(before) ?? []);
    // Waits for all databases: the job's environment only refers to some of them.
    const dependsOn = [...ready, ...resourcesOf(...props.databases, ...earlier)];
    const task = new TaskJob(scope, idOf(job.name), { ...common, dependsOn });
    created.set(job.name, task);
    const outcome = told === undefined ? undefined : props.outcomes.get(told)?.after(task.resource);
    if (outcome) ended.set(job.name, outcome);
  }
  return {
    jobs: Object.fromEntries([...created].map(([name, task]) => [name, task.name])),
    cronJobs,
    migrations: props.jobs.flatMap((job) => (job.beforeReleases ? (created.get(job.name) ?? []) : [])),
    all: [...created.values()],
    before: (usesDatabase) =>
      props.jobs
        .filter((job) => job.beforeComponents !== false && (usesDatabase || !job.needs?.database))
        .flatMap(({ name }) => ended.get(name) ?? resourcesOf(...[created.get(name) ?? []].flat())),
  };
}

/** Creates the jobs that run after everything in `components` has been updated. */
export function createLastJobs(scope: Construct, props: JobsProps, components: IConstruct): readonly TaskJob[] {
  const jobs = props.jobs.filter(({ afterComponents }) => afterComponents);
  if (jobs.length === 0) return [];
  return createJobs(scope, { ...props, ready: [...props.ready, ...resourcesOf(components)] }, jobs).all;
}

/** A CronJob has to have a schedule, even if it is only there to be copied. */
const NEVER = "0 0 31 2 *";

/** @returns the jobs, each after those that it waits for; the rules have refused circles */
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
