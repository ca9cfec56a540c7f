import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import type { ClusterAccess } from "../terraform/cluster-script";
import { ClusterCheck, type ClusterCheckProps } from "./cluster-check";
import { metricsAdapter } from "./metrics-adapter";
import { priorityClasses } from "./priority-classes";

export interface ClusterChecksProps {
  readonly application: ApplicationConfig;
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly access: ClusterAccess;
  readonly free: ClusterCheckProps["free"];
  /** What waits for it in addition to the objects in the cluster. */
  readonly before: Construct;
}

/** Checks what only an apply can see, before it makes anything in the cluster. */
export function checkCluster(scope: Construct, props: ClusterChecksProps): void {
  const { access, application, before, free, installation, services } = props;
  const cluster = services.cluster.name;
  const needed = [...metricsAdapter(cluster, application), ...priorityClasses(cluster, application)];
  if (needed.length === 0 && !free) return;
  const check = new ClusterCheck(scope, "cluster-check", {
    ...{ access, cluster, free, needed },
    owner: installation.resourcePrefix,
  });
  check.before(scope, before);
}
