import type {
  DeploymentV1SpecTemplateSpec,
  DeploymentV1SpecTemplateSpecContainer,
  DeploymentV1SpecTemplateSpecContainerLivenessProbe,
  DeploymentV1SpecTemplateSpecVolume,
} from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { Container, LifecycleHandler, PodSpec, ProbeSpec, Volume } from "./kubernetes";

/**
 * A pod in the spelling of Terraform's Kubernetes provider, where a list of blocks has a singular name. Deployments,
 * StatefulSets, jobs and cron jobs share it.
 */
export function terraformPod(pod: PodSpec): DeploymentV1SpecTemplateSpec {
  return {
    serviceAccountName: pod.serviceAccountName,
    automountServiceAccountToken: pod.automountServiceAccountToken,
    enableServiceLinks: pod.enableServiceLinks,
    restartPolicy: pod.restartPolicy,
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds,
    securityContext: {
      fsGroup: String(pod.securityContext.fsGroup),
      fsGroupChangePolicy: pod.securityContext.fsGroupChangePolicy,
      runAsNonRoot: pod.securityContext.runAsNonRoot,
      seccompProfile: { type: pod.securityContext.seccompProfile.type },
    },
    initContainer: pod.initContainers?.map(container),
    container: pod.containers.map(container),
    volume: pod.volumes?.map(volume),
    nodeSelector: pod.nodeSelector && { ...pod.nodeSelector },
    priorityClassName: pod.priorityClassName,
    toleration: pod.tolerations.map((toleration) => ({ ...toleration })),
    topologySpreadConstraint: pod.topologySpreadConstraints?.map(({ labelSelector, ...constraint }) => ({
      ...constraint,
      labelSelector: [
        {
          matchLabels: { ...labelSelector.matchLabels },
          matchExpressions: labelSelector.matchExpressions?.map((expression) => ({ ...expression })),
        },
      ],
    })),
  };
}

function container(given: Container): DeploymentV1SpecTemplateSpecContainer {
  const { securityContext, resources } = given;
  return {
    name: given.name,
    image: given.image,
    imagePullPolicy: "IfNotPresent",
    command: copy(given.command),
    args: copy(given.args),
    port: given.ports?.map(({ name, containerPort }) => ({ name, containerPort, protocol: "TCP" })),
    envFrom: given.envFrom?.map(({ configMapRef }) => ({ configMapRef: { name: configMapRef.name } })),
    env: given.env?.map(({ name, value, valueFrom }) => ({
      name,
      value,
      valueFrom: valueFrom && { secretKeyRef: { ...valueFrom.secretKeyRef } },
    })),
    resources: { requests: { ...resources.requests }, limits: { ...resources.limits } },
    startupProbe: given.startupProbe && probe(given.startupProbe),
    readinessProbe: given.readinessProbe && probe(given.readinessProbe),
    livenessProbe: given.livenessProbe && probe(given.livenessProbe),
    lifecycle: given.lifecycle && {
      postStart: given.lifecycle.postStart && [handler(given.lifecycle.postStart)],
      preStop: given.lifecycle.preStop && [handler(given.lifecycle.preStop)],
    },
    securityContext: {
      runAsNonRoot: securityContext.runAsNonRoot,
      runAsUser: String(securityContext.runAsUser),
      runAsGroup: String(securityContext.runAsGroup),
      readOnlyRootFilesystem: securityContext.readOnlyRootFilesystem,
      allowPrivilegeEscalation: securityContext.allowPrivilegeEscalation,
      capabilities: {
        drop: [...securityContext.capabilities.drop],
        add: copy(securityContext.capabilities.add),
      },
    },
    volumeMount: given.volumeMounts?.map((mount) => ({ ...mount })),
  };
}

function handler({ exec }: LifecycleHandler): { exec: { command: string[] } } {
  return { exec: { command: [...exec.command] } };
}

function probe(given: ProbeSpec): DeploymentV1SpecTemplateSpecContainerLivenessProbe {
  return {
    httpGet: given.httpGet && { path: given.httpGet.path, port: String(given.httpGet.port), scheme: "HTTP" },
    tcpSocket: given.tcpSocket && [{ port: String(given.tcpSocket.port) }],
    exec: given.exec && { command: [...given.exec.command] },
    initialDelaySeconds: given.initialDelaySeconds,
    periodSeconds: given.periodSeconds,
    timeoutSeconds: given.timeoutSeconds,
    failureThreshold: given.failureThreshold,
  };
}

function volume(given: Volume): DeploymentV1SpecTemplateSpecVolume {
  return {
    name: given.name,
    emptyDir: given.emptyDir && { sizeLimit: given.emptyDir.sizeLimit },
    nfs: given.nfs && { ...given.nfs },
    persistentVolumeClaim: given.persistentVolumeClaim && { ...given.persistentVolumeClaim },
    csi: given.csi && { ...given.csi, volumeAttributes: { ...given.csi.volumeAttributes } },
    configMap: given.configMap && {
      name: given.configMap.name,
      items: given.configMap.items.map((item) => ({ ...item })),
    },
  };
}

function copy<Item>(items: readonly Item[] | undefined): Item[] | undefined {
  return items && [...items];
}
