import type { Cluster } from "./cluster";
import type { Place } from "./place";
import type { Progress } from "./record";
import { until, type Waiting } from "./wait";

/** Kinds whose pods run until somebody stops them. */
const KINDS = ["deployments", "statefulsets"] as const;

interface Deployments {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly generation?: number };
    readonly spec: { readonly replicas?: number };
    readonly status?: { readonly observedGeneration?: number; readonly availableReplicas?: number };
  }[];
}
interface CronJobs {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly suspend?: boolean };
  }[];
}
interface Named {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string }[] };
  }[];
}

/** A first pod may have to wait for a node, and pulls its image. */
const READY_SECONDS = 1800;

/** Everything of an environment that writes: its Deployments and StatefulSets, and its CronJobs with their jobs. */
export class Writers {
  private readonly apps: string;
  private readonly batch: string;
  private readonly core: string;
  private readonly query: string;
  /** What is waited for. */
  status = "";

  constructor(
    private readonly cluster: Cluster,
    { namespace, selector }: Pick<Place, "namespace" | "selector">,
    private readonly waiting: Waiting,
  ) {
    this.apps = `/apis/apps/v1/namespaces/${namespace}`;
    this.batch = `/apis/batch/v1/namespaces/${namespace}`;
    this.core = `/api/v1/namespaces/${namespace}/pods`;
    this.query = `?${new URLSearchParams({ labelSelector: selector }).toString()}`;
  }

  /** @returns what runs now */
  async look(): Promise<Pick<Progress, "replicas" | "cronJobs">> {
    const { items: crons } = await this.list<CronJobs>(`${this.batch}/cronjobs`);
    return {
      replicas: Object.fromEntries((await this.running()).map(({ name, spec }) => [name, spec.replicas ?? 1])),
      cronJobs: crons.filter(({ spec }) => !spec.suspend).map(({ metadata }) => metadata.name),
    };
  }

  /** Stops everything and waits until the last pod is gone. Jobs that have begun are waited for. */
  async stop({ cronJobs }: Pick<Progress, "cronJobs">): Promise<void> {
    for (const name of cronJobs)
      await this.cluster.change(`${this.batch}/cronjobs/${name}`, { spec: { suspend: true } });
    // An autoscaler ignores a Deployment without replicas:
    // https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
    for (const { name, spec } of await this.running()) {
      if (spec.replicas !== 0) await this.scale(name, 0);
    }
    await until(this.waiting, async () => {
      const pods = (await this.list<Named>(this.core)).items.filter(
        ({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed",
      );
      const jobs = (await this.list<Named>(`${this.batch}/jobs`)).items.filter(
        ({ status }) => !status?.conditions?.some(({ type }) => type === "Complete" || type === "Failed"),
      );
      const left = [...jobs, ...pods].map(({ metadata }) => metadata.name);
      this.status = left.length === 0 ? "" : `${left.length} left, ${left[0] ?? ""}`;
      return left.length === 0 ? true : undefined;
    });
  }

  /** @returns those that are not healthy in time: none, when all is well */
  async start({ cronJobs, replicas }: Pick<Progress, "replicas" | "cronJobs">): Promise<readonly string[]> {
    for (const [name, count] of Object.entries(replicas)) await this.scale(name, count);
    let missing: readonly string[] = [];
    await until(
      this.waiting,
      async () => {
        missing = (await this.running())
          .filter(({ name, metadata, status }) => {
            const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
            return !seen || (status?.availableReplicas ?? 0) < (replicas[name] ?? 0);
          })
          .map(({ name }) => name);
        this.status = missing.length === 0 ? "" : `${missing.length} left, ${missing[0] ?? ""}`;
        return missing.length === 0 ? true : undefined;
      },
      READY_SECONDS,
    );
    if (missing.length > 0) return missing;
    for (const name of cronJobs)
      await this.cluster.change(`${this.batch}/cronjobs/${name}`, { spec: { suspend: false } });
    return [];
  }

  private async scale(name: string, replicas: number): Promise<void> {
    await this.cluster.change(`${this.apps}/${name.includes("/") ? name : `deployments/${name}`}`, {
      spec: { replicas },
    });
  }

  /** @returns Deployments by their names, and StatefulSets as `statefulsets/name` */
  private async running(): Promise<(Deployments["items"][number] & { readonly name: string })[]> {
    const lists = KINDS.map(async (kind) =>
      (await this.list<Deployments>(`${this.apps}/${kind}`)).items.map((item) => ({
        ...item,
        name: kind === "deployments" ? item.metadata.name : `${kind}/${item.metadata.name}`,
      })),
    );
    return (await Promise.all(lists)).flat();
  }

  private async list<T extends { readonly items: readonly object[] }>(path: string): Promise<T> {
    return (await this.cluster.read<T>(`${path}${this.query}`)) ?? ({ items: [] } as unknown as T);
  }
}
