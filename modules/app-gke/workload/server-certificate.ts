import type { Bindings, DatabaseDefinition, Job } from "../application-config";

/** Where a job finds the CA certificate of the instance. */
const SERVER_CERTIFICATE_PATH = "/etc/cloud-sql/server-ca.pem";

/** How a job reaches the database: itself, by an Auth Proxy in its container, or both. */
export type JobConnection = "direct" | "proxied" | "both";

/** @returns with passwords, jobs connect to the instance itself; a service account's login takes an Auth Proxy */
export function connectionOf({ ownLogin }: Pick<Job, "ownLogin">, usesAccount: boolean): JobConnection {
  if (!usesAccount || ownLogin === "only") return "direct";
  return ownLogin === "too" ? "both" : "proxied";
}

/**
 * With a password, jobs connect to the instance itself, over TLS with certificate verification: they name the database as components do,
 * and get its private address instead. What a job with two logins is told of the instance is in addition.
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
