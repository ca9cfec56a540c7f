import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import type { Component } from "../application-config";
import type { Deployment } from "../deployment";
import { serviceName } from "./component-service";
import type { PodSpec } from "./kubernetes";
import { commonLabels, selectorLabels } from "./labels";
import { terraformPod } from "./terraform-pod";

export interface ComponentDeploymentProps {
  readonly deployment: Deployment;
  readonly namespace: string;
  readonly component: Component;
  readonly version: string;
  readonly pod: PodSpec;
  /** Change with configuration and secrets, so that a new value starts new pods. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Seconds until a rollout that is not ready has failed. */
  readonly timeoutSeconds: number;
  /** Pods, or `50%`, that a voluntary disruption leaves running. @default - no budget */
  readonly minAvailable?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The pods of a component: Deployment, autoscaler where it scales, disruption budget where it has replicas to lose. */
export class ComponentDeployment extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: ComponentDeploymentProps) {
    super(scope, id);
    const { component, deployment } = props;
    const scaling = component.scaling ?? { type: "fixed", replicas: 1 };
    const minimum = scaling.type === "fixed" ? scaling.replicas : scaling.minimum;
    const metadata = {
      name: serviceName(deployment, component.name),
      namespace: props.namespace,
      labels: { ...commonLabels(deployment), "app.kubernetes.io/component": component.name },
    };
    const selector = selectorLabels(deployment, component.name);

    const workload = new DeploymentV1(this, "deployment", {
      metadata,
      spec: {
        replicas: String(minimum),
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: props.timeoutSeconds,
        strategy:
          component.rollout === "recreate"
            ? { type: "Recreate" }
            : // A new pod is ready before an old one goes.
              { type: "RollingUpdate", rollingUpdate: { maxSurge: "1", maxUnavailable: "0" } },
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...commonLabels(deployment), ...selector, "app.kubernetes.io/version": props.version },
            annotations: { ...props.annotations },
          },
          spec: terraformPod(props.pod),
        },
      },
      waitForRollout: true,
      timeouts: { create: `${props.timeoutSeconds}s`, update: `${props.timeoutSeconds}s`, delete: "10m" },
      dependsOn: [...props.dependsOn],
      // The autoscaler owns the number of replicas from the first minute on.
      lifecycle: scaling.type === "automatic" ? { ignoreChanges: ["spec[0].replicas"] } : undefined,
    });
    this.name = workload.metadata.name;

    if (scaling.type === "automatic") {
      new HorizontalPodAutoscalerV2(this, "autoscaler", {
        metadata,
        spec: {
          minReplicas: scaling.minimum,
          maxReplicas: scaling.maximum,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: this.name },
          metric: [
            {
              type: "Resource",
              resource: {
                name: "cpu",
                target: { type: "Utilization", averageUtilization: scaling.cpuUtilization ?? 70 },
              },
            },
          ],
        },
      });
    }
    // With nothing to spare, a budget would only keep nodes from being drained.
    if (props.minAvailable && (props.minAvailable.endsWith("%") || minimum > Number(props.minAvailable))) {
      new PodDisruptionBudgetV1(this, "disruption-budget", {
        metadata,
        spec: { minAvailable: props.minAvailable, selector: { matchLabels: selector } },
      });
    }
  }
}
