import { cloudbuild_v1 } from "googleapis/build/src/apis/cloudbuild/v1";
import { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import { credentials, rootUrl } from "../google-apis/credentials";
import { deliverOnce } from "./first-delivery";
import { loseServer, type Waiting } from "./lost-server";
import { failed, notTried, type Verdict } from "./points";
import type { Stack } from "./stacks";
import { type Attributes, attributesOf, text } from "./state";

/** Something that the run does to what it has created, to see what follows. */
export interface Probe {
  /** Its title in docs/acceptance.md. */
  readonly what: string;
  /** Shown while it runs. */
  readonly title: string;
  readonly try: (stacks: readonly Stack[], context: ProbeContext) => Promise<Verdict>;
}

export interface ProbeContext {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 10_000;
/** A quarter of an hour is enough: a new VM installs its packages. */
const SERVER_LOOKS = 90;
/** The limit of a build is an hour, and that of a rollout is separate. */
const DELIVERY_LOOKS = 720;

export const PROBES: readonly Probe[] = [
  {
    what: "A managed instance group of one with a fixed address and a stateful disk",
    title: "delete the file server's VM and wait for the next one",
    try: async (stacks, { env, signal }) => {
      const [group] = await found(stacks, "google_compute_instance_group_manager");
      if (!group) return notTried("The run creates no file server.");
      const compute = new compute_v1.Compute({ auth: await credentials(env), ...rootUrl(env, "COMPUTE") });
      return loseServer(
        compute,
        { project: text(group, "project"), zone: text(group, "zone"), name: text(group, "name") },
        waiting(signal, SERVER_LOOKS),
      );
    },
  },
  {
    what: "RBAC by e-mail for the tokens of Cloud Build and Cloud Deploy",
    title: "run the trigger and wait for what it deploys",
    try: async (stacks, { env, signal }) => {
      const [trigger] = await found(stacks, "google_cloudbuild_trigger");
      if (!trigger) return notTried("enable_cicd_trigger is false: nothing is built or delivered.");
      const auth = await credentials(env);
      const [pipeline] = await found(stacks, "google_clouddeploy_delivery_pipeline");
      return deliverOnce(
        {
          cloudbuild: new cloudbuild_v1.Cloudbuild({ auth, ...rootUrl(env, "CLOUD_BUILD") }),
          clouddeploy: new clouddeploy_v1.Clouddeploy({ auth, ...rootUrl(env, "CLOUDDEPLOY") }),
        },
        {
          trigger: text(trigger, "id"),
          branches: branchesOf(trigger),
          ...(pipeline ? { pipeline: text(pipeline, "id") } : {}),
        },
        waiting(signal, DELIVERY_LOOKS),
      );
    },
  },
];

/**
 * @returns the result. A probe that cannot check anything, without credentials or a permission, counts as not tried.
 * @throws if the probe was interrupted, which ends the run
 */
export async function carryOut(probe: Probe, stacks: readonly Stack[], context: ProbeContext): Promise<Verdict> {
  try {
    return await probe.try(stacks, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const { message, status } = error as Error & { readonly status?: number };
    return status === 401 || status === 403 || status === undefined
      ? notTried(`It could not be checked: ${message}`)
      : failed(message);
  }
}

async function found(stacks: readonly Stack[], type: string) {
  return (await Promise.all(stacks.map(({ state }) => attributesOf(state, type)))).flat();
}

/** https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/cloudbuild_trigger */
function branchesOf({ repository_event_config: config }: Attributes): string {
  const [events] = (config ?? []) as { readonly push?: readonly { readonly branch?: string }[] }[];
  return events?.push?.[0]?.branch ?? "";
}

function waiting(signal: AbortSignal, looks: number): Waiting {
  return { signal, pause: PAUSE_MS, looks };
}
