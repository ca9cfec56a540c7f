import { logAlerts } from "../../modules/app-gke/monitoring/log-alerts";
import type { StandardAlertId } from "../../modules/app-gke/monitoring/standard-alert";
import type { Watched } from "../../modules/app-gke/monitoring/watched";
import { difyOf } from "../../modules/dify-gke/dify";
import { variablesOf } from "../terraform/synth";
import { type LogEntry, logFilter } from "./log-filter";

/** As Dify's components have it. */
const { errorLines } = difyOf(variablesOf());

const WATCHED: Watched = {
  cluster: { name: "shared", location: "us-central1" },
  namespaces: ["dify-demo", "dify-demo-qa"],
  database: "my-project:app-sql",
  dataDisk: "app-nfs-data",
  fileServer: "app-nfs-",
  pipeline: { name: "dify-demo-1", location: "us-central1" },
  certificates: "dify-demo-1-",
  errorLines,
  dailyBackup: { container: "portable-backup", namespace: "dify-demo", line: "portable-backup: done" },
  monthlyRehearsal: { container: "portable-backup", namespace: "dify-demo", line: "restore-backup: rehearsed" },
};

const log = (id: string) => ({ logName: `projects/my-project/logs/${id.replaceAll("/", "%2F")}` });
const event = (reason: string, namespace = "dify-demo", kind = "Job", cluster = "shared"): LogEntry => ({
  ...log("events"),
  severity: "WARNING",
  resource: { type: "k8s_cluster", labels: { cluster_name: cluster, location: "us-central1" } },
  jsonPayload: { kind: "Event", reason, involvedObject: { kind, namespace, name: "db-init-1" } },
});
const backup = (windowStatus: string, database_id = "my-project:app-sql"): LogEntry => ({
  ...log("cloudaudit.googleapis.com/system_event"),
  severity: windowStatus === "STATUS_SUCCEEDED" ? "INFO" : "ERROR",
  resource: { type: "cloudsql_database", labels: { database_id, region: "us-central1", project_id: "my-project" } },
  protoPayload: { methodName: "cloudsql.instances.automatedBackup", metadata: { windowStatus } },
});
const snapshot = (severity: string, disk = "app-nfs-data"): LogEntry => ({
  ...log("cloudaudit.googleapis.com/system_event"),
  severity,
  resource: { type: "gce_disk", labels: { disk_id: "1", zone: "us-central1-a" } },
  protoPayload: {
    methodName: "ScheduledSnapshots",
    response: {
      targetLink: `https://www.googleapis.com/compute/v1/projects/my-project/zones/us-central1-a/disks/${disk}`,
    },
  },
});
const serial = (textPayload: string, name = "app-nfs-x1y2"): LogEntry => ({
  ...log("serialconsole.googleapis.com/serial_port_1_output"),
  severity: "INFO",
  resource: { type: "gce_instance", labels: { instance_id: "1", zone: "us-central1-a" } },
  labels: { "compute.googleapis.com/resource_name": name },
  textPayload,
});
const rollout = (id: string, jsonPayload: object, pipeline_id = "dify-demo-1"): LogEntry => ({
  ...log(`clouddeploy.googleapis.com/${id}`),
  severity: "INFO",
  resource: { type: "clouddeploy.googleapis.com/DeliveryPipeline", labels: { pipeline_id, location: "us-central1" } },
  jsonPayload,
});
const expiry = (state: string, certificate: string): LogEntry => ({
  ...log("certificatemanager.googleapis.com/certificates_expiry"),
  severity: "WARNING",
  resource: { type: "certificatemanager.googleapis.com/Project", labels: { location: "global" } },
  jsonPayload: {
    state,
    certificates: ["other", certificate].map((name) => `projects/1/locations/global/certificates/${name}`),
  },
});

const line = (more: object, namespace_name = "dify-demo"): LogEntry => ({
  ...log("stdout"),
  severity: "INFO",
  resource: {
    type: "k8s_container",
    labels: { cluster_name: "shared", location: "us-central1", namespace_name, container_name: "api" },
  },
  ...more,
});
const backedUp = (textPayload: string, namespace_name = "dify-demo"): LogEntry => ({
  ...log("stdout"),
  severity: "INFO",
  resource: {
    type: "k8s_container",
    labels: { cluster_name: "shared", location: "us-central1", namespace_name, container_name: "portable-backup" },
  },
  textPayload,
});
const API_LINE =
  "2026-11-26 10:34:55,123.123 ERROR [Dummy-4] [app_generator.py:221] abc - Unknown Error when generating";

/** What each counts, and what it must not count: what went well, and what belongs to a neighbour in the project. */
const ENTRIES: Partial<Record<StandardAlertId, { counted: LogEntry[]; others: LogEntry[] }>> = {
  database_backup_failed: {
    counted: [backup("STATUS_FAILED")],
    others: [backup("STATUS_SUCCEEDED"), backup("STATUS_ATTEMPT_FAILED"), backup("STATUS_FAILED", "my-project:other")],
  },
  share_snapshot_failed: {
    counted: [snapshot("ERROR")],
    others: [snapshot("INFO"), snapshot("ERROR", "other-data")],
  },
  file_server_out_of_memory: {
    counted: [serial("[ 913.1] Out of memory: Killed process 712 (redis-server) total-vm:1904136kB")],
    others: [
      serial("[ 0.0] Memory: 1989112K/2096624K available"),
      serial("[ 913.1] Out of memory: Killed process 712 (redis-server)", "app-nfs-other-x1y2"),
      serial("[ 913.1] Out of memory: Killed process 712 (postgres)", "db-x1y2"),
    ],
  },
  portable_backup_missing: {
    counted: [backedUp("portable-backup: done: gs://backups/1/manifest.json")],
    others: [
      backedUp("portable-backup: shared files: 1 files, 9 bytes"),
      backedUp("portable-backup: done", "dify-other"),
      line({ textPayload: "portable-backup: done" }),
    ],
  },
  backup_rehearsal_missing: {
    counted: [backedUp("restore-backup: rehearsed: backup '1' of Dify 1.16.1 can be restored: 7 rows, 1 shared files")],
    others: [
      backedUp("restore-backup: error: table a has 1 rows"),
      backedUp("restore-backup: rehearsed", "dify-other"),
    ],
  },
  rollout_failed: {
    counted: [
      rollout("rollout_update", { rolloutUpdateType: "FAILED" }),
      rollout("release_render", { releaseRenderState: "FAILED" }),
    ],
    others: [
      rollout("rollout_update", { rolloutUpdateType: "SUCCEEDED" }),
      rollout("rollout_update", { rolloutUpdateType: "FAILED" }, "dify-demo-2"),
      rollout("release_render", { releaseRenderState: "SUCCEEDED" }),
    ],
  },
  job_failed: {
    counted: [event("BackoffLimitExceeded"), event("DeadlineExceeded", "dify-demo-qa")],
    others: [
      event("Completed"),
      event("BackoffLimitExceeded", "dify-other"),
      event("BackoffLimitExceeded", "dify-demo", "Pod"),
      event("BackoffLimitExceeded", "dify-demo", "Job", "other"),
    ],
  },
  errors_logged: {
    counted: [
      line({ textPayload: API_LINE }),
      // Its severity is what its line of JSON says.
      line({ severity: "ERROR", jsonPayload: { message: "Unknown Error when generating", caller: "a.py:1" } }),
      line({ textPayload: "2026-11-26T10:34:55.1+00:00 ERROR dify-plugin-daemon http.go:3 failed to invoke" }),
      line({ textPayload: "2026/11/26 10:34:55 http.go:3: \u001b[31m[ERROR]failed to invoke" }),
    ],
    others: [
      line({ textPayload: API_LINE }, "dify-other"),
      line({ textPayload: API_LINE.replace("ERROR", "INFO") }),
      line({ textPayload: "2026-11-26 10:34:55,123.123 INFO [a] [b.py:1] - an ERROR that was handled" }),
      // What gunicorn says at its start goes to stderr.
      line({ ...log("stderr"), severity: "ERROR", textPayload: "[2026-11-26 10:34:55 +0000] [1] [INFO] Listening at" }),
      line({ jsonPayload: { message: "fine", caller: "a.py:1" } }),
    ],
  },
  certificate_not_renewed: {
    counted: [expiry("CLOSE_TO_EXPIRY", "dify-demo-1-example-com-1"), expiry("EXPIRED", "dify-demo-1-nip-io")],
    others: [expiry("CLOSE_TO_EXPIRY", "dify-demo-2-example-com-1")],
  },
};

describe("standard alerts on log entries", () => {
  test.each(logAlerts.map((alert) => [alert.id, alert] as const))("%s counts this environment's alone", (id, alert) => {
    if (!("entries" in alert)) throw new Error(`${id} counts nothing`);
    const filter = logFilter(`resource.type="${alert.entries.resource}" AND ${alert.entries.filter(WATCHED) ?? ""}`);
    const { counted, others } = ENTRIES[id] ?? { counted: [], others: [] };
    expect(counted.length * others.length).toBeGreaterThan(0);
    expect(counted.filter((entry) => !filter(entry))).toEqual([]);
    expect(others.filter((entry) => filter(entry))).toEqual([]);
  });

  test("are not there without what they watch; jobs always are", () => {
    const { cluster, namespaces } = WATCHED;
    const there = logAlerts.filter((alert) => "entries" in alert && alert.entries.filter({ cluster, namespaces }));
    expect(there.map(({ id }) => id)).toEqual(["job_failed"]);
  });
});
