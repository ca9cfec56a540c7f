import type { Toleration } from "../application-config";

/**
 * The part of the Kubernetes API that this project uses, in Kubernetes' own spelling
 * (https://kubernetes.io/docs/reference/kubernetes-api/). Optional fields are left out of objects; the reference says
 * what that means.
 */

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

export interface Quantities {
  readonly cpu: string;
  readonly memory: string;
  readonly "ephemeral-storage": string;
  readonly "nvidia.com/gpu"?: string;
}

export interface ProbeSpec {
  readonly httpGet?: { readonly path: string; readonly port: number };
  readonly tcpSocket?: { readonly port: number };
  readonly exec?: { readonly command: readonly string[] };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

export interface LifecycleHandler {
  readonly exec: { readonly command: readonly string[] };
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env?: readonly EnvVar[];
  readonly resources: { readonly requests: Quantities; readonly limits: Quantities };
  readonly startupProbe?: ProbeSpec;
  readonly readinessProbe?: ProbeSpec;
  readonly livenessProbe?: ProbeSpec;
  readonly lifecycle?: { readonly postStart?: LifecycleHandler; readonly preStop?: LifecycleHandler };
  readonly securityContext: {
    readonly runAsNonRoot: boolean;
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly readOnlyRootFilesystem: boolean;
    readonly allowPrivilegeEscalation: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
  };
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit: string };
  readonly nfs?: { readonly server: string; readonly path: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly csi?: {
    readonly driver: string;
    readonly readOnly: boolean;
    readonly volumeAttributes: Readonly<Record<string, string>>;
  };
  readonly configMap?: {
    readonly name: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: false;
  readonly restartPolicy: "Always" | "Never" | "OnFailure";
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: {
    readonly fsGroup: number;
    readonly fsGroupChangePolicy: "OnRootMismatch";
    readonly runAsNonRoot: boolean;
    readonly seccompProfile: { readonly type: "RuntimeDefault" };
  };
  /** They run one after the other, each to its end, before the containers. */
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly priorityClassName?: string;
  readonly topologySpreadConstraints?: readonly {
    readonly maxSkew: number;
    readonly topologyKey: string;
    readonly whenUnsatisfiable: "ScheduleAnyway" | "DoNotSchedule";
    readonly labelSelector: {
      readonly matchLabels: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly { readonly key: string; readonly operator: "Exists" }[];
    };
  }[];
}

export interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** What a StatefulSet has that a Deployment does not. */
export interface StatefulSetValue {
  /** Name of the Service that gives pods their names, whether or not it exists. Kubernetes does not let it change. */
  readonly serviceName: string;
  readonly podManagementPolicy: "OrderedReady" | "Parallel";
  readonly updateStrategy: "RollingUpdate" | "OnDelete";
  readonly claims: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly accessMode: "ReadWriteOnce" | "ReadWriteOncePod";
    readonly storageClassName: string;
    readonly size: string;
    /** The variables that set size and class, for messages. */
    readonly named: { readonly size: string; readonly storageClass: string };
  }[];
}

/** A Deployment, or a StatefulSet, before it is rendered for Terraform or for Kubernetes. */
export interface DeploymentValue {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Number of pods to start with. */
  readonly replicas: number;
  /** Whether an autoscaler sets the number from the start. */
  readonly scaled: boolean;
  readonly rollout: "rolling" | "recreate";
  /** Seconds after which a rollout that is not ready counts as failed. */
  readonly timeoutSeconds: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly template: PodTemplate;
  /** @default - it is a Deployment */
  readonly statefulSet?: StatefulSetValue;
}

/** @returns what makes the pods */
export function kindOf({ statefulSet }: Pick<DeploymentValue, "statefulSet">): "Deployment" | "StatefulSet" {
  return statefulSet ? "StatefulSet" : "Deployment";
}

/** Claims and their disks outlive a StatefulSet, and the pods that an autoscaler takes away. */
export const CLAIMS_STAY = { whenDeleted: "Retain", whenScaled: "Retain" } as const;

/** Old templates of pods to roll back to. */
export const REVISIONS_KEPT = 3;
/** A new pod is ready before an old one is stopped. */
export const rollingUpdate = { maxSurge: "1", maxUnavailable: "0" } as const;
