import type { Google } from "../../scripts/google-apis/clients";
import { restoreInto } from "../../scripts/restore/into";
import type { Options, Wanted } from "../../scripts/restore/options";
import { Console } from "../../scripts/terminal/console";
import { PlayedBuckets } from "./played-buckets";
import { PLACE, PlayedCluster } from "./played-cluster";

const MONDAY: Wanted = { what: "restore", from: "newest" };
const COPY = "monday-of-prod";

/** Production with a backup, and an environment for tests. */
class Played {
  readonly test = new PlayedCluster();
  readonly prod = new PlayedCluster();
  readonly buckets = new PlayedBuckets();
  said = "";

  constructor() {
    this.test.backups.clear();
    const databases = [{ object: "monday/main.dump", database: "dify_db", revision: "r1", tables: { a: 7 } }];
    const manifest = {
      ...{ format: 1, name: "monday", started: "2026-11-23T02:00:00Z", release: "1.16.1", share: null },
      databases: databases.map((each) => ({ ...each, extensions: { vector: "0.8.0" } })),
    };
    this.buckets.objects.set("prod-backups/monday/main.dump", "production's");
    this.buckets.objects.set("prod-backups/monday/manifest.json", JSON.stringify(manifest));
  }

  get copied(): boolean {
    return [...this.buckets.objects.keys()].some((key) => key.startsWith(PLACE.bucket));
  }

  async run(wanted: Wanted, answer: string | undefined): Promise<number | string> {
    const { objects } = this.buckets.played.storage;
    const insert = async (asked: Parameters<typeof objects.insert>[0]) => {
      this.test.backups.set(COPY, "production's");
      return await objects.insert(asked);
    };
    const google = { storage: { objects: { ...objects, insert } }, sql: {}, projects: {} } as unknown as Google;
    const output = new Console({
      ...{ write: (text) => void (this.said += text), interactive: true, color: false, columns: 80 },
      ask: () => Promise.resolve(answer),
    });
    const to = (environment: string, cluster: PlayedCluster, place = PLACE) => {
      const options: Options = { environment, directory: "variables", yes: false, wanted };
      const waiting = { signal: new AbortController().signal, pause: 0 };
      return { options, output, google, place, cluster, delivery: cluster.delivery, waiting };
    };
    const place = { ...PLACE, bucket: "prod-backups", storage: "prod-storage" };
    const from = { name: "prod", place, reach: () => Promise.resolve(to("prod", this.prod, place)) };
    return await restoreInto(from, to("test", this.test), { withKey: false, stateful: true }).catch(
      (error: unknown) => (error as Error).message,
    );
  }
}

test("looks whether a backup fits, and asks, before anything of it is copied", async () => {
  const played = new Played();
  const { test: cluster } = played;
  const asked: string[] = [];
  const { create } = cluster;
  cluster.create = async (path, object) => {
    asked.push(JSON.stringify(object));
    return await create(path, object);
  };
  cluster.jobFails = { fits: "the backup is of Dify 1.16.1, and 1.15.0 runs here" };
  expect(await played.run(MONDAY, "yes")).toContain("the backup is of Dify 1.16.1, and 1.15.0 runs here");
  const manifest = { format: 1, release: "1.16.1", databases: [{ extensions: { vector: "0.8.0" } }] };
  expect(asked[0]).toContain(JSON.stringify(JSON.stringify(manifest)));
  cluster.jobFails = {};
  expect(await played.run(MONDAY, "no")).toBe("You did not confirm. No data was changed.");
  expect(played.said).toContain("Credentials of models, tools, triggers, data sources, traces and APIs are removed");
  expect([cluster.ran, played.copied, cluster.asBefore]).toEqual([["fits", "fits"], false, true]);

  // What arrives is read to its end, before anything is stopped.
  cluster.jobFails = { check: "is not what the manifest says" };
  expect(await played.run(MONDAY, "yes")).toContain("is not what the manifest says");
  expect([cluster.data, cluster.asBefore, played.copied]).toEqual(["new", true, true]);
  cluster.jobFails = {};
  expect(await played.run(MONDAY, "yes")).toBe(0);
  expect([cluster.data, cluster.asBefore]).toEqual(["production's", true]);
  expect(played.said).toContain("exec statefulset/dify-api --container=api -- flask reset-encrypt-key-pair --yes");
});

test("makes no copy of an instance for an environment that its backup would not fit in", async () => {
  const played = new Played();
  played.test.release = "1.15.0";
  const moment: Wanted = { what: "restore moment", moment: new Date("2026-11-24T09:00:00Z") };
  expect(await played.run(moment, "yes")).toContain("prod runs Dify 1.16.1 and test 1.15.0, whose pods");
  played.test.release = "1.16.1";
  const progress = JSON.stringify({ from: "sunday" });
  await played.test.create("/api/v1/namespaces/dify/configmaps", {
    ...{ metadata: { name: "dify-restore-progress" }, data: { progress } },
  });
  expect(await played.run(moment, "yes")).toContain("A restore of sunday was interrupted in test");
  expect([played.prod.ran, played.test.ran, played.copied]).toEqual([[], [], false]);
});
