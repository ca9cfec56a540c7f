import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { restore } from "../../scripts/restore/command";
import { commandLine, type Wanted } from "../../scripts/restore/options";
import { placeIn, type Stack } from "../../scripts/restore/place";
import { synth } from "../terraform/synth";
import { PLACE, PlayedCluster } from "./played-cluster";
import { run } from "./played-run";

const FROM: Wanted = { what: "restore", from: "newest" };
const MONDAY: Wanted = { what: "restore", from: "monday" };
const UNDO: Wanted = { what: "undo" };

test("checks, says what it does, asks, stops, backs up, restores, starts, and says how to go back", async () => {
  const cluster = new PlayedCluster();
  const no = await run(cluster, FROM, { says: "no" });
  expect(no.error).toBe("You did not confirm. No data was changed.");
  expect(no.text).toContain("Dify 1.16.1 of 2026-11-23T02:00:00Z: dify_db with 2 tables and 7 rows, 5 shared files");
  expect(no.text).toContain(
    "2 Deployments and StatefulSets and 2 CronJobs are stopped, and the delivery pipeline takes no releases",
  );
  expect([cluster.asBefore, cluster.data, cluster.ran]).toEqual([true, "new", ["check monday"]]);
  expect((await run(cluster, FROM, {})).error).toContain("confirm with --yes");

  const { code, text } = await run(cluster, FROM);
  const [safety] = [...cluster.backups.keys()].slice(1);
  expect([code, cluster.data, cluster.asBefore, cluster.unsafe]).toEqual([0, "old", true, []]);
  expect(cluster.ran.slice(-3)).toEqual(["check monday", `back up ${safety}`, "restore monday"]);
  expect(text).toContain(`To go back to what was there before: npm run restore -- prod --from ${safety}`);
  expect((await run(cluster, UNDO)).error).toContain("No restore is under way");
  expect((await run(cluster, { what: "back up" }, {})).text).toMatch(/Written: gs:\/\/demo-backups\/\S+Z-by-hand/);
  expect((await run(cluster, { what: "restore", from: safety ?? "" })).code).toBe(0);
  expect([cluster.data, cluster.asBefore]).toEqual(["new", true]);
});

/** @returns whether a restore that cannot write once more is interrupted at all */
async function brokenOff(failAt: number, next: Wanted): Promise<boolean> {
  const cluster = new PlayedCluster();
  cluster.failAt = failAt;
  const broken = await run(cluster, MONDAY);
  if (broken.code === 0) return false;
  const begun = cluster.record !== undefined;
  if (begun) {
    expect(broken.error).toContain("the control plane is away");
    expect(broken.error).toContain("To continue: npm run restore -- prod --from monday. To undo it: ");
    expect((await run(cluster, { what: "list" })).text).toContain("A restore of monday was interrupted");
  }
  const { code, error } = await run(cluster, next);
  if (begun || next === MONDAY) expect([failAt, code, error]).toEqual([failAt, 0, undefined]);
  else expect(error).toContain("No restore is under way");
  // Whatever ran, nobody wrote meanwhile.
  const data = next === MONDAY ? "old" : "new";
  expect([failAt, cluster.data, cluster.asBefore, cluster.unsafe]).toEqual([failAt, data, true, []]);
  const [, safety = "new"] = [...cluster.backups.values()];
  expect(safety).toBe("new");
  return true;
}

test("broken off at any write, it goes on or goes back, and everything runs as before", async () => {
  let failAt = 1;
  while ((await brokenOff(failAt, MONDAY)) && (await brokenOff(failAt, UNDO))) failAt += 1;
  expect(failAt).toBeGreaterThan(14);
});

test("a job that fails stops it, with its own words and the ways on", async () => {
  const unfit = new PlayedCluster();
  unfit.jobFails = { check: "extension 'vector' is 0.8 in the backup" };
  expect((await run(unfit, FROM)).error).toBe(
    "It could not check that monday is whole and fits: extension 'vector' is 0.8 in the backup",
  );
  expect([unfit.asBefore, unfit.data]).toEqual([true, "new"]);
  expect((await run(unfit, { what: "restore", from: "sunday" })).error).toContain(
    'no complete backup "sunday". The newest are: monday.',
  );

  const full = new PlayedCluster();
  full.jobFails = { "back up": "the bucket is full" };
  expect((await run(full, FROM)).error).toContain("the bucket is full");
  expect(full.data).toBe("new");
  full.jobFails = {};
  expect((await run(full, MONDAY)).code).toBe(0);

  const half = new PlayedCluster();
  half.jobFails = { "restore monday": "the node is gone" };
  expect((await run(half, FROM)).error).toContain("the node is gone");
  expect([half.data, half.replicas]).toEqual(["half", { "dify-api": 0, "dify-qdrant": 0 }]);
  half.backups.set("tuesday", "other");
  expect((await run(half, { what: "restore", from: "tuesday" })).error).toContain(
    "A restore of monday was interrupted, and has to be finished or undone first",
  );
  expect((await run(half, UNDO)).text).toContain("Undone.");
  expect([half.data, half.asBefore]).toEqual(["new", true]);
});

test("a rehearsal stops nothing, and says whether the backup can be restored", async () => {
  const cluster = new PlayedCluster();
  expect((await run(cluster, { what: "rehearse", from: "newest" }, {})).error).toContain(
    "backup_rehearsal_schedule is empty",
  );
  const place = { ...PLACE, rehearsalJob: "dify-backup-rehearsal" };
  const good = await run(cluster, { what: "rehearse", from: "newest" }, {}, place);
  expect([good.code, good.text]).toEqual([0, expect.stringContaining("It can be restored.") as unknown]);
  cluster.jobFails = { rehearse: "table public.apps has 3 rows, and the backup had 4" };
  expect((await run(cluster, { what: "rehearse", from: "monday" }, {}, place)).error).toBe(
    "It could not rehearse monday: table public.apps has 3 rows, and the backup had 4",
  );
  expect([cluster.data, cluster.asBefore, cluster.writes]).toEqual(["new", true, 2]);
});

const directory = mkdtempSync(join(tmpdir(), "restore-"));
writeFileSync(join(directory, "dev.tfvars"), 'project_id = "demo-project"\nrequire_services_gcp_module = false\n');
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test.each([
  [0, "npm run restore -- <environment> --list", ["--help"]],
  [2, "Name one environment", ["--list"]],
  [2, "Give one of --list, --from, --at, --undo, --rehearse and --back-up.", ["dev", "--list", "--undo"]],
  [2, "--into names another environment", ["dev", "--from", "newest", "--into", "dev"]],
  [2, "--into names another environment", ["dev", "--list", "--into", "test"]],
  [2, "--with-key is for --into", ["dev", "--from", "newest", "--with-key"]],
  [2, '--at "yesterday" is not a moment. Give a date, a time and a time zone', ["dev", "--at", "yesterday"]],
  [2, '--at "2026-01-31T09:00" is not a moment. Give a date', ["dev", "--at", "2026-01-31T09:00"]],
  [2, "enable_portable_backups or deploy_application is false", ["dev", "--list", "--directory", directory]],
])("ends with %i: %s", async (code, text, args) => {
  const said: string[] = [];
  const write = (more: string) => void said.push(more);
  const terminal = { write, interactive: false, color: false, columns: 80, ask: () => Promise.resolve(undefined) };
  const context = { env: {}, terminal, complain: write, signal: new AbortController().signal };
  const options = commandLine(args, context);
  expect(typeof options === "number" ? options : await restore(options, context)).toBe(code);
  expect(said.join("")).toContain(text);
});

test("finds the names of what an apply makes", () => {
  const { application } = synth({
    enable_portable_backups: true,
    backup_rehearsal_schedule: "0 4 1 * *",
    enable_network_segmentation: true,
  });
  expect(placeIn(application as Stack)).toEqual({
    project: "demo-project",
    cluster: { location: "us-central1", name: expect.stringMatching(/-gke$/) as unknown },
    namespace: expect.stringMatching(/^dify-/) as unknown,
    application: "dify",
    selector: expect.stringMatching(/^app.kubernetes.io\/name=dify,app.kubernetes.io\/instance=dify-/) as unknown,
    database: { instance: expect.stringMatching(/^app-sql-/) as unknown, user: "dify_user" },
    confined: expect.objectContaining({ "app.kubernetes.io/component": "portable-backup" }) as unknown,
    storage: expect.stringMatching(/-storage$/) as unknown,
    bucket: expect.stringMatching(/-backups$/) as unknown,
    backupJob: "dify-portable-backup",
    restoreJob: "dify-restore-backup",
    rehearsalJob: "dify-backup-rehearsal",
  });
});

test("finds no instance where KubeBlocks runs the database", () => {
  const { application } = synth({ enable_portable_backups: true, data_services: { postgresql: "kubeblocks" } });
  expect(placeIn(application as Stack)).toMatchObject({ backupJob: "dify-portable-backup" });
  expect(placeIn(application as Stack)).not.toHaveProperty("database");
});
