import type { ApplicationConfig } from "../application-config";
import { onCloudSql } from "./data-database";
import type { PodSpec } from "./kubernetes";
import { knownContext, type KnownContextProps } from "./known-context";
import { AUTH_PROXY_HEALTH_PORT } from "./auth-proxy";
import { jobPod } from "./job-pod";
import { podSpec } from "./pod";
import { podGroups } from "./pod-groups";
import { databasePort } from "./names";
import { withServerCertificate } from "./server-certificate";

/** What is known of a pod without a cluster. */
export interface KnownPod {
  /** Name of its component or job. */
  readonly name: string;
  readonly spec: PodSpec;
  /** Ports that something in it listens on, each with what that is. */
  readonly ports: readonly { readonly port: number; readonly of: string }[];
}

/** @returns the pods of an application, with what must not collide in each: ports, volumes and directories */
export function knownPods(
  application: ApplicationConfig,
  sharedFiles: Pick<NonNullable<KnownContextProps["sharedFiles"]>, "volumeName" | "mountPath"> | undefined,
): readonly KnownPod[] {
  const context = knownContext({
    application,
    resourcePrefix: "any",
    image: (upstream) => upstream,
    authProxyImage: "any",
    databaseAccount: "any",
    sharedFiles: sharedFiles && { ...sharedFiles, subPath: "any" },
  });
  const { database } = application;
  const cloudSql = onCloudSql(database);
  const proxied = cloudSql ? [databasePort(cloudSql.version), AUTH_PROXY_HEALTH_PORT] : [];
  const components = podGroups(application.components).map((group) => ({
    name: group[0].name,
    spec: podSpec(group, context, {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 0,
      ownVolumes: group[0].statefulSet?.volumes,
    }),
    ports: [
      ...(group.some(({ needs }) => needs?.database) ? proxied : []).map((port) => ({ port, of: "the Auth Proxy" })),
      ...group.flatMap(({ name, ports = [], metrics }) => [
        ...ports.map(({ containerPort }) => ({ port: containerPort, of: name })),
        ...(metrics ? [{ port: metrics.port, of: `${name}'s metrics` }] : []),
      ]),
    ],
  }));
  const jobs = (application.jobs ?? []).map((job) => ({
    name: job.name,
    spec: jobPod(withServerCertificate(job, database, cloudSql && { privateIp: "", serverCertificate: "" }), context, {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
    }),
    ports: [],
  }));
  return [...components, ...jobs];
}
