import { REVISIONS_KEPT, rollingUpdate } from "./component-deployment";
import type { Container, DeploymentValue, PodSpec, ProbeSpec } from "./kubernetes";

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
 * A Deployment for the Kubernetes API: the counterpart of what `ComponentDeployment` writes for Terraform. Without the
 * number of replicas if an autoscaler sets it, so that a release does not reset it.
 */
export function deploymentManifest(value: DeploymentValue): KubernetesObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: value.name, namespace: value.namespace, labels: value.labels },
    spec: {
      ...(value.scaled ? {} : { replicas: value.replicas }),
      revisionHistoryLimit: REVISIONS_KEPT,
      progressDeadlineSeconds: value.timeoutSeconds,
      strategy:
        value.rollout === "recreate"
          ? { type: "Recreate" }
          : {
              type: "RollingUpdate",
              rollingUpdate: {
                maxSurge: Number(rollingUpdate.maxSurge),
                maxUnavailable: Number(rollingUpdate.maxUnavailable),
              },
            },
      selector: { matchLabels: value.selector },
      template: {
        metadata: { labels: value.template.labels, annotations: value.template.annotations },
        spec: podManifest(value.template.spec),
      },
    },
  };
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
