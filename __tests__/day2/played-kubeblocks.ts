import type { Place } from "../../scripts/day2/place";
import type { Cluster } from "../../scripts/restore/cluster";

export const PLACE: Place = {
  project: "demo-project",
  cluster: { location: "us-central1", name: "gke" },
  namespace: "dify",
  databases: [
    {
      ...{ name: "postgresql", cluster: "dify-postgresql", first: "dify-postgresql", parts: ["postgresql"] },
      copiedBy: "dify-portable-backup",
    },
    { name: "redis", cluster: "dify-redis", first: "dify-redis", parts: ["redis", "redis-sentinel"] },
  ],
};

interface Thing {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
  readonly spec?: unknown;
  status?: unknown;
}

const APPS = "/apis/apps.kubeblocks.io/v1";
const CLUSTERS = `${APPS}/namespaces/dify/clusters`;
const PROTECTION = "/apis/dataprotection.kubeblocks.io/v1alpha1";
const BACKUPS = `${PROTECTION}/namespaces/dify/backups`;
const POLICIES = `${PROTECTION}/namespaces/dify/backuppolicies`;
const SERVICES = "/api/v1/namespaces/dify/services";
const NETWORKS = "/apis/networking.k8s.io/v1/namespaces/dify/networkpolicies";
const BATCH = "/apis/batch/v1/namespaces/dify";
const OPERATIONS = "/apis/operations.kubeblocks.io/v1alpha1/namespaces/dify/opsrequests";
const PODS = "/api/v1/namespaces/dify/pods";

/** @returns a pod of a part. @param role of the two that a database's pods have; none without */
function pod(cluster: string, part: string, number: number, role?: string): Thing {
  return {
    metadata: {
      name: `${cluster}-${part}-${number}`,
      labels: {
        "app.kubernetes.io/managed-by": "kubeblocks",
        "app.kubernetes.io/instance": cluster,
        "apps.kubeblocks.io/component-name": part,
        ...(role !== undefined && { "kubeblocks.io/role": role }),
      },
    },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ restartCount: number }],
    },
  };
}

function cluster(name: string, parts: Readonly<Record<string, number>>): Thing {
  const componentSpecs = Object.entries(parts).map(([part, replicas]) => ({
    ...{ name: part, replicas },
    componentDef: `${part}-1`,
    serviceVersion: "7.2.4",
  }));
  const components = Object.fromEntries(Object.keys(parts).map((part) => [part, { phase: "Running" }]));
  return { metadata: { name }, spec: { componentSpecs }, status: { phase: "Running", components } };
}

/** A cluster's API with two databases of KubeBlocks, and an operator that does what it is asked for at the third look. */
export class PlayedKubeBlocks implements Cluster {
  readonly objects = new Map<string, Thing>();
  /** Operations that were asked for, as they were sent. */
  readonly asked: object[] = [];
  /** What becomes of an operation. `undefined`: nobody takes it up. */
  outcome: object | undefined = { phase: "Succeed", progress: "2/2" };
  /** Where the connection breaks: at the look with this number. */
  breaksAt = Infinity;
  /** What becomes of a backup, and of a job. */
  backupEnds: object = { phase: "Completed" };
  jobEnds: object = { type: "Complete", status: "True" };
  private looks = 0;

  constructor() {
    this.put(CLUSTERS, cluster("dify-postgresql", { postgresql: 2 }), cluster("dify-redis", REDIS));
    this.put(PODS, pod("dify-postgresql", "postgresql", 0, "secondary"));
    this.put(PODS, pod("dify-postgresql", "postgresql", 1, "primary"));
    this.put(PODS, pod("dify-redis", "redis", 0, "primary"), pod("dify-redis", "redis-sentinel", 0));
    this.put(SERVICES, {
      metadata: { name: "new-redis", labels: { "app.kubernetes.io/instance": "dify-redis-r1" } },
    });
    const matchLabels = { "app.kubernetes.io/instance": "dify-redis" };
    this.put(NETWORKS, {
      metadata: { name: "dify-redis" },
      spec: { podSelector: { matchLabels }, ingress: [{ from: [{ podSelector: { matchLabels } }] }] },
    });
    this.put(NETWORKS, { metadata: { name: "default-deny" }, spec: { podSelector: {} } });
    const template = { spec: { containers: [{ name: "main" }] } };
    this.put(`${BATCH}/cronjobs`, {
      metadata: { name: "dify-portable-backup" },
      spec: { jobTemplate: { metadata: {}, spec: { template } } },
    });
    for (const part of ["postgresql", "redis"])
      this.put(`${APPS}/componentdefinitions`, {
        metadata: { name: `${part}-1` },
        spec: { lifecycleActions: { switchover: {} } },
      });
  }

  put(path: string, ...things: readonly Thing[]): void {
    for (const thing of things) this.objects.set(`${path}/${thing.metadata.name}`, thing);
  }

  backup(thing: Thing): void {
    this.put(BACKUPS, thing);
  }

  /** Has a repository, and policies of both databases. */
  protect(phase = "Ready"): void {
    this.put(`${PROTECTION}/backuprepos`, { metadata: { name: "repo" }, status: { phase, isDefault: true } });
    for (const [database, methods] of Object.entries({
      postgresql: ["archive-wal", "pg-basebackup"],
      redis: ["aof", "datafile"],
    }))
      this.put(POLICIES, {
        metadata: {
          name: `dify-${database}-${database}-backup-policy`,
          labels: { "app.kubernetes.io/instance": `dify-${database}` },
        },
        spec: { backupMethods: methods.map((name) => ({ name })) },
      });
  }

  operation(thing: Thing): void {
    this.put(OPERATIONS, thing);
  }

  change = (): Promise<void> => Promise.reject(new Error("nothing here is patched"));

  read = <T>(path: string): Promise<T | undefined> => {
    const [place = "", query] = path.split("?");
    const found = this.objects.get(place);
    if (place.startsWith(`${OPERATIONS}/`)) {
      this.looks += 1;
      if (this.looks === this.breaksAt) return Promise.reject(new Error("socket hang up"));
      if (found && this.looks === 2 && this.outcome) found.status = { phase: "Running", progress: "1/2" };
      if (found && this.looks > 2 && this.outcome) found.status = this.outcome;
    }
    if (place.startsWith(`${BACKUPS}/`) && found && this.asked.length > 0) found.status = this.backupEnds;
    if (!LISTS.includes(place)) return Promise.resolve(found as T | undefined);
    const selector = new URLSearchParams(query).get("labelSelector") ?? "";
    const items = [...this.objects]
      .filter(([key, { metadata }]) => key.startsWith(`${place}/`) && selects(selector, metadata.labels))
      .map(([, thing]) => thing);
    return Promise.resolve({ items } as T);
  };

  create = (path: string, object: object): Promise<boolean> => {
    this.asked.push(object);
    this.put(path, {
      ...(object as Thing),
      ...(path === `${BATCH}/jobs` && { status: { conditions: [this.jobEnds] } }),
    });
    return Promise.resolve(true);
  };

  remove = (path: string): Promise<void> => {
    this.objects.delete(path);
    return Promise.resolve();
  };
}

const LISTS = [CLUSTERS, BACKUPS, OPERATIONS, PODS, POLICIES, SERVICES, NETWORKS, `${PROTECTION}/backuprepos`];
const REDIS = { redis: 1, "redis-sentinel": 3 };

function selects(selector: string, labels: Readonly<Record<string, string>> = {}): boolean {
  return selector
    .split(",")
    .filter((part) => part !== "")
    .every((part) => {
      const [name = "", value] = part.split("=");
      return labels[name] === value;
    });
}
