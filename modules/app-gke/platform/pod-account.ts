import type { Component, Job } from "../component";

/** What of a task decides as whom its pod calls Google. */
export type AccountTask = Pick<Component, "name" | "needs"> & Pick<Job, "rights">;

/** Which Kubernetes service account a pod has: the installation's identity, none with Google, or that of a task alone. */
export type PodAccount = "identity" | "none" | { readonly own: string };

/** @param proxied whether the pod's database is reached through an Auth Proxy in it, which is what needs an identity */
export function podAccount(tasks: readonly AccountTask[], proxied: boolean): PodAccount {
  const roles = tasks.find(({ needs, rights }) => (needs?.googleRoles ?? []).length > 0 || rights !== undefined);
  if (roles) return { own: roles.name };
  if (tasks.some(({ needs }) => needs?.googleApis || (needs?.database && proxied))) return "identity";
  // The installation's identity may use the database and every bucket: who mounts one bucket gets no more than that.
  const mounts = tasks.find(({ needs }) => (needs?.buckets ?? []).length > 0);
  return mounts ? { own: mounts.name } : "none";
}

/** @returns a Kubernetes service account, as policies name it: as what it is, without a Google one that it would act as */
export function memberOf(given: {
  readonly projectNumber: string;
  readonly workloadPool: string;
  readonly namespace: string;
  readonly account: string;
}): string {
  const pool = `projects/${given.projectNumber}/locations/global/workloadIdentityPools/${given.workloadPool}`;
  return `principal://iam.googleapis.com/${pool}/subject/ns/${given.namespace}/sa/${given.account}`;
}

/** @returns whether a job with these rights asks the cluster's API */
export function callsKubernetes(rights: Job["rights"]): boolean {
  return (
    rights?.outcome === true ||
    rights?.outcomeOf !== undefined ||
    rights?.login === "rotate" ||
    rights?.restarts === true
  );
}
