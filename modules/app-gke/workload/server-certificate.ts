import type { Bindings, DatabaseDefinition, Job } from "../application-config";

/** Where a job finds the CA certificate of the instance. */
const SERVER_CERTIFICATE_PATH = "/etc/cloud-sql/server-ca.pem";

/**
 * With a password, jobs connect to the instance itself, over TLS with certificate verification: they name the database as components do,
 * and get its private address instead.
 */
export function withServerCertificate(
  job: Job,
  database: Pick<DatabaseDefinition, "iam"> | undefined,
  instance: { readonly privateIp: string; readonly serverCertificate: string } | undefined,
): Job {
  const { environment } = job;
  if (!job.needs?.database || !instance) return job;
  if (database?.iam?.used) {
    // The Auth Proxy in its container encrypts.
    return { ...job, environment: (bindings) => ({ PGSSLMODE: "disable", ...environment?.(bindings) }) };
  }
  const direct = (bindings: Bindings): Bindings => ({
    ...bindings,
    database: bindings.database && { ...bindings.database, host: instance.privateIp },
  });
  return {
    ...job,
    environment: (bindings) => ({
      PGSSLMODE: "verify-ca",
      PGSSLROOTCERT: SERVER_CERTIFICATE_PATH,
      ...environment?.(direct(bindings)),
    }),
    files: [...(job.files ?? []), { mountPath: SERVER_CERTIFICATE_PATH, content: () => instance.serverCertificate }],
  };
}
