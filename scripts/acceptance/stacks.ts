import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { App } from "cdktf";
import { quickenSynthesis } from "../../modules/app-gke/terraform/quick-synthesis";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import type { Environment } from "../../modules/dify-gke/environment";

type Blocks = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** A synthesized stack of the run. */
export interface Stack {
  readonly name: string;
  readonly directory: string;
  readonly state: string;
  readonly resources: Blocks;
}

export interface SynthesisOptions {
  readonly runDirectory: string;
  readonly deletionProtection: boolean;
}

/**
 * Synthesizes one environment into the run's directory, like `main.ts`, with its own state.
 * @returns its stacks in the order in which they are applied
 */
export async function synthesize(environment: Environment, options: SynthesisOptions): Promise<readonly Stack[]> {
  quickenSynthesis();
  // It would take precedence over the app's own directory.
  delete process.env.CDKTF_OUTDIR;
  const app = new App({ outdir: resolve(options.runDirectory, "cdktf.out"), skipValidation: true });
  const { stacks } = new DifyGke(app, {
    environment: environment.name,
    variables: {
      ...environment.variables,
      deletion_protection: options.deletionProtection,
      state_bucket: "",
      state_backend: "",
    },
    siblings: environment.siblings,
  });
  const ordered = stacks.map((stack) => {
    const name = stack.node.id;
    const state = resolve(options.runDirectory, `${name}.tfstate`);
    stack.addOverride("terraform.backend.local.path", state);
    return { name, directory: join(app.outdir, "stacks", name), state };
  });
  app.synth();
  return Promise.all(
    ordered.map(async (stack) => {
      const json = JSON.parse(await readFile(join(stack.directory, "cdk.tf.json"), "utf8")) as { resource?: Blocks };
      return { ...stack, resources: json.resource ?? {} };
    }),
  );
}

/** @returns the addresses of everything that exists according to a state file; none without a file */
export async function existing(state: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(state, "utf8");
  } catch {
    return [];
  }
  const { resources = [] } = JSON.parse(text) as {
    resources?: { mode: string; type: string; name: string; instances: unknown[] }[];
  };
  return resources
    .filter(({ mode, instances }) => mode === "managed" && instances.length > 0)
    .map(({ type, name }) => `${type}.${name}`);
}

/** @returns the number of resources of each type in a stack, as lines of text: `12 google_project_service, …` */
export function inventory(stack: Stack): { readonly total: number; readonly text: string } {
  const counts = Object.entries(stack.resources).map(([type, named]): [string, number] => [
    type,
    Object.keys(named).length,
  ]);
  counts.sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  return {
    total: counts.reduce((sum, [, count]) => sum + count, 0),
    text: counts.map(([type, count]) => `${count} ${type}`).join(", "),
  };
}

const COSTLY: Readonly<Record<string, string>> = {
  google_container_cluster: "a GKE cluster",
  google_sql_database_instance: "a Cloud SQL instance",
  google_compute_instance_group_manager: "a virtual machine",
  google_compute_router_nat: "Cloud NAT",
  kubernetes_deployment_v1: "pods",
  kubernetes_stateful_set_v1: "pods of StatefulSets",
};

/** @returns what is billed by the hour */
export function costly(stacks: readonly Stack[]): string[] {
  return Object.entries(COSTLY).flatMap(([type, what]) =>
    stacks.some(({ resources }) => resources[type]) ? [what] : [],
  );
}

/** @returns what Google keeps after everything was destroyed, as sentences */
export function keptByGoogle(stacks: readonly Stack[]): string[] {
  const values = (type: string, argument: string): string[] => [
    ...new Set(
      stacks.flatMap(({ resources }) => Object.values(resources[type] ?? {}).map((block) => String(block[argument]))),
    ),
  ];
  const apis = values("google_project_service", "service");
  const schedules = values("google_compute_resource_policy", "name");
  const rings = values("google_kms_key_ring", "name");
  return [
    rings.length > 0
      ? `key rings and keys, which cannot be deleted and are adopted by the next run: ${rings.join(", ")}`
      : "key rings could not be deleted, but there are none in these stacks",
    `${apis.length} APIs stay enabled in the project, because something else may use them by now: ${apis.join(", ")}`,
    ...(schedules.length > 0 ? [`snapshots of the data disk until they are too old for ${schedules.join(", ")}`] : []),
    "deleted objects of buckets for seven days (soft delete), unless the project's default differs",
  ];
}
