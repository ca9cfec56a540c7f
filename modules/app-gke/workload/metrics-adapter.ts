import { Construct } from "constructs";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { ApplicationConfig } from "../application-config";
import type { SharedServices } from "../google/shared-services";
import type { PlanCheck } from "../terraform/check-block";

export interface MetricsAdapterProps {
  readonly services: SharedServices;
  readonly application: ApplicationConfig;
}

/** Kubernetes' name of what answers autoscalers with metrics that are not the cluster's own. */
const API = "v1beta1.external.metrics.k8s.io";

/**
 * Refuses, at plan time, an autoscaler that would get no answer: it would say so in its events alone, and add no pod. The adapter is
 * one for the whole cluster, so whoever runs that has to install it.
 */
export class MetricsAdapter extends Construct {
  /** None where no component has pods added by what waits for it. */
  readonly checks: readonly PlanCheck[];

  constructor(scope: Construct, id: string, { services, application }: MetricsAdapterProps) {
    super(scope, id);
    const scaled = application.components.filter(({ scaling }) => scaling?.type === "automatic" && scaling.waiting);
    this.checks =
      scaled.length > 0
        ? [
            this.lookUp(
              services.cluster.name,
              scaled.map(({ name }) => name),
            ),
          ]
        : [];
  }

  private lookUp(cluster: string, components: readonly string[]): PlanCheck {
    const found = new DataKubernetesResources(this, "api", {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      fieldSelector: `metadata.name=${API}`,
    });
    return {
      condition: `length(data.${found.terraformResourceType}.${found.friendlyUniqueId}.objects) > 0`,
      message:
        `Cluster ${cluster} has no adapter for external metrics (APIService ${API}), and the autoscaler of ` +
        `${components.join(" and ")} would add no pod for what waits. Install one (docs/monitoring.md#scaling-by-what-waits), or ` +
        `set worker_scaling = "cpu".`,
    };
  }
}
