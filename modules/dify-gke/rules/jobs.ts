import { KUBEBLOCKS_CHOICE } from "../kubeblocks-used";
import type { Variables } from "../variables";
import { DATABASE_JOB, type DifyCommon, MIGRATION_JOB, POSTGRESQL } from "../../dify-common";
import { componentNames } from "../../dify-common/releases";
import { STORE_ACCOUNT } from "../../app-gke/workload/names";
import { ownNames } from "../../app-gke/workload/own-names";
import { composedOf } from "./composed";
import { scripts } from "./job-scripts";
import { DESIGN, duplicates, KUBERNETES, type Rule } from "./rule";

const variables = ["initialization_jobs", "cron_jobs", "additional_services"] as const;

function everyItem(v: Variables) {
  return [...v.initialization_jobs, ...v.cron_jobs, ...v.additional_services];
}

const RESERVED: ReadonlySet<string> = new Set([
  ...componentNames.map((name) => name.replaceAll("_", "-")),
  MIGRATION_JOB,
  POSTGRESQL,
]);

const unique: Rule = {
  id: "workload-names-unique",
  what: "Two jobs or services with the same name",
  why: "They would overwrite each other.",
  risk: "High",
  severity: "error",
  variables,
  source: KUBERNETES,
  brokenBy: (v) => duplicates(everyItem(v).map(({ name }) => name)),
  message: (_, subject) =>
    `More than one job or service is named "${subject}": they would overwrite each other. Give each its own name.`,
};

const reserved: Rule = {
  id: "workload-names-free",
  what: "A job or service with the name of a part of Dify, or of something created for it",
  why: "One of the two would be overwritten or refused.",
  risk: "High",
  severity: "error",
  variables: [
    ...variables,
    "enable_network_segmentation",
    "enable_cloud_deploy",
    "delivered_by_service_account",
    "enable_iap",
    "iap_exempt_paths",
    "application_version",
    "enable_component_metrics",
    "enable_tracing",
    "enable_backup_import",
    "enable_portable_backups",
    "backup_rehearsal_schedule",
    "support_users",
    "enable_custom_sql_scripts",
    "enable_auto_password_rotation",
    "internal_key_generation",
    "database_maintenance_schedule",
    ...KUBEBLOCKS_CHOICE,
    "secrets_delivery",
  ],
  source: DESIGN,
  brokenBy: (v) => [...new Set(everyItem(v).map(({ name }) => name))].filter((name) => takenBy(v, name) !== undefined),
  message: (v, subject) =>
    `A job or service is named "${subject}", like ${takenBy(v, subject) ?? "a part of Dify"}: one of the two would be overwritten or refused. Give the job or service another name.`,
};

const bare = new WeakMap<Variables, Variables>();

/** @returns the same Dify without the jobs and services that the user adds */
function withoutAdditions(v: Variables): DifyCommon | undefined {
  const without = bare.get(v) ?? { ...v, initialization_jobs: [], cron_jobs: [], additional_services: [] };
  bare.set(v, without);
  return composedOf(without);
}

/** @returns what already has a name that a user gave to a job or a service */
function takenBy(v: Variables, name: string): string | undefined {
  if (RESERVED.has(name)) return "a part of Dify";
  if (v.secrets_delivery === "external-secrets" && name === STORE_ACCOUNT) return "what brings secrets to the pods";
  const service = v.additional_services.some((item) => item.name === name);
  // One in initialization_jobs replaces it.
  if (name === DATABASE_JOB && (service || v.cron_jobs.some((item) => item.name === name)))
    return "the job that prepares the database";
  const own = withoutAdditions(v);
  if (own?.components.some((component) => component.name === name)) return "a part of Dify";
  if (own?.jobs.some((job) => job.name === name && name !== DATABASE_JOB)) return "a job that this project runs";
  if (own?.dataClusters.some((cluster) => [cluster, ...cluster.parts].some((part) => part.name === name)))
    return "what KubeBlocks runs";
  const application = composedOf(v);
  return (
    application &&
    ownNames(application, {
      networkSegmentation: v.enable_network_segmentation,
      releases: v.enable_cloud_deploy || v.delivered_by_service_account !== "",
      openPaths: v.enable_iap && v.iap_exempt_paths.length > 0,
    }).find((own) => own.name === name && (service || own.ofComponents !== true))?.what
  );
}

const known: Rule = {
  id: "job-dependencies-known",
  what: "A job that waits for one that does not exist",
  why: "There would be nothing to wait for.",
  risk: "High",
  severity: "error",
  variables: ["initialization_jobs"],
  source: KUBERNETES,
  brokenBy: (v) => {
    const names = new Set([...v.initialization_jobs.map(({ name }) => name), DATABASE_JOB, MIGRATION_JOB]);
    return [...new Set(v.initialization_jobs.flatMap((job) => job.depends_on_jobs))].filter((name) => !names.has(name));
  },
  message: (_, subject) =>
    `depends_on_jobs names "${subject}", which is not an initialization job: there would be nothing to wait for. Name a job of initialization_jobs, ${DATABASE_JOB} or ${MIGRATION_JOB}.`,
};

/** @returns the names of jobs that wait in a circle, or for a job that does */
function waitForEachOther(v: Variables): readonly string[] {
  // Removes jobs that wait for nothing until there are none left to remove.
  let left = [...v.initialization_jobs];
  for (let before = -1; before !== left.length;) {
    before = left.length;
    const names = new Set(left.map(({ name }) => name));
    left = left.filter((job) => job.depends_on_jobs.some((name) => names.has(name)));
  }
  return left.map(({ name }) => name);
}

const cycle: Rule = {
  id: "job-dependencies-end",
  what: "Jobs that wait for each other in a circle",
  why: "None of them would ever start.",
  risk: "High",
  severity: "error",
  variables: ["initialization_jobs"],
  source: KUBERNETES,
  brokenBy: (v) => waitForEachOther(v).length > 0,
  message: (v) => {
    const names = waitForEachOther(v).map((name) => `"${name}"`);
    return names.length === 1
      ? `The job ${names.join("")} waits for itself: it would never start. Take its name out of depends_on_jobs.`
      : `The jobs ${names.join(", ")} wait for each other in a circle: none of them would ever start. Take one entry out of depends_on_jobs.`;
  },
};

const share: Rule = {
  id: "share-for-mounts",
  what: "A mount of the shared files while `enable_nfs` is false",
  why: "The pod would not start.",
  risk: "High",
  severity: "error",
  variables: ["enable_nfs", ...variables, "nfs_volume_name"],
  source: DESIGN,
  brokenBy: (v) =>
    v.enable_nfs
      ? []
      : [
          ...[...v.initialization_jobs, ...v.cron_jobs].filter((job) => job.mount_nfs),
          ...v.additional_services.filter((service) =>
            service.volume_mounts.some((mount) => mount.name === v.nfs_volume_name),
          ),
        ].map(({ name }) => name),
  message: (_, subject) =>
    `"${subject}" mounts the shared files, which enable_nfs = false leaves out: its pod would not start. Set enable_nfs = true, or take the mount out.`,
};

const volumes: Rule = {
  id: "volumes-known",
  what: "A mount of a volume that does not exist",
  why: "The pod would not start.",
  risk: "High",
  severity: "error",
  variables: [...variables, "gcs_volumes", "nfs_volume_name"],
  source: DESIGN,
  brokenBy: (v) => {
    const buckets = new Set(v.gcs_volumes.map(({ name }) => name));
    return [
      ...[...v.initialization_jobs, ...v.cron_jobs].flatMap((job) => job.mount_gcs_volumes),
      ...v.additional_services.flatMap((service) =>
        service.volume_mounts.map((mount) => mount.name).filter((name) => name !== v.nfs_volume_name),
      ),
    ].filter((name, index, all) => !buckets.has(name) && all.indexOf(name) === index);
  },
  message: (v, subject) =>
    `A pod mounts the volume "${subject}", which does not exist: the pod would not start. Name one of gcs_volumes, or "${v.nfs_volume_name}" for the shared files.`,
};

const order: Rule = {
  id: "service-instances-order",
  what: "A service with a largest number of pods below the smallest",
  why: "Kubernetes refuses such an autoscaler.",
  risk: "High",
  severity: "error",
  variables: ["additional_services"],
  source: KUBERNETES,
  brokenBy: (v) =>
    v.additional_services
      .filter((service) => service.max_instance_count < service.min_instance_count)
      .map(({ name }) => name),
  message: (_, subject) =>
    `max_instance_count of "${subject}" is below its min_instance_count: Kubernetes refuses such an autoscaler. Raise max_instance_count.`,
};

const running: Rule = {
  id: "service-runs",
  what: "A service with `min_instance_count = 0`",
  why: "Kubernetes does not start pods on request: the service would never run.",
  risk: "Medium",
  severity: "warning",
  variables: ["additional_services"],
  source: KUBERNETES,
  brokenBy: (v) => v.additional_services.filter((service) => service.min_instance_count < 1).map(({ name }) => name),
  message: (_, subject) =>
    `min_instance_count of "${subject}" is 0, and Kubernetes does not start pods on request: the service would never run. Set it to 1 or more.`,
};

const cloudRun: Rule = {
  id: "job-fields-of-cloud-run",
  what: "Fields of jobs and services that mean something on Cloud Run only",
  why: "They have no effect here.",
  risk: "Low",
  severity: "warning",
  variables,
  source: DESIGN,
  brokenBy: (v) => [
    ...v.initialization_jobs
      .filter((job) => job.execution_mode !== "TASK")
      .map(({ name }) => `execution_mode of ${name}`),
    ...v.additional_services.filter(({ ingress }) => ingress !== undefined).map(({ name }) => `ingress of ${name}`),
  ],
  message: (_, subject) => `${subject} applies to Cloud Run only: it has no effect here. Take it out.`,
};

const ends: Rule = {
  id: "job-has-a-command",
  what: "A job with Dify's image that is given nothing to run",
  why: "The image then starts the API, which never ends.",
  risk: "High",
  severity: "warning",
  variables: ["initialization_jobs", "cron_jobs"],
  source: DESIGN,
  brokenBy: (v) =>
    [...v.initialization_jobs, ...v.cron_jobs]
      .filter(
        ({ image, command, args, script_path: script, env_vars: environment }) =>
          image === "" && command.length + args.length === 0 && script === "" && !Object.hasOwn(environment, "MODE"),
      )
      .map(({ name }) => name),
  message: (_, subject) =>
    `The job "${subject}" has no command, args or script_path, and Dify's image starts the API where it is told nothing else: the job would never end, and an apply that waits for it fails. Give it a command or a script_path.`,
};

export const jobRules: readonly Rule[] = [
  unique,
  reserved,
  known,
  cycle,
  share,
  volumes,
  order,
  running,
  scripts,
  cloudRun,
  ends,
];
