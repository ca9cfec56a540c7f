import { setTimeout as sleep } from "node:timers/promises";
import { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import type { Verdict } from "./points";

/** A managed instance group of one. */
export interface Group {
  readonly project: string;
  readonly zone: string;
  readonly name: string;
}

export interface Waiting {
  readonly signal: AbortSignal;
  /** Milliseconds between two checks. */
  readonly pause: number;
  /** How often the group is checked before it counts as failed. */
  readonly looks: number;
}

interface Server {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Sources of all disks except the boot disk, sorted. */
  readonly disks: readonly string[];
}

/**
 * Deletes the group's VM as somebody in the console could, waits for the next one and compares: it has to have the same
 * address and the same data disk, otherwise every pod would lose its share and its Redis.
 * @see https://cloud.google.com/compute/docs/instance-groups/stateful-migs
 */
export async function loseServer(compute: compute_v1.Compute, group: Group, waiting: Waiting): Promise<Verdict> {
  const before = await serverOf(compute, group);
  if (!before) return { result: "failed", why: `The group ${group.name} has no VM that runs.` };
  await compute.instances.delete({ project: group.project, zone: group.zone, instance: before.name });
  for (let look = 0; look < waiting.looks; look += 1) {
    await sleep(waiting.pause, undefined, { signal: waiting.signal });
    const after = await serverOf(compute, group);
    if (after && after.id !== before.id) return compared(before, after);
  }
  const minutes = Math.round((waiting.looks * waiting.pause) / 60_000);
  return { result: "failed", why: `${minutes} minutes after its VM was deleted, ${group.name} has no new one.` };
}

function compared(before: Server, after: Server): Verdict {
  const differences = [
    ...(before.address === after.address ? [] : [`the address ${after.address} instead of ${before.address}`]),
    ...(before.disks.join() === after.disks.join() ? [] : [`other disks: ${after.disks.join(", ") || "none"}`]),
  ];
  return differences.length > 0
    ? { result: "failed", why: `After its VM was deleted, the next one has ${differences.join(" and ")}.` }
    : { result: "passed", why: `Its VM was deleted: the next one has ${after.address} and the same data disk.` };
}

/** @returns the group's VM; `undefined` while there is none that the group has finished with */
async function serverOf(compute: compute_v1.Compute, group: Group): Promise<Server | undefined> {
  const { project, zone, name } = group;
  const { data } = await compute.instanceGroupManagers.listManagedInstances({
    project,
    zone,
    instanceGroupManager: name,
  });
  const [managed] = data.managedInstances ?? [];
  if (managed?.instanceStatus !== "RUNNING" || managed.currentAction !== "NONE") return undefined;
  const instance = (await compute.instances.get({ project, zone, instance: lastPart(managed.instance) })).data;
  return {
    id: instance.id ?? "",
    name: instance.name ?? "",
    address: instance.networkInterfaces?.[0]?.networkIP ?? "",
    disks: (instance.disks ?? [])
      .filter(({ boot }) => !boot)
      .map(({ source }) => lastPart(source))
      .sort(),
  };
}

function lastPart(path: string | null | undefined): string {
  return path?.split("/").pop() ?? "";
}
