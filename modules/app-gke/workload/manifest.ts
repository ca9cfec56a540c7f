import {
  CLAIMS_STAY,
  type Container,
  type DeploymentValue,
  kindOf,
  type PodSpec,
  type ProbeSpec,
  REVISIONS_KEPT,
  rollingUpdate,
  type StatefulSetValue,
} from "./kubernetes";

/** An object for the Kubernetes API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/**
 * A Deployment or a StatefulSet for the Kubernetes API: the counterpart of what `ComponentDeployment` writes for Terraform.
 * Without the number of replicas if an autoscaler sets it, so that a release does not reset it.
 */
export function workloadManifest(value: DeploymentValue): KubernetesObject {
  const { statefulSet } = value;
  return {
    apiVersion: "apps/v1",
    kind: kindOf(value),
    metadata: { name: value.name, namespace: value.namespace, labels: value.labels },
    spec: {
      ...(value.scaled ? {} : { replicas: value.replicas }),
      revisionHistoryLimit: REVISIONS_KEPT,
      ...(statefulSet ? ofStatefulSet(statefulSet) : ofDeployment(value)),
      selector: { matchLabels: value.selector },
      template: {
        metadata: { labels: value.template.labels, annotations: value.template.annotations },
        spec: podManifest(value.template.spec),
      },
    },
  };
}

function ofDeployment({ rollout, timeoutSeconds }: DeploymentValue): object {
  return {
    progressDeadlineSeconds: timeoutSeconds,
    strategy:
      rollout === "recreate"
        ? { type: "Recreate" }
        : {
            type: "RollingUpdate",
            rollingUpdate: {
              maxSurge: Number(rollingUpdate.maxSurge),
              maxUnavailable: Number(rollingUpdate.maxUnavailable),
            },
          },
  };
}

function ofStatefulSet({ serviceName, podManagementPolicy, updateStrategy, claims }: StatefulSetValue): object {
  return {
    serviceName,
    podManagementPolicy,
    updateStrategy: {
      type: updateStrategy,
      ...(updateStrategy === "RollingUpdate" && { rollingUpdate: { partition: 0 } }),
    },
    persistentVolumeClaimRetentionPolicy: CLAIMS_STAY,
    ...(claims.length > 0 && { volumeClaimTemplates: claimTemplates(claims) }),
  };
}

/** @returns what the claims of each pod are made from */
export function claimTemplates(claims: StatefulSetValue["claims"]): object[] {
  return claims.map(({ name, labels, accessMode, storageClassName, size }) => ({
    metadata: { name, labels },
    spec: { accessModes: [accessMode], storageClassName, resources: { requests: { storage: size } } },
  }));
}

/** @returns a pod for the Kubernetes API, with the fields that `terraformPod` adds to `PodSpec` as well */
export function podManifest(pod: PodSpec): object {
  return {
    ...pod,
    ...(pod.initContainers && { initContainers: pod.initContainers.map(container) }),
    containers: pod.containers.map(container),
  };
}

function container(given: Container): object {
  return {
    ...given,
    imagePullPolicy: "IfNotPresent",
    ...(given.ports && { ports: given.ports.map((port) => ({ ...port, protocol: "TCP" })) }),
    ...(given.startupProbe && { startupProbe: probe(given.startupProbe) }),
    ...(given.readinessProbe && { readinessProbe: probe(given.readinessProbe) }),
    ...(given.livenessProbe && { livenessProbe: probe(given.livenessProbe) }),
  };
}

function probe(given: ProbeSpec): object {
  return { ...given, ...(given.httpGet && { httpGet: { ...given.httpGet, scheme: "HTTP" } }) };
}
