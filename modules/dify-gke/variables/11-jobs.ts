import { z } from "zod";
import { group, variable } from "./definition";
import {
  count,
  cpu,
  cron,
  dnsLabel,
  environmentMap,
  image,
  kubernetesLabels,
  memory,
  mountPath,
  optionalEnvironmentName,
  optionalImage,
  port,
  secretMap,
  workloadName,
} from "./limits";
import { toleration } from "./component-settings";
import { gpuFields, placeFields } from "./place";
import { livenessProbe, startupProbe } from "./probe";

const strings = z.array(z.string()).default([]);

/** Where pods run. */
const nodes = {
  ...placeFields,
  node_selector: kubernetesLabels.optional().describe("Labels of the nodes that its pods may be on."),
  tolerations: z.array(toleration).optional(),
};

/** The fields of all jobs, scheduled or not. */
const task = {
  name: workloadName,
  image: optionalImage.default("").describe("Empty: the application's own image."),
  command: strings,
  args: strings,
  script_path: z.string().default("").describe("A script of the project to run, instead of a command."),
  env_vars: environmentMap.default({}),
  secret_env_vars: secretMap.default({}).describe("Environment variable to id of an existing secret."),
  mount_nfs: z.boolean().default(false),
  mount_gcs_volumes: z.array(dnsLabel).default([]).describe("Names from `gcs_volumes`."),
  ...nodes,
};

const initializationJob = z.strictObject({
  ...task,
  description: z.string().default(""),
  cpu_limit: cpu.default("1000m"),
  memory_limit: memory.default("512Mi"),
  timeout_seconds: count(1, 86400).default(600),
  max_retries: count(0, 100).default(1),
  task_count: count(1, 1000)
    .default(1)
    .describe(
      "Pods that run at the same time and have to complete; each has its number in `JOB_COMPLETION_INDEX`, from 0 on.",
    ),
  execution_mode: z.enum(["TASK", "SERVICE"]).default("TASK"),
  depends_on_jobs: z.array(workloadName).default([]).describe("Jobs that must have completed before."),
  execute_on_apply: z.boolean().default(true).describe("Runs when it is new or changed; `false` leaves it out."),
  needs_db: z.boolean().default(true).describe("Puts the Auth Proxy next to it and gives it the database's address."),
  needs_secrets: z
    .boolean()
    .default(true)
    .describe("Gives it the application's secrets, where it runs the application's own image."),
});

const cronJob = z.strictObject({
  ...task,
  schedule: cron.describe("In UTC."),
  cpu_limit: cpu.default("500m"),
  memory_limit: memory.default("256Mi"),
  restart_policy: z.enum(["OnFailure", "Never"]).default("OnFailure"),
  concurrency_policy: z.enum(["Allow", "Forbid", "Replace"]).default("Forbid"),
  failed_jobs_history_limit: count(0, 100).default(1),
  successful_jobs_history_limit: count(0, 100).default(3),
  // Kubernetes looks for missed runs every 10 seconds.
  starting_deadline_seconds: count(10, 86400).optional(),
  suspend: z.boolean().default(false),
});

const volumeMount = z.strictObject({
  name: dnsLabel.describe("`nfs_volume_name`, or a name from `gcs_volumes`."),
  mount_path: mountPath,
  read_only: z.boolean().default(false),
});

const additionalService = z.strictObject({
  name: workloadName,
  image,
  port,
  service_port: port.optional().describe("Port of its Service. Not set: the container's port."),
  command: strings,
  args: strings,
  env_vars: environmentMap.default({}),
  secret_env_vars: secretMap.default({}).describe("Environment variable to id of an existing secret."),
  cpu_limit: cpu.default("1000m"),
  memory_limit: memory.default("512Mi"),
  ephemeral_storage_limit: memory.optional(),
  ephemeral_storage_request: memory.optional(),
  min_instance_count: count(0, 1000).default(1),
  max_instance_count: count(1, 1000).default(1),
  ingress: z.string().optional().describe("Of Cloud Run's modules; no effect in a cluster."),
  output_env_var_name: optionalEnvironmentName
    .default("")
    .describe("Environment variable of the API that is to hold the service's URL."),
  volume_mounts: z.array(volumeMount).default([]),
  ...nodes,
  ...gpuFields,
  startup_probe: startupProbe.optional(),
  liveness_probe: livenessProbe.optional(),
});

/** Group 11: what runs in addition to Dify. */
export const jobs = group(11, {
  initialization_jobs: variable({
    description: "Your own jobs, which run before the application starts. The database is prepared without any.",
    schema: z.array(initializationJob),
    default: [],
  }),
  cron_jobs: variable({
    description: "Jobs that run on a schedule.",
    schema: z.array(cronJob),
    default: [],
  }),
  additional_services: variable({
    description: "Further services in the application's namespace, each with its own pods.",
    schema: z.array(additionalService),
    default: [],
  }),
});
