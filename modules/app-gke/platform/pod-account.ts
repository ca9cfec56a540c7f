import type { Component, Job } from "../component";

/** The fields of a component or job that decide with which account its pod calls Google. */
export type AccountTask = Pick<Component, "name" | "needs"> & Pick<Job, "rights">;

/** A pod's Kubernetes service account: the installation's identity, one without rights at Google, or that of one task alone. */
export type PodAccount = "identity" | "none" | { readonly own: string };

/** @param proxied whether the pod's database is reached through an Auth Proxy in it, which is what needs an identity */
export function podAccount(tasks: readonly AccountTask[], proxied: boolean): PodAccount {
  const roles = tasks.find(({ needs, rights }) => (needs?.googleRoles ?? []).length > 0 || rights !== undefined);
  if (roles) return { own: roles.name };
  if (tasks.some(({ needs }) => needs?.googleApis || (needs?.database && proxied))) return "identity";
  // The installation's identity may use the database and every bucket: a pod that only mounts one gets no more than that.
  const mounts = tasks.find(({ needs }) => (needs?.buckets ?? []).length > 0);
  return mounts ? { own: mounts.name } : "none";
}

/** @returns a Kubernetes service account as IAM policies name it, without a Google service account in between */
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
