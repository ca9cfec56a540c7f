import type { Cluster } from "../../scripts/restore/cluster";
import type { Place } from "../../scripts/restore/place";

export const PLACE: Place = {
  project: "demo-project",
  cluster: { location: "us-central1", name: "gke" },
  namespace: "dify",
  application: "dify",
  selector: "app.kubernetes.io/name=dify",
  bucket: "demo-backups",
  backupJob: "dify-portable-backup",
  restoreJob: "dify-restore-backup",
};

type Thing = Record<string, unknown>;
interface Env {
  readonly name: string;
  readonly value: string;
}

/** A cluster with two Deployments, three CronJobs, a database that is one word, and jobs that back it up and restore it. */
export class PlayedCluster implements Cluster {
  /** What the databases hold. */
  data = "new";
  readonly backups = new Map<string, string>([["monday", "old"]]);
  readonly replicas: Record<string, number> = { "dify-api": 2, "dify-worker": 1 };
  readonly suspended: Record<string, boolean> = {
    "dify-portable-backup": false,
    "dify-restore-backup": true,
    "dify-rotation": false,
  };
  delivering = true;
  /** Jobs in the order in which they ran: `restore monday`. */
  readonly ran: string[] = [];
  /** What ran while somebody could write. */
  readonly unsafe: string[] = [];
  /** Writes so far, and the one that fails; by the words of a job, why it fails. */
  writes = 0;
  failAt = Infinity;
  jobFails: Record<string, string> = {};
  private readonly objects = new Map<string, Thing>();

  readonly delivery = {
    isOpen: () => Promise.resolve(this.delivering),
    suspend: (suspended: boolean): Promise<void> => {
      this.write();
      this.delivering = !suspended;
      return Promise.resolve();
    },
  };

  get record(): unknown {
    return this.objects.get("/api/v1/namespaces/dify/configmaps/dify-restore-progress");
  }

  /** Everything that runs, and nothing of a restore. */
  get asBefore(): boolean {
    const { "dify-api": api, "dify-worker": worker } = this.replicas;
    const crons = Object.entries(this.suspended).filter(([, suspended]) => suspended);
    return api === 2 && worker === 1 && crons.length === 1 && this.delivering && this.record === undefined;
  }

  read = <T>(path: string): Promise<T | undefined> => Promise.resolve(this.find(path) as T | undefined);

  create = (path: string, object: object): Promise<boolean> => {
    const { metadata } = object as { metadata: { name: string } };
    const place = `${path}/${metadata.name}`;
    if (this.objects.has(place)) return Promise.resolve(false);
    this.write();
    this.objects.set(place, object as Thing);
    if (path.endsWith("/jobs")) this.runJob(place, object as Thing);
    return Promise.resolve(true);
  };

  change = (path: string, patch: object): Promise<void> => {
    this.write();
    const name = path.split("/").at(-1) ?? "";
    const { spec } = patch as { spec?: { replicas?: number; suspend?: boolean } };
    if (path.includes("/deployments/")) this.replicas[name] = spec?.replicas ?? 0;
    else if (path.includes("/cronjobs/")) this.suspended[name] = spec?.suspend ?? false;
    else this.objects.set(path, { ...this.objects.get(path), ...patch });
    return Promise.resolve();
  };

  remove = (path: string): Promise<void> => {
    this.write();
    this.objects.delete(path);
    return Promise.resolve();
  };

  private write(): void {
    this.writes += 1;
    if (this.writes === this.failAt) throw new Error("the control plane is away");
  }

  private find(path: string): unknown {
    const place = path.split("?")[0] ?? "";
    if (place.endsWith("/deployments")) {
      return {
        items: Object.entries(this.replicas).map(([name, replicas]) => ({
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
      const containers = [{ name: "main", env: [{ name: "RELEASE", value: "1" }] }];
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
    const env = Object.fromEntries(
      (spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
    );
    const name = env["BACKUP_NAME"] ?? "";
    const backsUp = !this.backups.has(name);
    const words = env["CHECK_ONLY"] ? `check ${name}` : `${backsUp ? "back up" : "restore"} ${name}`;
    const fails = Object.entries(this.jobFails).find(([part]) => words.includes(part))?.[1];
    this.ran.push(words);
    const stopped = Object.values(this.replicas).every((count) => count === 0) && !this.delivering;
    if (!env["CHECK_ONLY"] && !stopped) this.unsafe.push(words);
    if (fails === undefined && backsUp) this.backups.set(name, this.data);
    if (fails === undefined && !backsUp && !env["CHECK_ONLY"]) this.data = this.backups.get(name) ?? "";
    // One that was broken off in the middle: some of it is there.
    if (fails !== undefined && words.startsWith("restore")) this.data = "half";
    const conditions = [{ type: fails === undefined ? "Complete" : "Failed", status: "True", message: fails }];
    this.objects.set(place, { ...job, status: { conditions } });
  }
}
