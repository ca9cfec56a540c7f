import { Construct } from "constructs";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { ApplicationConfig } from "../application-config";
import type { SharedServices } from "../google/shared-services";
import type { PlanCheck } from "../terraform/check-block";

export interface PriorityClassesProps {
  readonly services: SharedServices;
  readonly application: ApplicationConfig;
}

/**
 * Refuses, at plan time, pods with a PriorityClass that is not there: the cluster would refuse each of them, and the rollout would wait
 * until it times out. They are the whole cluster's, so whoever runs that has to create them.
 */
export class PriorityClasses extends Construct {
  /** None where no pod has one. */
  readonly checks: readonly PlanCheck[];

  constructor(scope: Construct, id: string, { services, application }: PriorityClassesProps) {
    super(scope, id);
    const tasks = [...application.components, ...(application.jobs ?? [])];
    const wanted = [...new Set(tasks.flatMap(({ place }) => place?.priorityClass ?? []))].sort();
    this.checks = wanted.length > 0 ? [this.lookUp(services.cluster.name, wanted)] : [];
  }

  private lookUp(cluster: string, wanted: readonly string[]): PlanCheck {
    const found = new DataKubernetesResources(this, "found", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
    });
    const names = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.objects[*].metadata.name`;
    const missing = `setsubtract(${JSON.stringify(wanted)}, ${names})`;
    return {
      condition: `length(${missing}) == 0`,
      message:
        `Cluster ${cluster} has no PriorityClass \${join(", ", ${missing})}: it would refuse the pods, and the rollout would wait until it times ` +
        `out. Have it created (kubectl create priorityclass), or correct priority_class.`,
    };
  }
}
