import type { Bindings, DatabaseDefinition, Job } from "../application-config";

/** Where a job finds the CA certificate of the instance. */
const SERVER_CERTIFICATE_PATH = "/etc/cloud-sql/server-ca.pem";

/** How a job reaches the database: itself, by an Auth Proxy in its container, or both. */
export type JobConnection = "direct" | "proxied" | "both";

/** @returns how a job connects: to the instance itself with a password, through an Auth Proxy as a service account */
export function connectionOf({ ownLogin }: Pick<Job, "ownLogin">, usesAccount: boolean): JobConnection {
  if (!usesAccount || ownLogin === "only") return "direct";
  return ownLogin === "too" ? "both" : "proxied";
}

/**
 * With a password, a job connects to the instance itself, over TLS with certificate verification: `Bindings.database` has the
 * instance's private address instead of the Auth Proxy's. A job with two logins gets both.
 */
export function withServerCertificate(
  job: Job,
  database: Pick<DatabaseDefinition, "iam"> | undefined,
  instance: { readonly privateIp: string; readonly serverCertificate: string } | undefined,
): Job {
  const { environment, files = [] } = job;
  if (!job.needs?.database || !instance) return job;
  const connection = connectionOf(job, database?.iam?.used === true);
  const certificate = { mountPath: SERVER_CERTIFICATE_PATH, content: () => instance.serverCertificate };
  const told = (more: Partial<Bindings["database"]>, bindings: Bindings): Bindings => ({
    ...bindings,
    database: bindings.database && { ...bindings.database, ...more },
  });
  switch (connection) {
    case "direct":
      return {
        ...job,
        environment: (bindings) => ({
          PGSSLMODE: "verify-ca",
          PGSSLROOTCERT: SERVER_CERTIFICATE_PATH,
          ...environment?.(told({ host: instance.privateIp }, bindings)),
        }),
        files: [...files, certificate],
      };
    case "proxied":
      // The Auth Proxy in its container encrypts.
      return { ...job, environment: (bindings) => ({ PGSSLMODE: "disable", ...environment?.(bindings) }) };
    case "both": {
      const direct = { host: instance.privateIp, certificate: SERVER_CERTIFICATE_PATH };
      return {
        ...job,
        environment: (bindings) => ({ PGSSLMODE: "disable", ...environment?.(told({ direct }, bindings)) }),
        files: [...files, certificate],
      };
    }
  }
}
