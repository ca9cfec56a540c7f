import { setTimeout as sleep } from "node:timers/promises";
import type { cloudbuild_v1 } from "googleapis/build/src/apis/cloudbuild/v1";
import type { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import type { Waiting } from "./lost-server";
import { notTried, type Verdict } from "./points";

export interface Delivery {
  /** `projects/…/locations/…/triggers/…` */
  readonly trigger: string;
  /** The trigger's pattern for branches: `^main$`. */
  readonly branches: string;
  /** `projects/…/locations/…/deliveryPipelines/…`. @default - the build deploys itself */
  readonly pipeline?: string;
}

export interface Clients {
  readonly cloudbuild: cloudbuild_v1.Cloudbuild;
  readonly clouddeploy: clouddeploy_v1.Clouddeploy;
}

/** https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds#status */
const BUILDING = ["PENDING", "QUEUED", "WORKING"];
/** https://cloud.google.com/deploy/docs/api/reference/rest/v1/projects.locations.deliveryPipelines.releases.rollouts#state */
const ENDED = ["SUCCEEDED", "FAILED", "CANCELLED", "APPROVAL_REJECTED", "PENDING_APPROVAL", "HALTED"];

/**
 * Runs the trigger like a push, waits for the build and, with Cloud Deploy, for the rollout of the release that it
 * creates: both sign in to the cluster with tokens whose permissions are bound to e-mail addresses.
 */
export async function deliverOnce(clients: Clients, delivery: Delivery, waiting: Waiting): Promise<Verdict> {
  const { cloudbuild } = clients;
  const branchName = delivery.branches.replace(/^\^|\$$/g, "");
  // https://cloud.google.com/build/docs/api/reference/rest/v1/RepoSource: a name, never a pattern.
  if (!/^[\w./-]+$/.test(branchName))
    return notTried(`branch_pattern ${delivery.branches} does not name a single branch.`);
  const known = new Set((await rolloutsOf(clients, delivery)).map(({ name }) => name));
  const operation = await cloudbuild.projects.locations.triggers.run({
    name: delivery.trigger,
    requestBody: { source: { branchName } },
  });
  const { build } = (operation.data.metadata ?? {}) as { build?: { id?: string } };
  const id = `${delivery.trigger.replace(/\/triggers\/.*$/, "")}/builds/${build?.id ?? ""}`;
  const built = await until(waiting, async () => {
    const { data } = await cloudbuild.projects.locations.builds.get({ name: id });
    return BUILDING.includes(data.status ?? "") ? undefined : data;
  });
  if (built?.status !== "SUCCESS") {
    const how = built
      ? `${built.status}: ${built.failureInfo?.detail ?? built.statusDetail ?? "no reason given"}`
      : "running";
    return { result: "failed", why: `The build ${id} is ${how}. Its log: ${built?.logUrl ?? "not known"}` };
  }
  if (!delivery.pipeline) return { result: "passed", why: "The trigger's build deployed to the cluster." };
  const rollout = await until(waiting, async () => {
    const fresh = (await rolloutsOf(clients, delivery)).find(({ name }) => !known.has(name));
    return ENDED.includes(fresh?.state ?? "") ? fresh : undefined;
  });
  const state = rollout?.state ?? "still under way";
  return state === "SUCCEEDED" || state === "PENDING_APPROVAL"
    ? { result: "passed", why: `The build created a release, whose first rollout is ${state}.` }
    : { result: "failed", why: `The first rollout is ${state}: ${rollout?.failureReason ?? "no reason given"}` };
}

async function rolloutsOf({ clouddeploy }: Clients, { pipeline }: Delivery): Promise<clouddeploy_v1.Schema$Rollout[]> {
  if (!pipeline) return [];
  // For all releases:
  // https://cloud.google.com/deploy/docs/api/reference/rest/v1/projects.locations.deliveryPipelines.releases.rollouts/list
  const { data } = await clouddeploy.projects.locations.deliveryPipelines.releases.rollouts.list({
    parent: `${pipeline}/releases/-`,
  });
  return data.rollouts ?? [];
}

async function until<T>(waiting: Waiting, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let count = 0; count < waiting.looks; count += 1) {
    const seen = await look();
    if (seen) return seen;
    await sleep(waiting.pause, undefined, { signal: waiting.signal });
  }
  return undefined;
}
