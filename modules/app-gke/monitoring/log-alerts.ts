import type { StandardAlert } from "./standard-alert";
import { jobNames } from "./own-workloads";
import type { Watched } from "./watched";
import { ofCluster, ofNamespaces, oneOf } from "./log-filters";

/** Standard alerts on what Google only writes to a log. */
export const logAlerts: readonly StandardAlert[] = [
  {
    id: "database_backup_failed",
    title: "the database was not backed up",
    severity: "ERROR",
    entries: {
      resource: "cloudsql_database",
      // Written once a window has ended without a backup; attempts before that are STATUS_ATTEMPT_FAILED, and repeated.
      // https://cloud.google.com/sql/docs/postgres/backup-recovery/view-audit-logs-for-automated-backups
      filter: ({ database }) =>
        database &&
        `resource.labels.database_id="${database}" AND log_id("cloudaudit.googleapis.com/system_event") AND protoPayload.methodName="cloudsql.instances.automatedBackup" AND protoPayload.metadata.windowStatus="STATUS_FAILED"`,
      window: "24h",
    },
    threshold: 0,
    unit: "backup windows of a day that ended without a backup",
    minutes: 0,
    meaning: "Cloud SQL tried in the whole window and gave up, so the newest backup is a day older than it should be.",
    remedy:
      "The log entry says why in `protoPayload.metadata.message`: an operation that took the whole window, such as an export, or a backup location that a policy forbids. Take one by hand: `gcloud sql backups create --instance=INSTANCE`.",
  },
  {
    id: "share_snapshot_failed",
    title: "the shared files' disk was not snapshotted",
    severity: "ERROR",
    entries: {
      resource: "gce_disk",
      // https://cloud.google.com/compute/docs/disks/scheduled-snapshots
      filter: ({ dataDisk }) =>
        dataDisk &&
        `log_id("cloudaudit.googleapis.com/system_event") AND protoPayload.methodName="ScheduledSnapshots" AND severity>INFO AND protoPayload.response.targetLink:"/disks/${dataDisk}"`,
      window: "24h",
    },
    threshold: 0,
    unit: "failures in a day",
    minutes: 0,
    meaning: "The daily snapshot of shared files and Redis failed, so the newest one is a day older than it should be.",
    remedy:
      "The log entry says why in `protoPayload.response.error`, most often the quota of snapshots (`npm run doctor`). Take one by hand: `gcloud compute disks snapshot DISK --zone=ZONE`.",
  },
  {
    id: "file_server_out_of_memory",
    title: "the file server ran out of memory",
    severity: "CRITICAL",
    entries: {
      resource: "gce_instance",
      // What the kernel writes to the serial port, which the VM has in Cloud Logging:
      // https://cloud.google.com/logging/docs/api/platform-logs
      filter: ({ fileServer }) =>
        fileServer &&
        `log_id("serialconsole.googleapis.com/serial_port_1_output") AND labels."compute.googleapis.com/resource_name"=~"^${fileServer}[a-z0-9]+$" AND textPayload=~"Out of memory: Kill"`,
      window: "24h",
    },
    threshold: 0,
    unit: "processes that were ended in a day",
    minutes: 0,
    meaning:
      "Linux has ended a process of the VM for lack of memory: mostly a Redis, which starts again with what its file has, or the health check, without which the VM is replaced.",
    remedy:
      "The log entry names the process. Take a larger `nfs_machine_type` (a minute without Redis and share); `file_server_memory` says before that the memory runs out.",
  },
  {
    id: "portable_backup_missing",
    title: "no portable backup was written",
    severity: "ERROR",
    entries: {
      resource: "k8s_container",
      filter: (watched) => loggedBy(watched, watched.dailyBackup),
      window: "24h",
    },
    opens: "less",
    threshold: 1,
    unit: "backups of a day",
    // A run may take longer than the one of the day before. Where backups are turned on, it is also open until the first of them.
    minutes: 120,
    meaning: "The job that writes databases and shared files to the bucket of backups failed, or did not run.",
    remedy:
      "`kubectl get jobs` and `kubectl logs job/NAME` show why. Run it by hand: `kubectl create job --from=cronjob/DIFY-portable-backup by-hand`. It needs the database, the share, and `storage.objects.create` on the bucket.",
  },
  {
    id: "backup_rehearsal_missing",
    title: "no backup was tried",
    severity: "ERROR",
    entries: {
      resource: "k8s_container",
      filter: (watched) => loggedBy(watched, watched.monthlyRehearsal),
      window: "32d",
    },
    opens: "less",
    threshold: 1,
    unit: "rehearsals of a month",
    minutes: 120,
    meaning:
      "The job that restores the newest portable backup into empty databases and counts what is there failed, or did not run: nobody knows whether the backups can be restored.",
    remedy:
      "`npm run restore -- ENV --rehearse` runs it and says why; `job_failed` opens at once after a failure. After you turn rehearsals on, this is open until the first one.",
  },
  {
    id: "rollout_failed",
    title: "a release was not deployed",
    severity: "ERROR",
    entries: {
      resource: "clouddeploy.googleapis.com/DeliveryPipeline",
      // https://cloud.google.com/deploy/docs/reference/log-types
      filter: ({ pipeline }) =>
        pipeline &&
        `resource.labels.pipeline_id="${pipeline.name}" AND resource.labels.location="${pipeline.location}" AND ((log_id("clouddeploy.googleapis.com/rollout_update") AND jsonPayload.rolloutUpdateType="FAILED") OR (log_id("clouddeploy.googleapis.com/release_render") AND jsonPayload.releaseRenderState="FAILED"))`,
      window: "1h",
    },
    threshold: 0,
    unit: "failures in an hour",
    minutes: 0,
    meaning:
      "Cloud Deploy could not render a release, or a rollout failed: a job before it, pods that did not become ready, or the check after it. With `rollback_on_failure` the earlier version runs again.",
    remedy:
      "Look at the rollout in Cloud Deploy: its jobs link to their logs. Then deploy a repaired version, or roll back (docs/delivery.md).",
  },
  {
    id: "job_failed",
    title: "a job failed",
    severity: "ERROR",
    entries: {
      resource: "k8s_cluster",
      // Events of what is no pod belong to the cluster. A Job has one with the reason of its condition Failed:
      // https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
      filter: (watched) =>
        `${ofCluster(watched.cluster)} AND log_id("events") AND jsonPayload.involvedObject.kind="Job" AND jsonPayload.involvedObject.namespace=${oneOf(watched.namespaces)}${watched.own ? ` AND jsonPayload.involvedObject.name=~"^${jobNames(watched.own)}$"` : ""} AND jsonPayload.reason=("BackoffLimitExceeded" OR "DeadlineExceeded" OR "PodFailurePolicy")`,
      window: "1h",
    },
    threshold: 0,
    unit: "jobs that gave up in an hour",
    minutes: 0,
    meaning:
      "A job failed as often as it may, or took too long: a migration, an initialization job, or a run of a cron job. What depends on it has not been done.",
    remedy:
      "`kubectl get jobs` and `kubectl logs job/NAME` show which one and why; an apply that waits for it fails with the same message.",
  },
  {
    id: "certificate_not_renewed",
    title: "a certificate was not renewed",
    severity: "CRITICAL",
    entries: {
      resource: "certificatemanager.googleapis.com/Project",
      // Daily, from 5 to 10 days before the end: https://cloud.google.com/certificate-manager/docs/logs-metrics
      filter: ({ certificates }) =>
        certificates &&
        `log_id("certificatemanager.googleapis.com/certificates_expiry") AND jsonPayload.state=("CLOSE_TO_EXPIRY" OR "EXPIRED") AND jsonPayload.certificates:"/certificates/${certificates}"`,
      window: "24h",
    },
    threshold: 0,
    unit: "warnings in a day",
    minutes: 0,
    meaning:
      "Certificate Manager says that a certificate of the gateway ends within days and is not renewed. Browsers refuse one that has ended.",
    remedy:
      "Its DNS authorization has to resolve (output `dns_records`), and a CAA record of the domain has to allow `pki.goog`. `gcloud certificate-manager certificates describe NAME` says what failed.",
  },
  {
    id: "errors_logged",
    title: "many errors are logged",
    severity: "WARNING",
    entries: {
      resource: "k8s_container",
      // What is written to stderr has the severity ERROR whatever it says, unless it is JSON that says another:
      // https://cloud.google.com/kubernetes-engine/docs/concepts/about-logs#default_logging_behaviors
      filter: (watched) =>
        watched.errorLines &&
        `${ofNamespaces(watched)} AND ((severity>=ERROR AND jsonPayload.message:*) OR textPayload=~"${watched.errorLines}")`,
      labels: {
        container: { description: "Name of the container", extractor: "EXTRACT(resource.labels.container_name)" },
      },
      window: "10m",
    },
    threshold: 100,
    unit: "errors in ten minutes",
    minutes: 0,
    meaning:
      "Components log far more errors than a few refused requests cause: a model provider or the database does not answer, or a release is broken.",
    remedy:
      "The metric counts by container: look at the log of the one with most of them. Errors of runs that people have built wrong are counted too; take another threshold where there are many of those.",
  },
];

/** @returns a filter for a line that a job logs; `undefined` where there is no such job */
function loggedBy(watched: Watched, job: Watched["dailyBackup"]): string | undefined {
  return (
    job &&
    `${ofNamespaces({ ...watched, namespaces: [job.namespace] })} AND resource.labels.container_name="${job.container}" AND textPayload:"${job.line}"`
  );
}
