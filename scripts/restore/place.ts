import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../modules/dify-gke/environment";
import { Refusal } from "../acceptance/options";
import { synthesize } from "../acceptance/stacks";

/** A namespace in a cluster. */
export interface ClusterPlace {
  readonly project: string;
  readonly cluster: { readonly location: string; readonly name: string };
  readonly namespace: string;
}

/** Where an environment is, by the names that its stack gives. */
export interface Place extends ClusterPlace {
  /** First part of the names of its Kubernetes objects. */
  readonly application: string;
  /** Labels of all its Kubernetes objects. */
  readonly selector: string;
  /** @default - it is on no Cloud SQL instance */
  readonly database?: {
    /** Name of the Cloud SQL instance. */
    readonly instance: string;
    /** Who owns the databases. */
    readonly user: string;
  };
  /** Labels of a backup's pods, if they may connect only where a network policy says. @default - they may connect anywhere */
  readonly confined?: Readonly<Record<string, string>>;
  /** Bucket of uploads, and of the private keys of workspaces. */
  readonly storage: string;
  /** Bucket of backups. */
  readonly bucket: string;
  /** CronJobs that are copied. */
  readonly backupJob: string;
  readonly restoreJob: string;
  /** @default - nothing is rehearsed */
  readonly rehearsalJob?: string;
  /** `projects/…/locations/…/deliveryPipelines/…`. @default - there is none */
  readonly pipeline?: string;
}

type Blocks = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
export interface Stack {
  readonly resource: Blocks;
  readonly data: Blocks;
  readonly output: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** @throws Refusal if it has no portable backups */
export async function placeOf(environment: Environment): Promise<Place> {
  if (!environment.variables.enable_portable_backups || !environment.variables.deploy_application) {
    throw new Refusal(
      "enable_portable_backups or deploy_application is false, so there is no backup, " +
        "or nothing to restore it with. Set both to true and apply. To restore Google's own backups: docs/operations.md.",
    );
  }
  return placeIn(await applicationStack(environment));
}

/** @param stack the application's, as Terraform reads it */
export function placeIn(stack: Stack): Place {
  const { data, resource } = stack;
  const pipeline = resource["google_clouddeploy_delivery_pipeline"]?.["app_delivery_pipeline_pipeline"];
  const job = (name: string) => metadata(block(resource, JOBS, `app_workload_${name}_cron_job`));
  const rehearsal = resource[JOBS]?.["app_workload_backup_rehearsal_cron_job"];
  const { labels, name } = job("portable_backup");
  const application = labels["app.kubernetes.io/name"] ?? "";
  return {
    ...clusterIn(stack),
    application,
    selector: `app.kubernetes.io/name=${application},app.kubernetes.io/instance=${labels["app.kubernetes.io/instance"] ?? ""}`,
    ...(data["google_sql_database_instance"]?.["app_lookup_sql"] && {
      database: {
        instance: text(block(data, "google_sql_database_instance", "app_lookup_sql")["name"]),
        user: text(block(resource, "google_sql_user", "app_database_user")["name"]),
      },
    }),
    ...(isConfined(labels, resource) && { confined: labels }),
    storage: text(block(resource, "google_storage_bucket", "app_buckets_storage")["name"]),
    bucket: text(block(resource, "google_storage_bucket", "app_backups_bucket")["name"]),
    backupJob: name,
    restoreJob: job("restore_backup").name,
    ...(rehearsal && { rehearsalJob: metadata(rehearsal).name }),
    ...(pipeline && {
      pipeline: `projects/${text(pipeline["project"])}/locations/${text(pipeline["location"])}/deliveryPipelines/${text(pipeline["name"])}`,
    }),
  };
}

/** @param stack the application's, as Terraform reads it */
export function clusterIn({ data, output }: Stack): ClusterPlace {
  const cluster = block(data, "google_container_cluster", "app_lookup_cluster");
  return {
    project: text(cluster["project"]),
    cluster: { location: text(cluster["location"]), name: text(cluster["name"]) },
    namespace: text(output["namespace"]?.["value"]),
  };
}

const JOBS = "kubernetes_cron_job_v1";

interface PolicySpec {
  readonly policy_types: readonly string[];
  readonly pod_selector: { readonly match_labels?: Readonly<Record<string, string>> };
}

/** @returns whether a network policy says where pods with these labels may connect */
function isConfined(labels: Readonly<Record<string, string>>, resource: Blocks): boolean {
  return Object.values(resource["kubernetes_network_policy_v1"] ?? {}).some(({ spec }) => {
    const { pod_selector: selector, policy_types: types } = spec as PolicySpec;
    const matches = Object.entries(selector.match_labels ?? {}).every(([name, value]) => labels[name] === value);
    return types.includes("Egress") && matches;
  });
}

function metadata(job: Readonly<Record<string, unknown>>) {
  return job["metadata"] as { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

/** @returns the stack of an environment's application, as Terraform reads it */
export async function applicationStack(environment: Environment): Promise<Stack> {
  const scratch = await mkdtemp(join(tmpdir(), "dify-restore-"));
  try {
    const stacks = await synthesize(environment, {
      runDirectory: scratch,
      deletionProtection: environment.variables.deletion_protection,
    });
    return JSON.parse(await readFile(join(stacks.at(-1)?.directory ?? "", "cdk.tf.json"), "utf8")) as Stack;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function block(blocks: Blocks, type: string, name: string): Readonly<Record<string, unknown>> {
  const found = blocks[type]?.[name];
  if (!found) throw new TypeError(`The stack has no ${type}.${name}`);
  return found;
}

function text(value: unknown): string {
  if (typeof value !== "string" || value === "" || value.includes("${")) {
    throw new TypeError(`Only an apply knows ${JSON.stringify(value)}`);
  }
  return value;
}
