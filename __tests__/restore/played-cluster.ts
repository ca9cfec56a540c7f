import type { Cluster } from "../../scripts/restore/cluster";
import type { Place } from "../../scripts/restore/place";

export const PLACE: Place = {
  project: "demo-project",
  cluster: { location: "us-central1", name: "gke" },
  namespace: "dify",
  application: "dify",
  selector: "app.kubernetes.io/name=dify",
  database: { instance: "sql", user: "dify_user" },
  confined: { component: "portable-backup" },
  storage: "demo-storage",
  bucket: "demo-backups",
  backupJob: "dify-portable-backup",
  restoreJob: "dify-restore-backup",
};

type Thing = Record<string, unknown>;
interface Env {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

/** A cluster with a Deployment, a StatefulSet, three CronJobs, a database that is one word, and jobs that back it up and restore it. */
export class PlayedCluster implements Cluster {
  /** What the databases hold. */
  data = "new";
  readonly backups = new Map<string, string>([["monday", "old"]]);
  readonly replicas: Record<string, number> = { "dify-api": 2, "dify-qdrant": 1 };
  readonly suspended: Record<string, boolean> = {
    "dify-portable-backup": false,
    "dify-restore-backup": true,
    "dify-rotation": false,
  };
  /** What manifests say, by backup, in addition to what all of them do. */
  readonly manifests: Record<string, object> = {};
  delivering = true;
  /** Of Dify. */
  release = "1.16.1";
  /** Jobs in the order in which they ran: `restore monday`. */
  readonly ran: string[] = [];
  /** Backups whose shared files were asked for. */
  readonly files: string[] = [];
  /** What ran while somebody could write. */
  readonly unsafe: string[] = [];
  /** Writes so far, and the one that fails; by the words of a job, why it fails. */
  writes = 0;
  failAt = Infinity;
  jobFails: Record<string, string> = {};
  /** What a job reads from the copy of the instance, by the environment that it has: nothing, if it cannot log in. */
  copied: (environment: Readonly<Record<string, string>>) => string | undefined = () => undefined;
  private readonly objects = new Map<string, Thing>();

  readonly delivery = {
    isOpen: () => Promise.resolve(this.delivering),
    suspend: (suspended: boolean): Promise<void> => {
      this.write();
      this.delivering = !suspended;
      return Promise.resolve();
    },
  };

  /** Secrets and network policies. */
  get left(): readonly string[] {
    return [...this.objects.keys()].filter((place) => /\/(secrets|networkpolicies)\//.test(place));
  }

  get record(): unknown {
    return this.objects.get("/api/v1/namespaces/dify/configmaps/dify-restore-progress");
  }

  /** Everything that runs, and nothing of a restore. */
  get asBefore(): boolean {
    const { "dify-api": api, "dify-qdrant": store } = this.replicas;
    const crons = Object.entries(this.suspended).filter(([, suspended]) => suspended);
    return api === 2 && store === 1 && crons.length === 1 && this.delivering && this.record === undefined;
  }

  read = <T>(path: string): Promise<T | undefined> => Promise.resolve(this.find(path) as T | undefined);

  create = (path: string, object: object): Promise<boolean> => {
    const { metadata } = object as { metadata: { name: string } };
    const place = `${path}/${metadata.name}`;
    if (this.objects.has(place)) return Promise.resolve(false);
    this.write();
    const { stringData } = object as { stringData?: Record<string, string> };
    const data = stringData && {
      data: Object.fromEntries(
        Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
      ),
    };
    this.objects.set(place, { ...object, ...data });
    if (path.endsWith("/jobs")) this.runJob(place, object as Thing);
    return Promise.resolve(true);
  };

  change = (path: string, patch: object): Promise<void> => {
    this.write();
    const name = path.split("/").at(-1) ?? "";
    const { spec } = patch as { spec?: { replicas?: number; suspend?: boolean } };
    if (/\/(deployments\/dify-api|statefulsets\/dify-qdrant)$/.test(path)) this.replicas[name] = spec?.replicas ?? 0;
    else if (path.includes("/cronjobs/")) this.suspended[name] = spec?.suspend ?? false;
    else this.objects.set(path, { ...this.objects.get(path), ...patch });
    return Promise.resolve();
  };

  remove = (path: string): Promise<void> => {
    this.write();
    this.objects.delete(path);
    return Promise.resolve();
  };

  write(): void {
    this.writes += 1;
    if (this.writes === this.failAt) throw new Error("the control plane is away");
  }

  private find(path: string): unknown {
    const place = path.split("?")[0] ?? "";
    if (/\/(deployments|statefulsets)$/.test(place)) {
      const kind = place.endsWith("/deployments") ? "dify-api" : "dify-qdrant";
      return {
        items: Object.entries(this.replicas)
          .filter(([name]) => name === kind)
          .map(([name, replicas]) => ({
            metadata: { name, generation: 1 },
            spec: { replicas },
            status: { observedGeneration: 1, availableReplicas: replicas },
          })),
      };
    }
    if (place.endsWith("/cronjobs")) {
      return {
        items: Object.entries(this.suspended).map(([name, suspend]) => ({ metadata: { name }, spec: { suspend } })),
      };
    }
    if (place.includes("/cronjobs/")) {
      const containers = [
        {
          name: "main",
          env: [
            { name: "RELEASE", value: this.release },
            { name: "PGPASSWORD", value: "own" },
          ],
        },
      ];
      return { spec: { jobTemplate: { metadata: {}, spec: { backoffLimit: 1, template: { spec: { containers } } } } } };
    }
    if (place.endsWith("/log")) return "done\n";
    if (place.endsWith("/pods"))
      return path.includes("job-name") ? { items: [{ metadata: { name: "pod" } }] } : { items: [] };
    if (place.endsWith("/jobs")) return { items: [] };
    return this.objects.get(place);
  }

  private runJob(place: string, job: Thing): void {
    const { spec } = job as { spec: { template: { spec: { containers: { env: Env[] }[] } } } };
    if (place.includes("-rehearsal-")) {
      const failed = this.jobFails["rehearse"];
      const message = failed ?? "";
      this.objects.set(place, {
        status: { conditions: [{ type: failed ? "Failed" : "Complete", status: "True", message }] },
      });
      return;
    }
    const given = spec.template.spec.containers[0]?.env ?? [];
    const env: Record<string, string> = Object.fromEntries(given.map((each) => [each.name, this.valueOf(each)]));
    if (Object.keys(env).length < given.length) throw new Error("a variable is there twice");
    const name = env["BACKUP_NAME"] ?? "";
    const backsUp = !this.backups.has(name);
    if (env["FILES_FROM"]) this.files.push(env["FILES_FROM"]);
    const elsewhere = env["MANIFEST"] !== undefined;
    const words = elsewhere
      ? "fits"
      : env["CHECK_ONLY"]
        ? `check ${name}`
        : `${backsUp ? "back up" : "restore"} ${name}`;
    const failed = Object.entries(this.jobFails).find(([part]) => words.includes(part))?.[1];
    this.ran.push(words);
    const data = env["MOMENT"] ? this.copied(env) : this.data;
    const stopped =
      env["MOMENT"] !== undefined || (Object.values(this.replicas).every((count) => count === 0) && !this.delivering);
    const fails = data === undefined ? "password authentication failed" : failed;
    if (!env["CHECK_ONLY"] && !stopped) this.unsafe.push(words);
    if (fails === undefined && backsUp && !elsewhere) this.backups.set(name, data ?? "");
    if (fails === undefined && !backsUp && !env["CHECK_ONLY"]) this.data = this.backups.get(name) ?? "";
    // One that was interrupted in the middle: some of it is there.
    if (fails !== undefined && words.startsWith("restore")) this.data = "half";
    const conditions = [{ type: fails === undefined ? "Complete" : "Failed", status: "True", message: fails }];
    this.objects.set(place, { ...job, status: { conditions } });
  }

  private valueOf({ value, valueFrom }: Env): string {
    if (value !== undefined) return value;
    const { name = "", key = "" } = valueFrom?.secretKeyRef ?? {};
    const secret = this.objects.get(`/api/v1/namespaces/dify/secrets/${name}`) as { data: Record<string, string> };
    return Buffer.from(secret.data[key] ?? "", "base64").toString();
  }
}
