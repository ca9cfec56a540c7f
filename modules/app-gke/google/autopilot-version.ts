/**
 * From this version on, a pod on Autopilot may request little CPU and use more: 50m, in steps of any size. Before it,
 * admission raises every request to a multiple of 250m:
 * https://cloud.google.com/kubernetes-engine/docs/how-to/pod-bursting-gke#availability-in-gke.
 */
const MINIMUM = [1, 30, 2, 1394000] as const;

export const SMALL_PODS_FROM = `${MINIMUM.slice(0, 3).join(".")}-gke.${MINIMUM[3]}`;

/** Each part of a version is below this, so the number that they form together sorts like the version. */
const BASE = 10_000_000;
const LEAST = MINIMUM.reduce((sum, part) => sum * BigInt(BASE) + BigInt(part), 0n);

const VERSION = String.raw`^(\d+)\.(\d+)\.(\d+)-gke\.(\d+)`;

/** Whether an Autopilot cluster's version takes small pods, in Terraform's language; `true` for a text that is not a version. */
export const SMALL_PODS_CONDITION =
  `try(self.enable_autopilot && sum([for i, part in regex("${VERSION.replaceAll("\\", "\\\\")}", self.master_version) : ` +
  `tonumber(part) * pow(${BASE}, 3 - i)]) < ${LEAST}, false) == false`;

/** @returns the same for a version that Google's API answered */
export function takesSmallPods(version: string): boolean {
  const parts = new RegExp(VERSION).exec(version)?.slice(1);
  return !parts || parts.reduce((sum, part) => sum * BigInt(BASE) + BigInt(part), 0n) >= LEAST;
}
