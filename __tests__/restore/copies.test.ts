import { chosen } from "../../scripts/restore/backups";
import { Copies } from "../../scripts/restore/copies";
import { copyOf } from "../../scripts/restore/moment";
import { PlayedBuckets, type Where } from "./played-buckets";
import { PLACE, PlayedCluster } from "./played-cluster";
import { run } from "./played-run";

const part = (object: string, database: string) => ({ object, database, revision: "r1", tables: {}, sha256: "a" });

/** Production's buckets, and those of an environment for tests, which has a key of its own for a workspace. */
function played(): PlayedBuckets {
  const buckets = new PlayedBuckets();
  const manifest = (name: string, share: object | null) =>
    JSON.stringify({
      ...{ name, started: "2026-11-23T02:00:00Z", release: "1.16.1", share },
      databases: [part(`${name}/main.dump`, "dify_db"), part(`${name}/plugin.dump`, "dify_plugin")],
    });
  for (const [key, text] of Object.entries({
    "prod/monday/main.dump": "main",
    "prod/monday/plugin.dump": "plugin",
    "prod/monday/share.tar.gz": "files",
    "prod/monday/manifest.json": manifest("monday", { object: "monday/share.tar.gz", files: 1 }),
    "prod/moment/main.dump": "main then",
    "prod/moment/plugin.dump": "plugin then",
    "prod/moment/manifest.json": manifest("moment", null),
    "prod-storage/privkeys/tenant/private.pem": "production's",
    "prod-storage/upload_files/secret.pdf": "upload",
    "test-storage/privkeys/tenant/private.pem": "test's own",
  })) {
    buckets.objects.set(key, text);
  }
  return buckets;
}

test("copies a backup with the files that belong to it, its manifest last, and goes on where it was broken off", async () => {
  const buckets = played();
  const before = [...buckets.objects].filter(([key]) => key.startsWith("prod"));
  const copy = async () => {
    const original = { bucket: "prod", name: "moment", files: "monday" };
    const copies = new Copies(buckets.google);
    await copies.backup(original, await copies.manifest(original, "all"), "test", "moment-of-prod");
  };
  // Each run copies one object more.
  buckets.failAt = 2;
  for (let run = 1; run <= 3; run += 1) {
    buckets.writes = 0;
    await expect(copy()).rejects.toThrow("503");
    expect(buckets.objects.has("test/moment-of-prod/manifest.json")).toBe(false);
  }
  buckets.writes = 0;
  await copy();
  const copied = (name: string) => buckets.objects.get(`test/moment-of-prod/${name}`);
  expect(["main.dump", "plugin.dump", "share.tar.gz"].map(copied)).toEqual(["main then", "plugin then", "files"]);
  expect(JSON.parse(copied("manifest.json") ?? "")).toEqual({
    ...{ name: "moment-of-prod", started: "2026-11-23T02:00:00Z", release: "1.16.1", remove: "all" },
    databases: [part("moment-of-prod/main.dump", "dify_db"), part("moment-of-prod/plugin.dump", "dify_plugin")],
    share: { object: "moment-of-prod/share.tar.gz", files: 1 },
  });
  expect([...buckets.objects].filter(([key]) => key.startsWith("prod"))).toEqual(before);

  buckets.objects.delete("test/moment-of-prod/manifest.json");
  buckets.objects.set("test/moment-of-prod/main.dump", "another");
  await expect(copy()).rejects.toThrow("gs://test/moment-of-prod/main.dump exists already with other content");
});

test("private keys come along only where that is asked for, once the databases have, and replace others", async () => {
  const buckets = played();
  const cluster = new PlayedCluster();
  const name = copyOf("monday", "prod", true);
  cluster.backups.set(name, "production's");
  cluster.manifests[name] = { remove: "system" };
  const keys = "test-storage/privkeys/tenant/private.pem";
  const google = {
    storage: {
      objects: {
        rewrite: buckets.played.storage.objects.rewrite,
        list: async (asked: { bucket: string }) =>
          asked.bucket === "demo-backups"
            ? { data: { items: [...cluster.backups.keys()].map((each) => ({ name: `${each}/manifest.json` })) } }
            : await buckets.played.storage.objects.list(asked),
        get: (asked: Where & { alt?: string }) =>
          asked.bucket === "demo-backups"
            ? Promise.resolve({ data: { databases: [], share: null, ...cluster.manifests[name] } })
            : buckets.played.storage.objects.get(asked),
      },
    },
    sql: { instances: { list: () => Promise.resolve({ data: {} }) } },
  };
  const place = { storage: "test-storage" };
  const start = async (from: string, copied?: object) =>
    await run(cluster, { what: "restore", from }, { yes: true }, { ...PLACE, ...place }, google, copied as never);
  [buckets.failAt, buckets.writes] = [1, 0];
  const broken = await start(name, { keysFrom: "prod-storage", afterwards: "Uploads were not copied" });
  expect([broken.error, cluster.data]).toEqual([expect.stringContaining("503") as unknown, "production's"]);
  expect(broken.text).toContain("Credentials come along, except OAuth clients of the system.");
  expect(buckets.objects.get(keys)).toBe("test's own");
  // What was begun knows where they come from.
  expect((await start(name)).code).toBe(0);
  expect([buckets.objects.get(keys), cluster.asBefore]).toEqual(["production's", true]);
  expect([...buckets.objects.keys()].filter((key) => key.startsWith("test-storage"))).toEqual([keys]);

  buckets.objects.set(keys, "test's own");
  cluster.manifests[name] = { remove: "all" };
  const without = await start(name, { afterwards: "Uploads were not copied" });
  expect(without.text).toContain("Credentials of models, tools, triggers, data sources, traces and APIs are removed");
  expect(without.text).toContain("Uploads were not copied");
  expect(buckets.objects.get(keys)).toBe("test's own");
  expect(chosen("newest", "bucket", ["monday", name])).toBe("monday");
});
