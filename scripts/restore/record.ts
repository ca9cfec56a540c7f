import type { Cluster } from "./cluster";
import type { Place } from "./place";

/** How far a restore has got. It is kept in the cluster until the restore has ended, so that anybody can continue an interrupted one. */
export interface Progress {
  /** Part of the names of its jobs. */
  readonly id: string;
  /** The backup that is restored. */
  readonly from: string;
  /** The backup whose shared files are restored. @default - that one */
  readonly files?: string;
  /** Bucket that private keys of workspaces come from. @default - there are none to copy */
  readonly keysFrom?: string;
  /** The backup of what was there before. */
  readonly safety: string;
  /** What is done next: up to `restore`, nothing has changed. */
  readonly step: "stop" | "back up" | "restore" | "start";
  /** Whether it goes back to `safety`. */
  readonly undoing: boolean;
  /** Numbers of pods, by the name of a Deployment or `statefulsets/` and that of a StatefulSet. */
  readonly replicas: Readonly<Record<string, number>>;
  /** CronJobs that were running. */
  readonly cronJobs: readonly string[];
  /** Whether the delivery pipeline took releases. */
  readonly delivering: boolean;
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/** The record of a restore, as a ConfigMap that no stack knows. */
export class ProgressRecord {
  private readonly all: string;
  private readonly path: string;
  private readonly name: string;

  constructor(
    private readonly cluster: Cluster,
    { application, namespace }: Pick<Place, "application" | "namespace">,
  ) {
    this.name = `${application}-restore-progress`;
    this.all = `/api/v1/namespaces/${namespace}/configmaps`;
    this.path = `${this.all}/${this.name}`;
  }

  async read(): Promise<Progress | undefined> {
    const found = await this.cluster.read<ConfigMap>(this.path);
    const text = found?.data?.["progress"];
    return text === undefined ? undefined : (JSON.parse(text) as Progress);
  }

  /** @returns whether nobody else has begun in the meantime */
  async begin(progress: Progress): Promise<boolean> {
    const metadata = { name: this.name };
    return await this.cluster.create(this.all, { apiVersion: "v1", kind: "ConfigMap", metadata, data: data(progress) });
  }

  async write(progress: Progress): Promise<void> {
    await this.cluster.change(this.path, { data: data(progress) });
  }

  async end(): Promise<void> {
    await this.cluster.remove(this.path);
  }
}

function data(progress: Progress): Record<string, string> {
  return { progress: JSON.stringify(progress) };
}
