import type { Resources } from "../application-config";
import type { Installation } from "../installation";
import { bucketAnnotations } from "./bucket-volumes";
import { serviceName } from "./component-service";
import type { DeploymentValue } from "./kubernetes";
import { commonLabels, selectorLabels } from "./labels";
import { type PodContext, podSpec } from "./pod";
import type { PodGroup } from "./pod-groups";
import { type MeshSettings, meshAnnotations, meshLabels } from "./service-mesh";
import { spreadSelector, statefulSetValue } from "./stateful-sets";

export interface DeploymentProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly version: string;
  readonly context: PodContext;
  /** Seconds after which a rollout that is not ready counts as failed. */
  readonly timeoutSeconds: number;
  /** @default - the scheduler's own choice */
  readonly topologySpread?: "preferred" | "strict";
  /** What the sidecar that mounts buckets may use. */
  readonly bucketSidecar: Resources;
  /** @default - there is no service mesh */
  readonly serviceMesh?: MeshSettings;
  /** The component that requests from outside reach first. */
  readonly entryPoint: string;
  /** Annotations of the pods: a new value replaces them. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The Deployment or StatefulSet of a pod, as Terraform creates it and as a release of Cloud Deploy applies it. */
export function deploymentValue(group: PodGroup, props: DeploymentProps): DeploymentValue {
  const { installation } = props;
  const [component] = group;
  const scaling = component.scaling ?? { type: "fixed", replicas: 1 };
  const selector = selectorLabels(installation, component.name);
  const graceSeconds = Math.max(...group.map((task) => task.terminationGracePeriodSeconds ?? 60));
  const computeClass = component.place?.computeClass;
  return {
    name: serviceName(installation, component.name),
    namespace: props.namespace,
    labels: { ...commonLabels(installation), "app.kubernetes.io/component": component.name },
    replicas: scaling.type === "fixed" ? scaling.replicas : scaling.minimum,
    scaled: scaling.type === "automatic",
    rollout: component.rollout ?? "rolling",
    timeoutSeconds: props.timeoutSeconds,
    selector,
    template: {
      labels: {
        ...commonLabels(installation),
        ...selector,
        "app.kubernetes.io/version": props.version,
        ...meshLabels(group, props.serviceMesh),
      },
      annotations: {
        ...component.annotations,
        ...bucketAnnotations(group, props.bucketSidecar, computeClass),
        ...meshAnnotations(group, props.serviceMesh, { ...props, computeClass, graceSeconds }),
        ...props.annotations,
      },
      spec: podSpec(group, props.context, {
        restartPolicy: "Always",
        terminationGracePeriodSeconds: graceSeconds,
        place: component.place,
        nodeSelector: component.nodeSelector,
        tolerations: component.tolerations,
        ownVolumes: component.statefulSet?.volumes,
        topologySpreadConstraints: props.topologySpread && [
          {
            maxSkew: 1,
            topologyKey: "topology.kubernetes.io/zone",
            whenUnsatisfiable: props.topologySpread === "strict" ? "DoNotSchedule" : "ScheduleAnyway",
            labelSelector: spreadSelector(component, selector),
          },
        ],
      }),
    },
    ...(component.statefulSet && { statefulSet: statefulSetValue(component, component.statefulSet, installation) }),
  };
}
