import type { Cluster as Api } from "../restore/cluster";

/**
 * What KubeBlocks makes of a Cluster, as far as it is read here.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/apps/v1/cluster_types.go
 */
export interface Cluster extends Named {
  readonly spec: {
    readonly componentSpecs?: readonly {
      readonly name: string;
      readonly componentDef?: string;
      readonly serviceVersion?: string;
      readonly replicas?: number;
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly components?: Readonly<
      Record<string, { readonly phase?: string; readonly message?: Readonly<Record<string, string>> }>
    >;
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Named {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
}

export interface Pod extends Named {
  readonly metadata: Named["metadata"] & { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly { readonly restartCount?: number }[];
  };
}

/** @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/dataprotection/v1alpha1/backup_types.go */
export interface Backup extends Named {
  readonly metadata: Named["metadata"] & { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly backupMethod?: string };
  readonly status?: {
    readonly phase?: string;
    readonly failureReason?: string;
    readonly totalSize?: string;
    readonly completionTimestamp?: string;
  };
}

/** @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/operations/v1alpha1/opsrequest_types.go */
export interface Operation extends Named {
  readonly spec: { readonly clusterName: string; readonly type: string };
  readonly status?: {
    readonly phase?: string;
    readonly progress?: string;
    readonly conditions?: readonly Condition[];
    readonly components?: Readonly<
      Record<
        string,
        { readonly progressDetails?: readonly { readonly status: string; readonly message?: string }[] } | undefined
      >
    >;
  };
}

/** How a Cluster's part is copied. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/dataprotection/v1alpha1/backuppolicy_types.go */
export interface Policy extends Named {
  readonly spec: {
    readonly backupRepoName?: string;
    readonly backupMethods?: readonly { readonly name: string; readonly snapshotVolumes?: boolean }[];
  };
}

/** Where copies go. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/dataprotection/v1alpha1/backuprepo_types.go */
interface Repository extends Named {
  readonly status?: { readonly phase?: string; readonly isDefault?: boolean };
}

interface NetworkPolicy extends Named {
  readonly spec: { readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> } };
}

interface Definition {
  readonly spec: { readonly lifecycleActions?: { readonly switchover?: object } };
}

const APPS = "/apis/apps.kubeblocks.io/v1";
const PROTECTION = "/apis/dataprotection.kubeblocks.io/v1alpha1";
/** Labels of KubeBlocks. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/constant/labels.go */
export const LABELS = {
  instance: "app.kubernetes.io/instance",
  part: "apps.kubeblocks.io/component-name",
  role: "kubeblocks.io/role",
} as const;
/** Label of the policies that are made for a restored Cluster; its value is the Cluster's name. */
const RESTORED = "day2-restored";
/** Phases in which an operation has ended. */
const ENDED = ["Succeed", "Failed", "Cancelled", "Aborted"];

/** Reads what there is in a namespace, and asks for operations. */
export class KubeBlocks {
  readonly operationsPath: string;
  private readonly all: Readonly<
    Record<"backups" | "clusters" | "networks" | "pods" | "policies" | "services", string>
  >;

  constructor(
    private readonly api: Api,
    namespace: string,
  ) {
    const within = `namespaces/${namespace}`;
    this.operationsPath = `/apis/operations.kubeblocks.io/v1alpha1/${within}/opsrequests`;
    this.all = {
      backups: `${PROTECTION}/${within}/backups`,
      clusters: `${APPS}/${within}/clusters`,
      networks: `/apis/networking.k8s.io/v1/${within}/networkpolicies`,
      pods: `/api/v1/${within}/pods`,
      policies: `${PROTECTION}/${within}/backuppolicies`,
      services: `/api/v1/${within}/services`,
    };
  }

  cluster(name: string): Promise<Cluster | undefined> {
    return this.api.read(`${this.all.clusters}/${name}`);
  }

  /** @returns names of all Clusters in the namespace */
  async clusters(): Promise<readonly string[]> {
    return (await this.list<Cluster>(this.all.clusters)).map(({ metadata }) => metadata.name);
  }

  pods(cluster: string): Promise<readonly Pod[]> {
    return this.list(this.all.pods, { "app.kubernetes.io/managed-by": "kubeblocks", [LABELS.instance]: cluster });
  }

  /** @returns backups of some Clusters, the newest last */
  async backups(clusters: readonly string[]): Promise<readonly Backup[]> {
    const found = await this.list<Backup>(this.all.backups);
    return inOrder(found.filter(({ metadata }) => clusters.includes(metadata.labels?.[LABELS.instance] ?? "")));
  }

  /** @returns operations on a Cluster, the newest last. Not found by label, because the operator adds that later */
  async operations(cluster: string): Promise<readonly Operation[]> {
    const found = await this.list<Operation>(this.operationsPath);
    return inOrder(found.filter(({ spec }) => spec.clusterName === cluster));
  }

  operation(name: string): Promise<Operation | undefined> {
    return this.api.read(`${this.operationsPath}/${name}`);
  }

  /** @returns whether pods of a kind can hand over; `undefined`: nobody may look, or its definition is not there */
  async handsOver(definition: string): Promise<boolean | undefined> {
    const found = await this.api.read<Definition>(`${APPS}/componentdefinitions/${definition}`).catch(() => undefined);
    return found && found.spec.lifecycleActions?.switchover !== undefined;
  }

  async begin(operation: object): Promise<boolean> {
    return await this.api.create(this.operationsPath, operation);
  }

  async withdraw(operation: string): Promise<void> {
    await this.api.remove(`${this.operationsPath}/${operation}`);
  }

  policies(cluster: string): Promise<readonly Policy[]> {
    return this.list(this.all.policies, { [LABELS.instance]: cluster });
  }

  /** @returns the name of the repository that copies by a policy go to; `undefined`: there is none that is ready */
  async repository({ spec }: Policy): Promise<string | undefined> {
    const all = await this.list<Repository>(`${PROTECTION}/backuprepos`);
    const found = all.find(({ metadata, status }) =>
      spec.backupRepoName ? metadata.name === spec.backupRepoName : status?.isDefault === true,
    );
    return found?.status?.phase === "Ready" ? found.metadata.name : undefined;
  }

  backup(name: string): Promise<Backup | undefined> {
    return this.api.read(`${this.all.backups}/${name}`);
  }

  async backUp(backup: object): Promise<void> {
    await this.api.create(this.all.backups, backup);
  }

  /** @returns names of a Cluster's Services */
  async services(cluster: string): Promise<readonly string[]> {
    return (await this.list<Named>(this.all.services, { [LABELS.instance]: cluster })).map(
      ({ metadata }) => metadata.name,
    );
  }

  /** Opens the same connections for another Cluster's pods: without a policy of their own, they may be closed. */
  async openLike(cluster: string, other: string): Promise<void> {
    const policies = await this.list<NetworkPolicy>(this.all.networks);
    for (const { metadata, spec } of policies) {
      if (spec.podSelector?.matchLabels?.[LABELS.instance] !== cluster) continue;
      const text = JSON.stringify(spec).replaceAll(
        `"${LABELS.instance}":"${cluster}"`,
        `"${LABELS.instance}":"${other}"`,
      );
      await this.api.create(this.all.networks, {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: `${metadata.name}-${other}`, labels: { [RESTORED]: other } },
        spec: JSON.parse(text) as object,
      });
    }
  }

  private async list<T>(path: string, labels: Readonly<Record<string, string>> = {}): Promise<readonly T[]> {
    const labelSelector = Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join();
    const query = labelSelector === "" ? "" : `?${new URLSearchParams({ labelSelector }).toString()}`;
    return (await this.api.read<{ readonly items?: readonly T[] }>(`${path}${query}`))?.items ?? [];
  }
}

function inOrder<T extends Named>(objects: readonly T[]): readonly T[] {
  return [...objects].sort(({ metadata: a }, { metadata: b }) =>
    (a.creationTimestamp ?? "").localeCompare(b.creationTimestamp ?? ""),
  );
}

export function hasEnded({ status }: Operation): boolean {
  return ENDED.includes(status?.phase ?? "");
}

/** @returns what the operator says of a Cluster that is not as it should be */
export function saidOf({ status = {} }: Cluster): string {
  const bad = (status.conditions ?? [])
    .filter((one) => one.status === "False")
    .map(({ message, reason, type }) => `${type}: ${message || reason || "no reason given"}`);
  const parts = Object.entries(status.components ?? {})
    .filter(([, { phase }]) => phase !== "Running")
    .map(([name, { message = {}, phase = "not started" }]) => {
      const words = Object.entries(message).map(([key, text]) => `${key}: ${text}`);
      return `${name} is ${phase}${words.length > 0 ? ` (${words.join("; ")})` : ""}`;
    });
  return [...bad, ...parts].join("; ");
}

/** @returns why an operation failed, in the operator's words */
export function failureOf({ status = {} }: Operation): string {
  const details = Object.values(status.components ?? {})
    .flatMap((part) => part?.progressDetails ?? [])
    .flatMap(({ message, status: is }) => (is === "Failed" && message ? [message] : []));
  const words = (status.conditions ?? []).flatMap(({ message, status: is, type }) =>
    message && (["Failed", "Aborted", "Cancelled"].includes(type) || (type === "Validated" && is === "False"))
      ? [message]
      : [],
  );
  // "more detailed informations in status.components" says less than those.
  return [...new Set(details.length > 0 ? details : words)].join("; ") || `it is ${status.phase ?? "not begun"}`;
}

export function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ status: is, type }) => type === "Ready" && is === "True");
}
