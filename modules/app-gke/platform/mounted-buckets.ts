import type { ApplicationConfig } from "../application-config";
import type { BucketMount } from "../component";
import type { Installation } from "../installation";
import { type AccountTask, podAccount } from "./pod-account";

/** The part of an application that says which pods mount buckets. */
type Mounting = Pick<ApplicationConfig, "components" | "jobs" | "database">;

/** @returns the name of one of the application's own buckets */
export function bucketName({ resourcePrefix }: Pick<Installation, "resourcePrefix">, nameSuffix: string): string {
  return `${resourcePrefix}-${nameSuffix}`;
}

/** @returns the suffix of a bucket that the application makes, given by that or by its full name; `undefined`: it exists */
export function suffixOf(
  given: string,
  installation: Pick<Installation, "resourcePrefix">,
  buckets: ApplicationConfig["buckets"] = [],
): string | undefined {
  return buckets.find(({ nameSuffix }) => given === nameSuffix || given === bucketName(installation, nameSuffix))
    ?.nameSuffix;
}

/** @returns the full name of a bucket, given by the suffix of one of the application's or by its full name */
export function mountedBucket(
  given: string,
  installation: Pick<Installation, "resourcePrefix">,
  buckets: ApplicationConfig["buckets"],
): string {
  const suffix = suffixOf(given, installation, buckets);
  return suffix === undefined ? given : bucketName(installation, suffix);
}

/** @returns the tasks of every pod, and as whom it calls Google */
function pods({ components, jobs = [], database }: Mounting) {
  const groups = components
    .filter(({ inPodOf }) => inPodOf === undefined)
    .map((first) => [first, ...components.filter(({ inPodOf }) => inPodOf === first.name)]);
  return [
    ...groups.map((tasks: readonly AccountTask[]) => ({
      ...{ tasks, account: podAccount(tasks, database !== undefined) },
      asApplication: true,
    })),
    // With a password, jobs connect to the database themselves.
    ...jobs.map((job) => ({
      tasks: [job] as const,
      account: podAccount([job], database?.iam?.used === true && job.ownLogin !== "only"),
      asApplication: job.ownLogin !== "only",
    })),
  ];
}

/** @returns the tasks whose pods have a Kubernetes service account of their own */
export function ownAccounts(application: Mounting): readonly string[] {
  return pods(application).flatMap(({ account }) => (typeof account === "string" ? [] : [account.own]));
}

/** @returns those of them that log in to the database as the application does */
export function ownAccountsWithDatabase(application: Mounting): readonly string[] {
  return pods(application).flatMap(({ account, asApplication, tasks }) =>
    typeof account !== "string" && asApplication && tasks.some(({ needs }) => needs?.database) ? [account.own] : [],
  );
}

/** @returns what pods mount, by the task whose account they have; empty: the installation's identity */
export function mountsByAccount(application: Mounting): ReadonlyMap<string, readonly BucketMount[]> {
  const all = new Map<string, readonly BucketMount[]>();
  for (const { account, tasks } of pods(application)) {
    const mounts = tasks.flatMap(({ needs }) => needs?.buckets ?? []);
    if (mounts.length === 0 || account === "none") continue;
    const key = account === "identity" ? "" : account.own;
    all.set(key, [...(all.get(key) ?? []), ...mounts]);
  }
  return all;
}
