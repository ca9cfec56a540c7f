import { chosen } from "../../scripts/restore/backups";
import type { Wanted } from "../../scripts/restore/options";
import { PLACE, PlayedCluster } from "./played-cluster";
import { run } from "./played-run";

const MOMENT = new Date("2026-11-24T09:00:00Z");
const AT: Wanted = { what: "restore moment", moment: MOMENT };
const UNDO: Wanted = { what: "undo" };

interface Instance {
  name: string;
  state: string;
  readonly settings: { deletionProtectionEnabled: boolean; readonly backupConfiguration: object };
  readonly ipAddresses: readonly object[];
  readonly serverCaCert: object;
  password?: string;
}

function gone(): Error {
  return Object.assign(new Error("it does not exist"), { status: 404 });
}

/** Cloud SQL with one instance, which was "then" at the moment. What is written counts as the cluster's writes do. */
class PlayedSql {
  readonly instances = new Map<string, Instance>();
  granted = 7;
  window = { earliestRecoveryTime: "2026-11-20T00:00:00Z", latestRecoveryTime: "2026-11-25T00:00:00Z" };
  /** How often it says first that it is doing something else. */
  busy = 1;

  constructor(readonly cluster: PlayedCluster) {
    this.add("sql", "RUNNABLE", { pointInTimeRecoveryEnabled: true });
    cluster.copied = ({ DB_HOST, DB_USER, MOMENT: moment, PGPASSWORD, SHARE }) => {
      const copy = [...this.instances.values()].find(({ name }) => name !== "sql");
      const policies = cluster.left.filter((place) => place.includes("networkpolicies"));
      const allowed = DB_USER === "dify_user" && PGPASSWORD === copy?.password && policies.length === 1 && SHARE === "";
      return copy?.state === "RUNNABLE" && DB_HOST === "10.0.0.2" && allowed ? `then ${moment}` : undefined;
    };
  }

  get copies(): number {
    return this.instances.size - 1;
  }

  readonly google = {
    projects: {
      projects: {
        testIamPermissions: ({ requestBody }: { requestBody: { permissions: string[] } }) =>
          Promise.resolve({ data: { permissions: requestBody.permissions.slice(0, this.granted) } }),
      },
    },
    sql: {
      projects: { instances: { getLatestRecoveryTime: () => Promise.resolve({ data: this.window }) } },
      operations: {
        get: () => {
          for (const each of this.instances.values()) each.state = "RUNNABLE";
          return Promise.resolve({ data: { status: "DONE" } });
        },
      },
      instances: {
        get: ({ instance }: { instance: string }) => {
          const data = this.instances.get(instance);
          return data ? Promise.resolve({ data }) : Promise.reject(gone());
        },
        list: () => Promise.resolve({ data: { items: [...this.instances.values()] } }),
        clone: ({ requestBody: { cloneContext } }: { requestBody: { cloneContext: Record<string, string> } }) => {
          expect(cloneContext["pointInTime"]).toBe("2026-11-24T09:00:00Z");
          return this.doing(() => {
            this.add(cloneContext["destinationInstanceName"] ?? "", "PENDING_CREATE", {});
          });
        },
        patch: ({ instance }: { instance: string }) =>
          this.doing(() => {
            const found = this.instances.get(instance);
            if (found) found.settings.deletionProtectionEnabled = false;
          }),
        delete: ({ instance }: { instance: string }) =>
          this.doing(() => {
            expect(this.instances.get(instance)?.settings.deletionProtectionEnabled).toBe(false);
            this.instances.delete(instance);
          }),
      },
      users: {
        update: ({ instance, requestBody }: { instance: string; requestBody: { password: string } }) => {
          this.busy -= 1;
          if (this.busy >= 0) return Promise.reject(Object.assign(new Error("busy"), { status: 409 }));
          return this.doing(() => {
            const found = this.instances.get(instance);
            if (found) found.password = requestBody.password;
          });
        },
      },
    },
  };

  private add(name: string, state: string, backupConfiguration: object): void {
    const settings = { deletionProtectionEnabled: true, backupConfiguration };
    const ipAddresses = [{ type: "PRIVATE", ipAddress: name === "sql" ? "10.0.0.1" : "10.0.0.2" }];
    this.instances.set(name, { name, state, settings, ipAddresses, serverCaCert: { cert: "CA" } });
  }

  private doing(work: () => void): Promise<{ readonly data: object }> {
    this.cluster.write();
    work();
    return Promise.resolve({ data: { name: "operation" } });
  }
}

/** With a backup from before the moment, and one of another schema from after it. */
function played(): { readonly cluster: PlayedCluster; readonly sql: PlayedSql } {
  const cluster = new PlayedCluster();
  cluster.backups.set("tuesday", "newer");
  cluster.manifests["tuesday"] = {
    started: "2026-11-24T10:00:00Z",
    release: "1.17.0",
    databases: [{ database: "dify_db", revision: "r2", tables: {} }],
  };
  return { cluster, sql: new PlayedSql(cluster) };
}

const start = async ({ cluster, sql }: ReturnType<typeof played>, wanted: Wanted, answer = {}) =>
  await run(cluster, wanted, { yes: true, ...answer }, PLACE, sql.google);

test("reads a moment from a copy of the instance, which it deletes, and restores it with the files of the backup before", async () => {
  const all = played();
  const { cluster, sql } = all;
  const no = await start(all, AT, { yes: false, says: "no" });
  expect([no.error, sql.copies, cluster.writes]).toEqual(["You did not confirm. No data was changed.", 0, 0]);
  expect(no.text).toContain("with all databases on it, those of others too. Only this environment's are read.");
  const { code, text } = await start(all, AT);
  expect([code, cluster.data, cluster.asBefore]).toEqual([0, "then 2026-11-24T09:00:00Z", true]);
  expect([sql.copies, cluster.left, cluster.unsafe]).toEqual([0, [], []]);
  expect(text).toContain("Its shared files are put back as they were in monday; newer files stay.");
  expect(cluster.files).toEqual(["monday", "monday"]);
  // The second time there is a backup of it already.
  expect((await start(all, AT)).code).toBe(0);
  expect(cluster.ran.filter((words) => /back up .*point-in-time/.test(words))).toHaveLength(1);
  const made = [...cluster.backups.keys()].filter((name) => name.includes("point-in-time"));
  expect(chosen("newest", "bucket", ["monday", ...made])).toBe("monday");
  expect(made.length).toBeGreaterThan(0);
  // What a restore took before it is what one wanted to leave.
  const before = [...cluster.backups.keys()].filter((name) => name.endsWith("-before-restore"));
  expect(before.length).toBeGreaterThan(0);
  expect(chosen("newest", "bucket", ["monday", ...before])).toBe("monday");
});

test("broken off at any write, it goes on or leaves nothing, and no copy is left", async () => {
  for (let failAt = 1; ; failAt += 1) {
    const broken = played();
    broken.cluster.failAt = failAt;
    const first = await start(broken, AT);
    if (first.code === 0) {
      expect(failAt).toBeGreaterThan(20);
      return;
    }
    expect(first.error).toContain("the control plane is away");
    const begun = broken.cluster.record !== undefined;
    if (broken.sql.copies > 0 && !begun) {
      expect((await start(broken, { what: "list" })).text).toContain(
        "is left, and costs as much as the instance. To delete it: ",
      );
    }
    const back = failAt % 2 === 0;
    const { code, error } = await start(broken, back ? UNDO : AT);
    const { cluster, sql } = broken;
    if (back && !begun && error) expect(error).toContain("No restore is under way");
    else expect([failAt, code, error]).toEqual([failAt, 0, undefined]);
    const data = back ? "new" : "then 2026-11-24T09:00:00Z";
    expect([failAt, cluster.data, cluster.asBefore, cluster.unsafe]).toEqual([failAt, data, true, []]);
    expect([failAt, sql.copies, cluster.left]).toEqual([failAt, 0, []]);
  }
});

test("says before it makes a copy why there is no way to that moment", async () => {
  const refused = async (because: string, change: (all: ReturnType<typeof played>) => void, copies = 0) => {
    const all = played();
    change(all);
    const { error } = await start(all, AT);
    expect(error).toContain(because);
    expect([all.sql.copies, all.cluster.data, all.cluster.asBefore]).toEqual([copies, "new", true]);
  };
  await refused("You lack cloudsql.users.update in demo-project", ({ sql }) => (sql.granted = 5));
  await refused("Point-in-time recovery is off on instance sql", ({ sql }) => {
    Object.assign(sql.instances.get("sql")?.settings.backupConfiguration ?? {}, { pointInTimeRecoveryEnabled: false });
  });
  await refused("only to moments from 2026-11-24T12:00:00Z to 2026-11-25T00:00:00Z", ({ sql }) => {
    sql.window = { ...sql.window, earliestRecoveryTime: "2026-11-24T12:00:00Z" };
  });
  // What went wrong with a copy keeps it; what the schema says comes when it is gone.
  await refused(
    "To delete it: npm run restore -- prod --undo",
    ({ cluster }) => (cluster.jobFails = { "back up": "no" }),
    1,
  );
  const other = played();
  other.cluster.jobFails = { "back up": "no" };
  // Without the rest, that command would restore the environment itself.
  const { error } = await start(other, AT, { into: { environment: "test", withKey: true } });
  expect(error).toContain("npm run restore -- prod --at 2026-11-24T09:00:00Z --into test --with-key. To delete it: ");
  await refused("At 2026-11-24T09:00:00Z the database had the schema of Dify 1.17.0, and 1.16.1 runs here", (all) => {
    all.cluster.manifests["monday"] = { release: "1.17.0" };
  });
  await refused("No backup says which release of Dify the schema of 2026-11-24T09:00:00Z (r1) is of", ({ cluster }) => {
    cluster.manifests["monday"] = { databases: [] };
  });
});

test("refuses a moment of a database that is on no instance, and restores its backups", async () => {
  const all = played();
  const { database, ...place } = PLACE;
  expect(database).toBeDefined();
  const at = await run(all.cluster, AT, { yes: true }, place, all.sql.google);
  expect(at.error).toContain('data_services.postgresql is "kubeblocks"');
  expect([all.sql.copies, all.cluster.writes]).toEqual([0, 0]);
  expect((await run(all.cluster, { what: "restore", from: "monday" }, { yes: true }, place)).code).toBe(0);
});
