import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import type { VerticalRange } from "../application-config";
import { multiplied } from "./container-limits";
import { CustomResource } from "./custom-resource";
import { AUTH_PROXY_CONTAINER } from "./auth-proxy";
import { type DeploymentValue, kindOf } from "./kubernetes";

export interface VerticalAutoscalerProps {
  readonly value: DeploymentValue;
  readonly range: VerticalRange;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Lets the cluster change what the containers of a Deployment or StatefulSet request. It changes pods when they are made, not their
 * Deployment or StatefulSet, so a plan does not see it. It never evicts a single pod, because none would be left (`minReplicas` is
 * 2 by default), but waits until that ends for another reason.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/vertical-pod-autoscaling
 */
export class VerticalAutoscaler extends Construct {
  constructor(scope: Construct, id: string, { value, range, dependsOn }: VerticalAutoscalerProps) {
    super(scope, id);
    const containers = value.template.spec.containers.filter(({ name }) => name !== AUTH_PROXY_CONTAINER);
    new CustomResource(this, "vertical", {
      apiVersion: "autoscaling.k8s.io/v1",
      kind: "VerticalPodAutoscaler",
      name: value.name,
      namespace: value.namespace,
      labels: value.labels,
      spec: {
        targetRef: { apiVersion: "apps/v1", kind: kindOf(value), name: value.name },
        updatePolicy: { updateMode: "Recreate", minReplicas: 2 },
        resourcePolicy: {
          containerPolicies: [
            ...containers.map(({ name, resources: { requests } }) => ({
              containerName: name,
              mode: "Auto",
              controlledResources: ["cpu", "memory"],
              controlledValues: "RequestsAndLimits",
              minAllowed: multiplied(requests, range.least),
              maxAllowed: multiplied(requests, range.most),
            })),
            // The Auth Proxy, and everything else that is added to the pod.
            { containerName: "*", mode: "Off" },
          ],
        },
      },
      dependsOn,
    });
  }
}
