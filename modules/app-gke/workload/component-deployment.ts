import type { ITerraformDependable, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { DeploymentV1, type DeploymentV1Config } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import type { Component, Waiting } from "../application-config";
import { resourcesOf } from "../terraform/dependencies";
import type { ClusterAccess } from "../terraform/cluster-script";
import { HandOver, runningImages } from "./hand-over";
import { type DeploymentValue, kindOf, REVISIONS_KEPT, rollingUpdate, type StatefulSetValue } from "./kubernetes";
import { PodsService } from "./pods-service";
import { StatefulSet } from "./stateful-set";
import { SHAPE, StatefulSetShape } from "./stateful-set-shape";
import { terraformPod } from "./terraform-pod";
import { VerticalAutoscaler } from "./vertical-autoscaler";

export interface ComponentDeploymentProps {
  readonly component: Component;
  readonly value: DeploymentValue;
  /** Terraform paths that others change after it was created. @default [] */
  readonly notOurs?: readonly string[];
  /** Number or percentage (`50%`) of pods that a voluntary disruption leaves running. @default - no budget */
  readonly minAvailable?: string;
  readonly dependsOn: readonly ITerraformDependable[];
  /** The namespace as plain text: plans read in it. */
  readonly plainNamespace: string;
  /** How the cluster's API is reached. */
  readonly access: ClusterAccess;
  /** Whether a pipeline decides on an image once the pods run. @default - Terraform decides on all */
  readonly delivered?: (image: string) => boolean;
  /** Whether proxies of a service mesh connect to its pods. @default false */
  readonly forMesh?: boolean;
  /** Where it runs: metrics of the same name exist in other clusters too. */
  readonly cluster: { readonly name: string; readonly location: string };
}

/**
 * The pods of a component: a Deployment or a StatefulSet, an autoscaler if it scales, and a disruption budget if it has more
 * than one replica.
 */
export class ComponentDeployment extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: ComponentDeploymentProps) {
    super(scope, id);
    const { access, component, delivered, plainNamespace } = props;
    const value =
      component.takesOver && delivered ? runningImages(this, props.value, plainNamespace, delivered) : props.value;
    const metadata = { name: value.name, namespace: value.namespace, labels: { ...value.labels } };
    const { statefulSet } = value;
    const before = statefulSet ? this.beforeStatefulSet({ ...value, statefulSet }, props) : [];
    const notOurs = [
      ...(statefulSet ? SHAPE : []),
      // The autoscaler sets the number of replicas from the start.
      ...(value.scaled ? ["spec[0].replicas"] : []),
      ...(props.notOurs ?? []),
    ];
    const workload = this.createWorkload(value, {
      dependsOn: [...props.dependsOn, ...before],
      lifecycle: notOurs.length > 0 ? { ignoreChanges: notOurs } : undefined,
    });
    this.name = workload instanceof DeploymentV1 ? workload.metadata.name : workload.name;
    if (component.takesOver) new HandOver(this, "hand-over", { value, workload, access });

    const { scaling, vertical } = component;
    if (vertical) {
      if (scaling?.type === "automatic")
        throw new Error(
          `Component ${component.name} has automatic scaling and vertical: both autoscalers use the same CPU usage and would work ` +
            `against each other. Leave one of the two out.`,
        );
      new VerticalAutoscaler(this, "vertical-autoscaler", { value, range: vertical, dependsOn: [workload] });
    }
    if (scaling?.type === "automatic") {
      new HorizontalPodAutoscalerV2(this, "autoscaler", {
        metadata,
        spec: {
          minReplicas: scaling.minimum,
          maxReplicas: scaling.maximum,
          scaleTargetRef: { apiVersion: "apps/v1", kind: kindOf(value), name: this.name },
          metric: [
            {
              type: "Resource",
              resource: {
                name: "cpu",
                target: { type: "Utilization", averageUtilization: scaling.cpuUtilization ?? 70 },
              },
            },
            ...(scaling.waiting ? [externalMetric(scaling.waiting, value.namespace, props.cluster)] : []),
          ],
          behavior: scaling.waiting && slowly,
        },
      });
    }
    const budget = disruptionBudget(props.minAvailable, value.replicas);
    if (budget) {
      new PodDisruptionBudgetV1(this, "disruption-budget", {
        metadata,
        spec: { ...budget, selector: { matchLabels: { ...value.selector } } },
      });
    }
  }

  /** What has to exist before a StatefulSet. */
  private beforeStatefulSet(
    value: DeploymentValue & { readonly statefulSet: StatefulSetValue },
    { component, forMesh, plainNamespace, access, dependsOn }: ComponentDeploymentProps,
  ): TerraformResource[] {
    const name = value.statefulSet.serviceName;
    const named =
      component.ports && component.statefulSet?.headlessService !== false
        ? [new PodsService(this, "pods-service", { component, forMesh, value, name })]
        : [];
    return resourcesOf(...named, new StatefulSetShape(this, "shape", { value, plainNamespace, access, dependsOn }));
  }

  private createWorkload(
    value: DeploymentValue,
    common: Pick<DeploymentV1Config, "dependsOn" | "lifecycle">,
  ): DeploymentV1 | StatefulSet {
    const { name, namespace, labels, replicas, selector, statefulSet, timeoutSeconds } = value;
    const metadata = { name, namespace, labels: { ...labels } };
    const template = {
      metadata: { labels: { ...value.template.labels }, annotations: { ...value.template.annotations } },
      spec: terraformPod(value.template.spec),
    };
    if (statefulSet) {
      const own = { metadata, replicas, selector, template, value: statefulSet, timeoutSeconds };
      return new StatefulSet(this, "stateful-set", { ...own, ...common });
    }
    return new DeploymentV1(this, "deployment", {
      metadata,
      spec: {
        replicas: String(replicas),
        revisionHistoryLimit: REVISIONS_KEPT,
        progressDeadlineSeconds: timeoutSeconds,
        strategy: value.rollout === "recreate" ? { type: "Recreate" } : { type: "RollingUpdate", rollingUpdate },
        selector: { matchLabels: { ...selector } },
        template,
      },
      waitForRollout: true,
      timeouts: { create: `${timeoutSeconds}s`, update: `${timeoutSeconds}s`, delete: "10m" },
      ...common,
    });
  }
}

/**
 * A budget without a pod to spare would keep every node from being drained. So a single replica has no budget, and of
 * several replicas one may always go, even if `minAvailable` asks for all of them.
 * @param minAvailable number or percentage such as `50%`, which Kubernetes rounds up
 * @param replicas the fewest pods that run
 */
function disruptionBudget(minAvailable: string | undefined, replicas: number) {
  if (minAvailable === undefined || replicas < 2) return undefined;
  const share = minAvailable.endsWith("%");
  const kept = share ? Math.ceil((Number.parseInt(minAvailable) / 100) * replicas) : Number(minAvailable);
  return kept < replicas ? { minAvailable } : { maxUnavailable: "1" };
}

/**
 * Adds pods for waiting work. The autoscaler takes the largest number that any metric asks for. If a metric has no value, the
 * others can still add pods, but none are taken away
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details).
 * @see https://cloud.google.com/kubernetes-engine/docs/tutorials/autoscaling-metrics
 */
function externalMetric({ metric, each }: Waiting, namespace: string, cluster: ComponentDeploymentProps["cluster"]) {
  return {
    type: "External",
    external: {
      metric: {
        name: `prometheus.googleapis.com|${metric}|gauge`,
        selector: [
          {
            matchLabels: {
              "resource.labels.cluster": cluster.name,
              "resource.labels.location": cluster.location,
              "resource.labels.namespace": namespace,
            },
          },
        ],
      },
      target: { type: "AverageValue", averageValue: String(each) },
    },
  };
}

/**
 * Takes pods away slowly: waiting work comes in bursts, and pods would otherwise end between two of them. Times in seconds.
 */
const slowly = {
  scaleDown: [
    {
      stabilizationWindowSeconds: 600,
      selectPolicy: "Max",
      policy: [{ type: "Pods", value: 1, periodSeconds: 120 }],
    },
  ],
};
