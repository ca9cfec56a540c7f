import { limitName } from "../../modules/app-gke/installation";
import type { Cluster } from "./cluster";
import type { Place } from "./place";
import { until, type Waiting } from "./wait";

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly object[];
}
interface JobSpec {
  readonly template: {
    readonly spec: { readonly containers: readonly Container[]; readonly volumes?: readonly object[] };
  };
}
interface CronJob {
  readonly spec: {
    readonly jobTemplate: { readonly metadata?: { readonly labels?: object }; readonly spec: JobSpec };
  };
}
interface Job {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}
interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
    readonly status?: {
      readonly containerStatuses?: readonly {
        readonly name: string;
        readonly state?: { readonly terminated?: { readonly message?: string } };
      }[];
    };
  }[];
}

/** A job to run. */
export interface Task {
  readonly name: string;
  /** The CronJob that it is a copy of. */
  readonly of: string;
  /** In addition to the copy's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A Secret, whose values are variables, or files in a directory. @default - there is none in addition */
  readonly secret?: {
    readonly name: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly directory: string;
  };
}

/** How a job ended. */
export interface Ended {
  /** @default - it succeeded */
  readonly error?: string;
  /** What it said. */
  readonly log: readonly string[];
}

/** The name is also the value of a pod's label. */
const NAME_LIMIT = 63;
/** Seconds for which a job and its log can be looked at. */
const KEPT_SECONDS = 7 * 24 * 3600;

/** Runs copies of CronJobs, as `kubectl create job --from` does, and waits for them. */
export class Jobs {
  private readonly all: string;
  /** What the job said last. */
  status = "";

  constructor(
    private readonly cluster: Cluster,
    private readonly place: Pick<Place, "namespace">,
    private readonly waiting: Waiting,
  ) {
    this.all = `/apis/batch/v1/namespaces/${place.namespace}`;
  }

  /** Runs a job. If it is there already, it is waited for; if it has failed, it runs again. */
  async run(task: Task): Promise<Ended> {
    this.status = "";
    const name = limitName(task.name, NAME_LIMIT);
    const path = `${this.all}/jobs/${name}`;
    const earlier = await this.cluster.read<Job>(path);
    if (earlier && ended(earlier)?.failed) {
      await this.cluster.remove(path);
      await until(this.waiting, async () => ((await this.cluster.read(path)) === undefined ? true : undefined));
    }
    await this.cluster.create(`${this.all}/jobs`, await this.copy({ ...task, name }));
    const container = task.of;
    const end = await until(this.waiting, async () => {
      const job = await this.cluster.read<Job>(path);
      if (!job) return { failed: true, message: "somebody has deleted the job" };
      const seen = ended(job);
      if (!seen) this.status = (await this.said(name, container, 1)).at(-1) ?? this.status;
      return seen;
    });
    const log = await this.said(name, container, 200);
    if (!end?.failed) return { log };
    return { log, error: (await this.message(name)) ?? end.message };
  }

  /** @returns the release of Dify that a CronJob was made for */
  async releaseOf(cronJob: string): Promise<string> {
    const { env = [] } = await this.containerOf(cronJob);
    return env.find(({ name }) => name === "RELEASE")?.value ?? "";
  }

  private async copy({ name, of, environment, secret }: Task): Promise<object> {
    const { metadata, spec } = await this.template(of);
    const [container, ...others] = spec.template.spec.containers;
    const env = [
      ...Object.entries(environment).map(([key, value]) => ({ name: key, value })),
      ...Object.entries(secret?.variables ?? {}).map(([variable, key]) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name: secret?.name, key } },
      })),
    ];
    const own = container?.env?.filter((variable) => !env.some((other) => other.name === variable.name)) ?? [];
    const { volumeMounts = [], ...rest } = container ?? { name: of };
    const volume = secret && { name: "restore", secret: { secretName: secret.name } };
    const mount = secret && { name: "restore", mountPath: secret.directory, readOnly: true };
    const pod = {
      ...spec.template.spec,
      containers: [
        { ...rest, env: [...own, ...env], volumeMounts: [...volumeMounts, ...(mount ? [mount] : [])] },
        ...others,
      ],
      volumes: [...(spec.template.spec.volumes ?? []), ...(volume ? [volume] : [])],
    };
    return {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        labels: metadata?.labels,
        annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
      },
      // A second attempt would write to the same backup, or restore it again: somebody has to look at the reason and decide.
      spec: {
        ...spec,
        backoffLimit: 0,
        ttlSecondsAfterFinished: KEPT_SECONDS,
        template: { ...spec.template, spec: pod },
      },
    };
  }

  private async pods(job: string): Promise<Pods["items"]> {
    const query = new URLSearchParams({ labelSelector: `job-name=${job}` });
    const path = `/api/v1/namespaces/${this.place.namespace}/pods?${query.toString()}`;
    const items = (await this.cluster.read<Pods>(path))?.items ?? [];
    return [...items].sort((a, b) =>
      (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? ""),
    );
  }

  /** @returns its last lines; none while its pod has not started */
  private async said(job: string, cronJob: string, lines: number): Promise<string[]> {
    try {
      const pod = (await this.pods(job)).at(-1);
      if (!pod) return [];
      const { name: container } = await this.containerOf(cronJob);
      const query = new URLSearchParams({ container, tailLines: String(lines) });
      const path = `/api/v1/namespaces/${this.place.namespace}/pods/${pod.metadata.name}/log?${query.toString()}`;
      return ((await this.cluster.read<string>(path)) ?? "").split("\n").filter((line) => line !== "");
    } catch {
      return [];
    }
  }

  private async template(cronJob: string): Promise<CronJob["spec"]["jobTemplate"]> {
    const found = await this.cluster.read<CronJob>(`${this.all}/cronjobs/${cronJob}`);
    if (!found) throw new Error(`The cluster has no CronJob ${cronJob}. Apply first.`);
    return found.spec.jobTemplate;
  }

  private async containerOf(cronJob: string): Promise<Container> {
    return (await this.template(cronJob)).spec.template.spec.containers[0] ?? { name: "" };
  }

  /** @returns the container's termination message */
  private async message(job: string): Promise<string | undefined> {
    return (await this.pods(job))
      .flatMap(({ status }) => status?.containerStatuses ?? [])
      .flatMap(({ state }) => state?.terminated?.message ?? [])
      .at(-1);
  }
}

function ended({ status }: Job): { readonly failed: boolean; readonly message: string } | undefined {
  const condition = status?.conditions?.find(
    ({ type, status: is }) => is === "True" && (type === "Complete" || type === "Failed"),
  );
  return condition && { failed: condition.type === "Failed", message: condition.message ?? "the job failed" };
}
