import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BucketMount, Component, Job, VerticalRange } from "../app-gke/application-config";
import { literal, plain } from "../app-gke/terraform/literal";
import type { Additions, DifySettings } from "../dify-common";
import { secretNamed } from "../dify-common/secrets";
import {
  apiEnvironment,
  apiSecrets,
  noPassword,
  passwordSecrets,
  secondNames,
  secondPassword,
  userSecrets,
} from "../dify-common/environment";
import { apiTalksTo } from "../dify-common/components/api";
import { imageOf } from "../dify-common/components/image";
import { namedServers } from "../dify-common/named-hosts";
import { ownOf } from "../dify-common/routing";
import { bucketMount } from "./dify-settings";
import { probe } from "./probe-settings";
import { place, verticalRange } from "./pod-settings";
import type { Variables } from "./variables";

/**
 * @returns the documented `additional_services`, `initialization_jobs` and `cron_jobs`, as the same kinds of values as
 * Dify's own parts
 */
export function additions(variables: Variables, settings: DifySettings): Additions {
  const existing: Existing = (given) =>
    Object.fromEntries(
      Object.entries(given).map(([variable, secretId]) => [variable, secretNamed(settings.existingSecrets, secretId)]),
    );
  const components = variables.additional_services.map((service) => component(service, variables, existing));
  const initializationJobs = variables.initialization_jobs
    .filter((job) => job.execute_on_apply)
    .map((job) => initializationJob(job, variables, settings, existing));
  const cronJobs = variables.cron_jobs.map((job) => cronJob(job, variables, settings, existing));
  return { components, initializationJobs, cronJobs };
}

type Existing = (given: Readonly<Record<string, string>>) => Record<string, string>;

/** For images of which nothing is known: they may write to their own file system, but run as an ordinary user. */
const UNKNOWN_IMAGE = { runAsUser: 1000, readOnlyRootFilesystem: false } as const;

function component(
  service: Variables["additional_services"][number],
  variables: Variables,
  existing: Existing,
): Component {
  const share = service.volume_mounts.find((mount) => mount.name === variables.nfs_volume_name);
  return {
    name: service.name,
    image: service.image,
    command: service.command,
    args: service.args,
    ports: [{ name: "http", containerPort: service.port, servicePort: service.service_port }],
    environment: () => service.env_vars,
    secrets: existing(service.secret_env_vars),
    probes: {
      startup: service.startup_probe && probe(service.startup_probe, service.port),
      readiness: { check: { type: "tcp", port: service.port } },
      liveness: service.liveness_probe && probe(service.liveness_probe, service.port),
    },
    resources: {
      cpu: service.cpu_limit,
      memory: service.memory_limit,
      ephemeralStorage: service.ephemeral_storage_limit ?? service.ephemeral_storage_request,
    },
    ...scalingOf(service, verticalRange(variables)),
    security: UNKNOWN_IMAGE,
    scratch: [{ name: "tmp", mountPath: "/tmp" }],
    ...nodes(service),
    needs: {
      sharedFiles: share && { mountPath: share.mount_path, readOnly: share.read_only },
      ...buckets(
        service.volume_mounts.flatMap(({ name, mount_path: mountPath, read_only: readOnly }) =>
          variables.gcs_volumes
            .filter((volume) => volume.name === name)
            .map((volume) => bucketMount(volume, { mountPath, readOnly })),
        ),
      ),
    },
    talksTo: ["api", "internet"],
    connectsTo: namedServers(service.env_vars),
  };
}

function scalingOf(
  { min_instance_count: minimum, max_instance_count: maximum }: Variables["additional_services"][number],
  vertical: VerticalRange | undefined,
): Pick<Component, "scaling" | "vertical"> {
  const fixed = { scaling: { type: "fixed", replicas: minimum } } as const;
  if (maximum <= minimum || minimum === 0) return fixed;
  return vertical ? { ...fixed, vertical } : { scaling: { type: "automatic", minimum, maximum } };
}

function initializationJob(
  job: Variables["initialization_jobs"][number],
  variables: Variables,
  settings: DifySettings,
  existing: Existing,
): Job {
  return {
    ...task(job, variables, settings, existing, job.needs_db, job.needs_secrets),
    description: job.description || undefined,
    resources: { cpu: job.cpu_limit, memory: job.memory_limit },
    after: job.depends_on_jobs,
    timeoutSeconds: job.timeout_seconds,
    retries: job.max_retries,
    tasks: job.task_count,
  };
}

function cronJob(
  job: Variables["cron_jobs"][number],
  variables: Variables,
  settings: DifySettings,
  existing: Existing,
): Job {
  return {
    ...task(job, variables, settings, existing, true, true),
    resources: { cpu: job.cpu_limit, memory: job.memory_limit },
    schedule: job.schedule,
    concurrencyPolicy: job.concurrency_policy,
    suspend: job.suspend,
    restartPolicy: job.restart_policy,
    history: { successful: job.successful_jobs_history_limit, failed: job.failed_jobs_history_limit },
    startingDeadlineSeconds: job.starting_deadline_seconds,
    beforeComponents: false,
  };
}

/** What services and jobs have in common: your own image, or Dify's with Dify's environment. */
function task(
  job: Pick<
    Variables["cron_jobs"][number],
    | "name"
    | "image"
    | "command"
    | "args"
    | "script_path"
    | "env_vars"
    | "secret_env_vars"
    | "mount_nfs"
    | "mount_gcs_volumes"
    | NodeFields
  >,
  variables: Variables,
  settings: DifySettings,
  existing: Existing,
  needsDatabase: boolean,
  needsSecrets: boolean,
): Omit<Job, "resources"> {
  const own = job.image === "";
  const script = job.script_path === "" ? undefined : scriptPath(job.script_path, variables);
  return {
    name: job.name,
    image: own ? imageOf(settings, "api") : job.image,
    command: script === undefined ? job.command : ["sh", SCRIPT_MOUNT_PATH],
    args: job.args,
    environment: (bindings) => ({
      ...(own ? apiEnvironment(settings)(bindings) : {}),
      ...(needsDatabase && bindings.database
        ? {
            DB_HOST: bindings.database.host,
            DB_PORT: String(bindings.database.port),
            DB_USER: bindings.database.user,
            DB_NAME: bindings.database.name,
            ...noPassword(settings, "DB_PASSWORD", "PGPASSWORD"),
            ...secondNames(settings, bindings.database),
          }
        : {}),
      ...job.env_vars,
    }),
    secrets: {
      ...(own && needsSecrets ? apiSecrets(settings) : {}),
      ...(needsDatabase
        ? {
            ...passwordSecrets(settings, "DB_PASSWORD", "PGPASSWORD"),
            ...userSecrets(settings, "DB_USER"),
            ...secondPassword(settings),
          }
        : {}),
      ...existing(job.secret_env_vars),
    },
    files:
      script === undefined
        ? []
        : [{ mountPath: SCRIPT_MOUNT_PATH, content: () => literal(readFileSync(script, "utf8")) }],
    scratch: [{ name: "tmp", mountPath: "/tmp" }],
    ...nodes(job),
    security: own ? { runAsUser: 1001, readOnlyRootFilesystem: false } : UNKNOWN_IMAGE,
    needs: {
      database: needsDatabase,
      googleApis: own,
      sharedFiles: job.mount_nfs,
      ...buckets(
        variables.gcs_volumes
          .filter(({ name }) => job.mount_gcs_volumes.includes(name))
          .map((volume) => bucketMount(volume)),
      ),
    },
    // Dify's image gets the API's environment, and may run any of its commands.
    connectsTo: namedServers({ ...(own ? ownOf(settings, "api") : {}), ...job.env_vars }),
    talksTo: own ? apiTalksTo(settings) : ["api", "redis", "internet"],
  };
}

type NodeFields = "spot" | "compute_class" | "architecture" | "priority_class" | "node_selector" | "tolerations";

/** Where pods of a service or a job run. */
function nodes(
  given: Pick<Variables["cron_jobs"][number], NodeFields>,
): Pick<Component, "place" | "nodeSelector" | "tolerations"> {
  return { place: place(given), nodeSelector: given.node_selector, tolerations: given.tolerations };
}

function buckets(mounts: readonly BucketMount[]): { readonly buckets?: readonly BucketMount[] } {
  return mounts.length > 0 ? { buckets: mounts } : {};
}

const SCRIPT_MOUNT_PATH = "/opt/jobs/script.sh";

/** @returns the path of a job's script: in `scripts_dir`, or in the project's own `scripts` */
export function scriptPath(path: string, variables: Pick<Variables, "scripts_dir">): string {
  return resolve(plain(variables.scripts_dir || "scripts"), plain(path));
}
