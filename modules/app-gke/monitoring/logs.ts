import { Construct } from "constructs";
import { LoggingProjectExclusion } from "@cdktf/provider-google/lib/logging-project-exclusion";
import type { Component } from "../component";
import { type Installation, prefixedName } from "../installation";
import { LogBucket } from "./log-bucket";
import { type LogSources, serviceLogs, WITHOUT_REQUESTS } from "./log-sources";
import { ofNamespaces, passedHealthChecks } from "./log-filters";
import type { LogSettings } from "./settings";
import type { Watched } from "./watched";

export interface LogsProps {
  readonly installation: Installation;
  readonly settings: LogSettings;
  readonly watched: Pick<Watched, "cluster" | "namespaces" | "own">;
  readonly components: readonly Pick<Component, "name" | "probes">[];
  /** What else logs something of the environment. */
  readonly sources: LogSources;
}

/**
 * Where entries of an environment are kept. The project's own bucket and sink `_Default` belong to everybody, so they
 * stay as they are: exclusions are resources of their own, and match this environment's namespaces only.
 */
export class Logs extends Construct {
  /** `projects/…/views/…` @default - the environment has no bucket of its own */
  readonly view?: string;

  constructor(scope: Construct, id: string, { installation, settings, watched, components, sources }: LogsProps) {
    super(scope, id);
    const { retentionDays, viewers = [], healthChecks = true } = settings;
    const pods = `resource.type=("k8s_container" OR "k8s_pod") AND ${ofNamespaces(watched)}`;
    const left = healthChecks ? undefined : passedHealthChecks(components);
    if (retentionDays !== undefined) {
      const all = [pods, ...serviceLogs(sources)];
      const filter = all.length > 1 ? all.map((one) => `(${one})`).join(" OR ") : pods;
      const bucket = new LogBucket(this, "bucket", {
        installation,
        retentionDays,
        viewers,
        filter,
        leftOut: left,
        seen: sources.requests === undefined ? undefined : WITHOUT_REQUESTS,
      });
      this.view = bucket.view;
      this.leaveOut("moved", `What ${installation.resourcePrefix} logs, which has a bucket of its own`, filter, {
        installation,
        dependsOn: [bucket.sink],
      });
    } else if (left !== undefined) {
      const description = `Health checks that pods of ${installation.resourcePrefix} passed`;
      this.leaveOut(
        "health-checks",
        description,
        `resource.type="k8s_container" AND ${ofNamespaces(watched)} AND ${left}`,
        {
          installation,
        },
      );
    }
  }

  private leaveOut(
    id: string,
    description: string,
    filter: string,
    { installation, dependsOn }: Pick<LogsProps, "installation"> & { readonly dependsOn?: LogBucket["sink"][] },
  ): void {
    new LoggingProjectExclusion(this, id, {
      project: installation.projectId,
      name: prefixedName(installation, id),
      description,
      filter,
      dependsOn,
    });
  }
}
