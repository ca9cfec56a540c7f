import type { Installation } from "../installation";
import type { PodContext, Task } from "./pod";

/** @returns the name of the ConfigMap with a task's environment */
export function environmentConfigMapName(applicationName: string, task: Task): string {
  return `${applicationName}-${task.name}-environment`;
}

/** @returns the name of the ConfigMap with a task's files */
export function filesConfigMapName(applicationName: string, task: Task): string {
  return `${applicationName}-${task.name}-files`;
}

/** @returns keys of a task's files in their ConfigMap, by mount path */
export function fileKeys(task: Task): Readonly<Record<string, string>> {
  return Object.fromEntries((task.files ?? []).map(({ mountPath }) => [mountPath, fileKey(mountPath)]));
}

/** `/etc/nginx/nginx.conf` → `etc.nginx.nginx.conf`. */
export function fileKey(mountPath: string): string {
  return mountPath.replace(/^\//, "").replace(/[^A-Za-z0-9._-]/g, ".");
}

/**
 * @returns the claim with which pods mount the share, for pods that are written before the server's address is known
 */
export function sharedFilesClaimName(applicationName: string): string {
  return `${applicationName}-files`;
}

/** @returns the ConfigMap that tells the Auth Proxy its instance, for pods that are written before it is known */
export function authProxyConfigMapName(applicationName: string): string {
  return `${applicationName}-cloud-sql-proxy`;
}

/**
 * @param among whether it is in a namespace of others, whose Secrets a plan cannot read: then it has a name that nobody else has
 * @param suffix for another Secret than the components'
 * @returns the name of a Secret
 */
export function secretName(
  { applicationName, resourcePrefix }: Pick<Installation, "applicationName" | "resourcePrefix">,
  among = false,
  suffix = "",
): string {
  return `${among ? resourcePrefix : applicationName}${suffix}`;
}

/** @returns names of the Kubernetes service accounts: one with the installation's Google identity, one without, and those of components */
export function serviceAccountNames(applicationName: string): PodContext["serviceAccounts"] {
  return {
    identity: applicationName,
    none: `${applicationName}-none`,
    own: (component) => ownAccountName(applicationName, component),
  };
}

/** @returns the name of the Kubernetes service account that a component has for itself */
export function ownAccountName(applicationName: string, component: string): string {
  return `${applicationName}-${component}`;
}

/** End of the name of the Kubernetes service account that the application's secret store reads as. */
export const STORE_ACCOUNT = "secret-store";

/** @returns the port of a database by its Cloud SQL version, such as `POSTGRES_15` */
export function databasePort(version: string): number {
  return version.startsWith("POSTGRES") ? 5432 : 3306;
}
