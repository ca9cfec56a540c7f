import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { day2 } from "../../scripts/day2/command";
import { commandLine, type Options, type Wanted } from "../../scripts/day2/options";
import { placeIn } from "../../scripts/day2/place";
import { Day2 } from "../../scripts/day2/run";
import { Impossible } from "../../scripts/adopt/steps";
import type { Stack } from "../../scripts/restore/place";
import { Console } from "../../scripts/terminal/console";
import { violations } from "../edge/crd-schema";
import { synth } from "../terraform/synth";
import type { Place } from "../../scripts/day2/place";
import { PLACE, PlayedKubeBlocks } from "./played-kubeblocks";

const RESTART: Wanted = { what: "restart", database: "redis" };
const SWITCHOVER: Wanted = { what: "switchover", database: "postgresql" };

const BACKUP: Wanted = { what: "backup", database: "postgresql" };
const RESTORE: Wanted = { what: "restore", database: "redis", from: "newest" };

/** Runs the command against a played cluster. @param says what somebody answers; nobody is there without */
async function run(
  cluster: PlayedKubeBlocks,
  wanted: Wanted,
  { place = PLACE, yes = true, says }: { place?: Place; yes?: boolean; says?: string } = {},
) {
  const said: string[] = [];
  const options: Options = { environment: "prod", directory: "variables", yes, wanted };
  const output = new Console({
    ...{ write: (text) => void said.push(text), interactive: says !== undefined, color: false, columns: 80 },
    ask: () => Promise.resolve(says),
  });
  const waiting = { signal: new AbortController().signal, pause: 0 };
  try {
    const code = await new Day2({ options, output, place, cluster, waiting }).run();
    return { code, text: said.join("") };
  } catch (error) {
    const { message } = error as Error;
    return { code: error instanceof Impossible ? 1 : 2, error: message, text: said.join("") };
  }
}

describe("status", () => {
  test("shows databases, versions, pods with their roles, and the last backup", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.backup({
      metadata: {
        name: "old",
        labels: { "app.kubernetes.io/instance": "dify-redis" },
        creationTimestamp: "2026-01-01",
      },
      spec: { backupMethod: "datafile" },
      status: { phase: "Failed", failureReason: "no space" },
    });
    cluster.backup({
      metadata: {
        name: "new",
        labels: { "app.kubernetes.io/instance": "dify-redis" },
        creationTimestamp: "2026-01-02",
      },
      spec: { backupMethod: "datafile" },
      status: { phase: "Completed", totalSize: "12Mi", completionTimestamp: "2026-01-02T01:00:00Z" },
    });
    const { code, text } = await run(cluster, { what: "status" });
    expect(code).toBe(0);
    for (const line of [
      "postgresql  Running  Cluster dify-postgresql\n  postgresql 7.2.4: Running, 2 of 2 pods ready\n",
      "    dify-postgresql-postgresql-1: Running, primary, restarted 1 times\n",
      "  last backup: none by KubeBlocks\n",
      "  redis-sentinel 7.2.4: Running, 1 of 3 pods ready\n    dify-redis-redis-sentinel-0: Running\n",
      "  last backup: new, datafile, Completed, 2026-01-02T01:00:00Z, 12Mi\n",
    ])
      expect(text).toContain(line);
  });

  test.each<[string, string, (cluster: PlayedKubeBlocks) => void]>([
    ["there is no Cluster dify-redis: apply first", "is not there", ({ objects }) => void objects.delete(REDIS)],
    [
      "redis  Failed  Cluster dify-redis\n  ApplyResources: exceeded quota; redis is Failed (Pod/dify-redis-redis-0: no node)\n",
      "does not run",
      ({ objects }) => {
        const conditions = [{ type: "ApplyResources", status: "False", message: "exceeded quota" }];
        const components = { redis: { phase: "Failed", message: { "Pod/dify-redis-redis-0": "no node" } } };
        Object.assign(objects.get(REDIS) ?? {}, { status: { phase: "Failed", conditions, components } });
      },
    ],
    [
      "    dify-redis-redis-0: Pending, not ready, primary\n",
      "has a pod that is not ready",
      ({ objects }) => Object.assign(objects.get(`${PODS}/dify-redis-redis-0`) ?? {}, { status: { phase: "Pending" } }),
    ],
    [
      "  last backup: b, datafile, Failed, no space\n",
      "has a backup that failed",
      (cluster) => {
        const metadata = { name: "b", labels: { "app.kubernetes.io/instance": "dify-redis" } };
        const status = { phase: "Failed", failureReason: "no space" };
        cluster.backup({ metadata, spec: { backupMethod: "datafile" }, status });
      },
    ],
  ])("ends with 1, and says %j, where a database %s", async (line, _, change) => {
    const cluster = new PlayedKubeBlocks();
    change(cluster);
    const { code, text } = await run(cluster, { what: "status" });
    expect([code, text]).toEqual([1, expect.stringContaining(line) as unknown]);
  });

  test("shows operations that go on, and why others failed", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.operation(operation("one", { phase: "Running", progress: "1/2" }));
    cluster.operation(
      operation("two", { phase: "Aborted", conditions: [{ type: "Aborted", status: "True", message: "too late" }] }),
    );
    cluster.operation(operation("three", { phase: "Succeed" }));
    const { text } = await run(cluster, { what: "status" });
    expect(text).toContain("operation one: Restart, Running 1/2\n");
    expect(text).toContain("operation two: Restart, Aborted: too late\n");
    expect(text).not.toContain("three");
  });
});

const REDIS = "/apis/apps.kubeblocks.io/v1/namespaces/dify/clusters/dify-redis";
const PODS = "/api/v1/namespaces/dify/pods";

function operation(name: string, status: object) {
  return { metadata: { name }, spec: { clusterName: "dify-redis", type: "Restart" }, status };
}

const GENERAL = { type: "Failed", status: "False", message: "more detailed informations in status.components" };
const INVALID = { type: "Validated", status: "False", message: "spec.clusterName is not found" };
const LATE = { type: "Aborted", status: "True", message: "exceeding the specified timeout" };
const DETAILS = { progressDetails: [{ status: "Failed", message: "pod dify-redis-redis-0: no node" }] };

describe("restart", () => {
  test("says whom it hits, asks, has the operator do it and waits for the end", async () => {
    const cluster = new PlayedKubeBlocks();
    const no = await run(cluster, RESTART, { yes: false, says: "n" });
    expect([no.code, no.error, cluster.asked]).toEqual([2, "You did not confirm. Nothing was changed.", []]);
    expect(no.text).toContain(
      "one by one: 1 of redis, 3 of redis-sentinel.\nNobody can use redis meanwhile: it has one pod.\n",
    );
    expect((await run(cluster, RESTART, { yes: false })).error).toContain("confirm with --yes");
    const { code, text } = await run(cluster, RESTART);
    expect([code, text]).toEqual([0, expect.stringContaining("Restarted.") as unknown]);
    const [asked] = cluster.asked as [{ apiVersion: string; kind: string; metadata: object; spec: object }];
    expect(violations(asked)).toEqual([]);
    expect(asked).toMatchObject({
      metadata: { name: expect.stringMatching(/^dify-redis-restart-/) as unknown },
      spec: {
        clusterName: "dify-redis",
        type: "Restart",
        restart: [{ componentName: "redis" }, { componentName: "redis-sentinel" }],
        timeoutSeconds: 1800,
      },
    });
  });

  test("is for one part alone, where that is asked for", async () => {
    const cluster = new PlayedKubeBlocks();
    expect((await run(cluster, { ...RESTART, part: "redis-sentinel" })).code).toBe(0);
    expect(cluster.asked).toMatchObject([{ spec: { restart: [{ componentName: "redis-sentinel" }] } }]);
    const { error } = await run(cluster, { ...RESTART, part: "sentinel" });
    expect(error).toBe("redis has no part sentinel. It has: redis, redis-sentinel. Name one of these in --part.");
  });

  test.each<[string, object]>([
    ["pod dify-redis-redis-0: no node", { phase: "Failed", conditions: [GENERAL], components: { redis: DETAILS } }],
    ["spec.clusterName is not found", { phase: "Failed", conditions: [INVALID] }],
    ["exceeding the specified timeout", { phase: "Aborted", conditions: [LATE] }],
    ["it is Cancelled", { phase: "Cancelled" }],
  ])("that fails ends with 1 and the operator's words: %s", async (words, outcome) => {
    const cluster = new PlayedKubeBlocks();
    cluster.outcome = outcome;
    const { code, error } = await run(cluster, RESTART);
    expect([code, error]).toEqual([1, `KubeBlocks could not restart redis and redis-sentinel of dify-redis: ${words}`]);
  });

  test("is refused while another operation is under way, and where there is no such database or Cluster", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.operation(operation("before", { phase: "Running" }));
    const busy = await run(cluster, RESTART);
    expect([busy.code, busy.error]).toEqual([
      2,
      expect.stringContaining("Restart before of Cluster dify-redis is under way") as unknown,
    ]);
    const unknown = await run(cluster, { ...RESTART, database: "qdrant" });
    expect([unknown.code, unknown.error]).toEqual([
      2,
      "prod has no qdrant by KubeBlocks. It has: postgresql, redis. Name one of these.",
    ]);
    cluster.objects.delete(REDIS);
    expect((await run(cluster, RESTART)).error).toBe("Namespace dify has no Cluster dify-redis. Apply before.");
    expect(cluster.asked).toEqual([]);
  });

  test("ends with 1 once it has begun, whatever becomes of the connection, and says that the operator goes on", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.breaksAt = 2;
    const { code, error } = await run(cluster, RESTART);
    expect([code, error]).toEqual([
      1,
      expect.stringMatching(/socket hang up\nThe operator continues dify-redis-restart-\w+: see status/) as unknown,
    ]);
  });

  test("is withdrawn where no operator takes it up, so that none happens later", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.outcome = undefined;
    const clock = jest.spyOn(Date, "now");
    let now = 1_800_000_000_000;
    clock.mockImplementation(() => (now += 60_000));
    const { code, error } = await run(cluster, RESTART);
    clock.mockRestore();
    expect([code, error]).toEqual([1, expect.stringContaining("the operator does not run") as unknown]);
    expect([...cluster.objects.keys()].filter((key) => key.includes("opsrequests"))).toEqual([]);
  });
});

describe("switchover", () => {
  test("is asked of the pod that takes writes, to the one that is named or any", async () => {
    const cluster = new PlayedKubeBlocks();
    const no = await run(cluster, SWITCHOVER, { yes: false, says: "" });
    expect(no.text).toContain("dify-postgresql-postgresql-1 takes writes, and hands over to another pod:");
    expect(cluster.asked).toEqual([]);
    expect((await run(cluster, SWITCHOVER)).code).toBe(0);
    const second = new PlayedKubeBlocks();
    const { code, text } = await run(second, { ...SWITCHOVER, to: "dify-postgresql-postgresql-0" });
    expect([code, text]).toEqual([0, expect.stringContaining("Handed over.") as unknown]);
    const [asked] = second.asked as [{ apiVersion: string; kind: string; spec: object }];
    expect(violations(asked)).toEqual([]);
    const componentName = "postgresql";
    const instanceName = "dify-postgresql-postgresql-1";
    expect(cluster.asked).toMatchObject([
      { spec: { type: "Switchover", switchover: [{ componentName, instanceName }] } },
    ]);
    expect(asked.spec).toMatchObject({ switchover: [{ candidateName: "dify-postgresql-postgresql-0" }] });
  });

  test("that fails ends with 1 and the operator's words", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.outcome = { phase: "Failed", conditions: [{ type: "Failed", status: "False", message: "candidate lags" }] };
    const { code, error } = await run(cluster, SWITCHOVER);
    expect([code, error]).toEqual([
      1,
      "KubeBlocks could not hand over from dify-postgresql-postgresql-1: candidate lags",
    ]);
  });

  test.each<[string, Wanted, (cluster: PlayedKubeBlocks) => void]>([
    [
      "KubeBlocks has no switchover for postgresql: its definition postgresql-1 names none",
      SWITCHOVER,
      ({ objects }) =>
        Object.assign(objects.get("/apis/apps.kubeblocks.io/v1/componentdefinitions/postgresql-1") ?? {}, { spec: {} }),
    ],
    [
      "No pod of Cluster dify-postgresql has the role primary",
      SWITCHOVER,
      ({ objects }) => void objects.delete(`${PODS}/dify-postgresql-postgresql-1`),
    ],
    [
      "Cluster dify-redis has one pod of redis, so there is none to hand over to",
      { ...SWITCHOVER, database: "redis" },
      () => undefined,
    ],
    [
      "dify-redis-redis-0 is not one that could take over",
      { ...SWITCHOVER, to: "dify-redis-redis-0" },
      () => undefined,
    ],
    [
      "dify-postgresql-postgresql-1 is not one that could",
      { ...SWITCHOVER, to: "dify-postgresql-postgresql-1" },
      () => undefined,
    ],
  ])("is refused: %s", async (words, wanted, change) => {
    const cluster = new PlayedKubeBlocks();
    change(cluster);
    const { code, error } = await run(cluster, wanted);
    expect([code, error, cluster.asked]).toEqual([2, expect.stringContaining(words) as unknown, []]);
  });
});

describe("backup", () => {
  test("is by the nightly job where there is one", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.protect();
    const { code, text } = await run(cluster, BACKUP);
    expect([code, text]).toEqual([0, expect.stringContaining("Copied.") as unknown]);
    expect(cluster.asked).toMatchObject([
      { kind: "Job", metadata: { name: expect.stringMatching(/^dify-portable-backup-/) as unknown } },
    ]);
    cluster.jobEnds = { type: "Failed", status: "True", message: "the bucket is full" };
    const failed = await run(cluster, BACKUP);
    expect([failed.code, failed.error]).toEqual([1, "The job dify-portable-backup failed: the bucket is full"]);
  });

  test("is by KubeBlocks otherwise, with the method that copies everything or the one that is named, and waited for", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.protect();
    const { code, text } = await run(cluster, { ...BACKUP, database: "redis" });
    expect([code, text]).toEqual([0, expect.stringMatching(/Written: dify-redis-by-hand-\w+\./) as unknown]);
    const [asked] = cluster.asked as [{ apiVersion: string; kind: string; spec: object }];
    expect(violations(asked)).toEqual([]);
    expect(asked.spec).toEqual({
      backupPolicyName: "dify-redis-redis-backup-policy",
      backupMethod: "datafile",
      deletionPolicy: "Delete",
    });
    const other = new PlayedKubeBlocks();
    other.protect();
    expect((await run(other, { ...BACKUP, method: "archive-wal" })).code).toBe(0);
    expect(other.asked).toMatchObject([{ kind: "Backup", spec: { backupMethod: "archive-wal" } }]);
    const { error } = await run(other, { ...BACKUP, method: "wal" });
    expect(error).toBe(
      "Cluster dify-postgresql has no method wal. It has: archive-wal, pg-basebackup. Name one of these in --method.",
    );
  });

  test("that fails ends with 1 and the operator's words", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.protect();
    cluster.backupEnds = { phase: "Failed", failureReason: "403 for the bucket" };
    const { code, error } = await run(cluster, { ...BACKUP, database: "redis" });
    expect([code, error]).toEqual([1, "KubeBlocks could not back up dify-redis: 403 for the bucket"]);
  });

  test("is refused where KubeBlocks has no repository that is ready", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.protect("Failed");
    const { code, error } = await run(cluster, { ...BACKUP, method: "pg-basebackup" });
    expect([code, error]).toEqual([
      2,
      expect.stringContaining("Leave --method out: dify-portable-backup copies") as unknown,
    ]);
    const redis = await run(cluster, { ...BACKUP, database: "redis" });
    expect([redis.code, redis.error]).toEqual([
      2,
      expect.stringContaining("No job of this environment copies redis either") as unknown,
    ]);
    expect(cluster.asked).toEqual([]);
  });
});

describe("restore", () => {
  const whole = (name: string, creationTimestamp: string, phase = "Completed") => ({
    metadata: { name, labels: { "app.kubernetes.io/instance": "dify-redis" }, creationTimestamp },
    spec: { backupMethod: "datafile" },
    status: { phase },
  });

  test("makes another Cluster of the newest whole backup, with the connections of the first, which stays as it is", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.backup(whole("monday", "2026-01-05"));
    cluster.backup(whole("tuesday", "2026-01-06"));
    cluster.backup(whole("wednesday", "2026-01-07", "Failed"));
    const no = await run(cluster, RESTORE, { yes: false, says: "n" });
    expect([no.code, cluster.asked]).toEqual([2, []]);
    expect(no.text).toContain("KubeBlocks makes Cluster dify-redis-r1 of tuesday, as large as its database was then");
    const { code, text } = await run(cluster, RESTORE);
    expect([code, text]).toEqual([
      0,
      expect.stringContaining("Restored as Cluster dify-redis-r1, with the Services new-redis.") as unknown,
    ]);
    const [opened, asked] = cluster.asked as [object, { apiVersion: string; kind: string }];
    const matchLabels = { "app.kubernetes.io/instance": "dify-redis-r1" };
    expect(opened).toMatchObject({
      metadata: { name: "dify-redis-dify-redis-r1", labels: { "day2-restored": "dify-redis-r1" } },
      spec: { podSelector: { matchLabels }, ingress: [{ from: [{ podSelector: { matchLabels } }] }] },
    });
    expect(violations(asked)).toEqual([]);
    expect(asked).toMatchObject({
      spec: { type: "Restore", clusterName: "dify-redis-r1", restore: { backupName: "tuesday" } },
    });
    expect(cluster.asked).toHaveLength(2);
    expect(text).toContain("set restored = 1 for redis in kubeblocks_clusters, next to its sizes, and apply");
  });

  test("takes the next name that is free, which Dify can go over to, and says so of no other", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.backup(whole("monday", "2026-01-05"));
    cluster.put("/apis/apps.kubeblocks.io/v1/namespaces/dify/clusters", {
      metadata: { name: "dify-redis-r1" },
    });
    expect((await run(cluster, RESTORE)).text).toContain("Restored as Cluster dify-redis-r2");
    const other = await run(cluster, { ...RESTORE, as: "looked-at" });
    expect([other.code, other.text]).toEqual([
      0,
      expect.stringContaining("Dify cannot go over to a Cluster of that name.") as unknown,
    ]);
    for (let number = 1; number < 10; number++)
      cluster.put("/apis/apps.kubeblocks.io/v1/namespaces/dify/clusters", {
        metadata: { name: `dify-redis-r${number}` },
      });
    expect((await run(cluster, RESTORE)).error).toContain("All 9 names for restored Clusters are taken");
    const { text } = await run(cluster, { what: "status" });
    expect(text).toContain("in addition, Cluster dify-redis-r9, which Dify does not use");
  });

  test("does not take the newest backup of a Cluster that Dify has left, but one of these that is named", async () => {
    const cluster = new PlayedKubeBlocks();
    const left = whole("monday", "2026-01-05");
    left.metadata.labels["app.kubernetes.io/instance"] = "dify-redis-r1";
    cluster.backup(left);
    expect((await run(cluster, RESTORE)).error).toBe(
      "Cluster dify-redis has no complete backup, and others of its database have: monday. Name one of these in --from.",
    );
    expect((await run(cluster, { ...RESTORE, from: "monday" })).code).toBe(0);
  });

  const redisCalled = (cluster: string, first: string): Place => ({
    ...PLACE,
    databases: [{ name: "redis", cluster, first, parts: ["redis", "redis-sentinel"] }],
  });

  test("does not take the name of the restored Cluster that Dify uses, also where that is gone", async () => {
    const cluster = new PlayedKubeBlocks();
    const used = whole("monday", "2026-01-05");
    used.metadata.labels["app.kubernetes.io/instance"] = "dify-redis-r1";
    cluster.backup(used);
    const { text } = await run(cluster, RESTORE, { place: redisCalled("dify-redis-r1", "dify-redis") });
    expect(text).toContain("Restored as Cluster dify-redis-r2");
  });

  test("says that a name is too long for KubeBlocks, and not to choose another for Dify", async () => {
    const cluster = new PlayedKubeBlocks();
    const long = "an-application-with-a-name-redis";
    const its = whole("monday", "2026-01-05");
    its.metadata.labels["app.kubernetes.io/instance"] = long;
    cluster.backup(its);
    const { code, error } = await run(cluster, RESTORE, { place: redisCalled(long, long) });
    expect([code, error]).toEqual([2, expect.stringContaining("application_name makes it") as unknown]);
    expect((await run(cluster, { ...RESTORE, as: "other" }, { place: redisCalled(long, long) })).code).toBe(0);
  });

  test("is there for a Cluster that is gone", async () => {
    const cluster = new PlayedKubeBlocks();
    cluster.backup(whole("monday", "2026-01-05"));
    cluster.objects.delete(REDIS);
    expect((await run(cluster, { ...RESTORE, as: "other" })).code).toBe(0);
    expect(cluster.asked).toContainEqual(expect.objectContaining({ kind: "OpsRequest" }));
  });

  test.each<[string, Partial<Wanted>]>([
    ["Cluster dify-redis has no complete backup sunday. The newest are: monday.", { from: "sunday" }],
    ["Namespace dify has a Cluster dify-postgresql already, which stays as it is", { as: "dify-postgresql" }],
    ["Dify is not a valid name for a Cluster", { as: "Dify" }],
    ["What dify-portable-backup has copied goes back another way", { database: "postgresql" }],
  ])("is refused: %s", async (words, change) => {
    const cluster = new PlayedKubeBlocks();
    cluster.backup(whole("monday", "2026-01-05"));
    const { code, error } = await run(cluster, { ...RESTORE, ...change });
    expect([code, error, cluster.asked]).toEqual([2, expect.stringContaining(words) as unknown, []]);
  });
});

const directory = mkdtempSync(join(tmpdir(), "day2-"));
writeFileSync(join(directory, "dev.tfvars"), 'project_id = "demo-project"\nrequire_services_gcp_module = false\n');
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test.each([
  [0, "npm run day2 -- <environment> status", ["--help"]],
  [2, "Name an environment and one of status, restart, switchover, backup, restore", ["dev"]],
  [2, "Name an environment and one of status", ["dev", "toString"]],
  [2, "status shows all databases", ["dev", "status", "redis"]],
  [2, "Name one database: npm run day2 -- prod restart qdrant.", ["dev", "restart"]],
  [2, "Name one database", ["dev", "switchover", "redis", "postgresql"]],
  [2, "status has no option --part.", ["dev", "status", "--part", "redis"]],
  [2, "restart has no option --to.", ["dev", "restart", "redis", "--to", "pod"]],
  [2, "Name a backup", ["dev", "restore", "redis"]],
  [2, "backup has no option --from.", ["dev", "backup", "redis", "--from", "newest"]],
  [2, "Unknown option '--force'.", ["dev", "status", "--force"]],
  [2, "KubeBlocks runs no database of dev", ["dev", "status", "--directory", directory]],
  [1, '"none" has no variable file', ["none", "status", "--directory", directory]],
])("ends with %i: %s", async (code, text, args) => {
  const said: string[] = [];
  const write = (more: string) => void said.push(more);
  const terminal = { write, interactive: false, color: false, columns: 80, ask: () => Promise.resolve(undefined) };
  const context = { env: {}, terminal, complain: write, signal: new AbortController().signal };
  const options = commandLine(args, context);
  expect(typeof options === "number" ? options : await day2(options, context)).toBe(code);
  expect(said.join("")).toContain(text);
});

test("takes no Cluster of a stage for the environment's", () => {
  const { application } = synth({
    data_services: { redis: "kubeblocks" },
    kubeblocks_clusters: { redis: { restored: 2 } },
    enable_cicd_trigger: true,
    enable_cloud_deploy: true,
    github_repository_url: "https://github.com/acme/dify",
    github_app_installation_id: "1",
    cloud_deploy_stages: [{ name: "test" }, { name: "prod" }],
  });
  expect(Object.keys((application as Stack).resource["kubernetes_manifest"] ?? {})).toContain(
    "app_stage_prod_workload_redis_cluster",
  );
  expect(placeIn(application as Stack).databases.map(({ cluster }) => cluster)).toEqual(["dify-redis-r2"]);
});

test("finds the databases of an environment in what an apply makes", () => {
  const { application } = synth({ vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } });
  expect(placeIn(application as Stack)).toEqual({
    project: "demo-project",
    cluster: { location: "us-central1", name: expect.stringMatching(/-gke$/) as unknown },
    namespace: expect.stringMatching(/^dify-/) as unknown,
    databases: [
      {
        ...{ name: "qdrant", cluster: "dify-qdrant", first: "dify-qdrant", parts: ["qdrant"] },
        copiedBy: "dify-vector-backup",
      },
    ],
  });
});
