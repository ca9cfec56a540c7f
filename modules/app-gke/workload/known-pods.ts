import type { ApplicationConfig } from "../application-config";
import { onCloudSql } from "./data-database";
import type { PodSpec } from "./kubernetes";
import { knownContext, type KnownContextProps } from "./known-context";
import { AUTH_PROXY_HEALTH_PORT } from "./auth-proxy";
import { jobPod } from "./job-pod";
import { podSpec, type Task } from "./pod";
import { podGroups } from "./pod-groups";
import { databasePort } from "./names";
import { withServerCertificate } from "./server-certificate";

/** What is known of a pod without a cluster. */
export interface KnownPod {
  /** Name of its component or job. */
  readonly name: string;
  /** Whether the shared files are mounted in it. */
  readonly sharesFiles: boolean;
  /** Made when it is first asked for: most questions are about a few of the pods, or their ports. */
  readonly spec: PodSpec;
  /** Ports that something in it listens on, each with what listens. */
  readonly ports: readonly { readonly port: number; readonly of: string }[];
}

class Pod implements KnownPod {
  private made?: PodSpec;

  constructor(
    readonly name: string,
    readonly sharesFiles: boolean,
    readonly ports: KnownPod["ports"],
    private readonly make: () => PodSpec,
  ) {}

  get spec(): PodSpec {
    this.made ??= this.make();
    return this.made;
  }
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
  const shares = (tasks: readonly Pick<Task, "needs">[]): boolean =>
    sharedFiles !== undefined && tasks.some(({ needs }) => Boolean(needs?.sharedFiles));
  const components = podGroups(application.components).map((group) => {
    const ports = [
      ...(group.some(({ needs }) => needs?.database) ? proxied : []).map((port) => ({ port, of: "the Auth Proxy" })),
      ...group.flatMap(({ name, ports = [], metrics }) => [
        ...ports.map(({ containerPort }) => ({ port: containerPort, of: name })),
        ...(metrics ? [{ port: metrics.port, of: `${name}'s metrics` }] : []),
      ]),
    ];
    return new Pod(group[0].name, shares(group), ports, () =>
      podSpec(group, context, {
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 0,
        ownVolumes: group[0].statefulSet?.volumes,
      }),
    );
  });
  const jobs = (application.jobs ?? []).map(
    (job) =>
      new Pod(job.name, shares([job]), [], () =>
        jobPod(withServerCertificate(job, database, cloudSql && { privateIp: "", serverCertificate: "" }), context, {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 0,
        }),
      ),
  );
  return [...components, ...jobs];
}
