import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { ResourceQuotaV1 } from "@cdktf/provider-kubernetes/lib/resource-quota-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { serviceAccountNames } from "./names";
import type { ServiceAccounts } from "./pod";
import { descriptionAnnotation } from "./labels";
import { MESH_NAMESPACE } from "./service-mesh";

/** Limits on the sum of everything in the namespace, as Kubernetes quantities; empty for no limit. */
export interface ResourceQuota {
  /** Cores: `16`. @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota */
  readonly cpuRequests: string;
  /** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota */
  readonly cpuLimits: string;
  /**
   * With a binary unit: `8Gi`. A bare number would be bytes.
   * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota
   */
  readonly memoryRequests: string;
  /** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota */
  readonly memoryLimits: string;
  /** `50`. @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota */
  readonly maxPods: string;
  /** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota */
  readonly maxServices: string;
  /** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota */
  readonly maxPersistentVolumeClaims: string;
}

export interface NamespaceProps {
  readonly name: string;
  /** Whether it is somebody else's: it is neither changed nor deleted. @default false */
  readonly existing?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** What is in it, in a sentence. @default - no description */
  readonly description?: string;
  /** Name of the service account that acts as the Google one. */
  readonly identityServiceAccount: string;
  readonly googleServiceAccountEmail: string;
  /** Components with a service account of their own. @default [] */
  readonly ownAccounts?: readonly string[];
  /** @default - no quota */
  readonly quota?: ResourceQuota;
  /** What has to exist before pods can have a service mesh's proxy. @default - they have none */
  readonly meshedAfter?: readonly ITerraformDependable[];
}

/** The namespace with its service accounts: one with the installation's Google identity, one without, and components' own. */
export class Namespace extends Construct {
  readonly name: string;
  readonly serviceAccounts: ServiceAccounts;

  constructor(scope: Construct, id: string, props: NamespaceProps) {
    super(scope, id);
    this.name = props.existing
      ? new DataKubernetesNamespaceV1(this, "namespace", { metadata: { name: props.name } }).metadata.name
      : this.create(props);

    const account = (accountId: string, name: string, annotations: Record<string, string>): string =>
      new ServiceAccountV1(this, accountId, {
        metadata: { name, namespace: this.name, labels: { ...props.labels }, annotations },
        automountServiceAccountToken: false,
      }).metadata.name;
    const names = serviceAccountNames(props.identityServiceAccount);
    const own = new Map(
      (props.ownAccounts ?? []).map((component) => [component, account(component, names.own(component), {})]),
    );
    this.serviceAccounts = {
      identity: account("identity", names.identity, {
        "iam.gke.io/gcp-service-account": props.googleServiceAccountEmail,
      }),
      none: account("no-identity", names.none, {}),
      own: (component) => own.get(component) ?? names.none,
    };

    if (props.quota) {
      new ResourceQuotaV1(this, "quota", {
        metadata: { name: "quota", namespace: this.name, labels: { ...props.labels } },
        spec: {
          hard: Object.fromEntries(
            Object.entries({
              "requests.cpu": props.quota.cpuRequests,
              "limits.cpu": props.quota.cpuLimits,
              "requests.memory": props.quota.memoryRequests,
              "limits.memory": props.quota.memoryLimits,
              pods: props.quota.maxPods,
              services: props.quota.maxServices,
              persistentvolumeclaims: props.quota.maxPersistentVolumeClaims,
            }).filter(([, bound]) => bound !== ""),
          ),
        },
      });
    }
  }

  private create(props: NamespaceProps): string {
    return new NamespaceV1(this, "namespace", {
      metadata: {
        name: props.name,
        labels: {
          ...props.labels,
          // Enforced for all pods, whatever exception a component has.
          "pod-security.kubernetes.io/enforce": "baseline",
          "pod-security.kubernetes.io/warn": "restricted",
          ...(props.meshedAfter && MESH_NAMESPACE),
        },
        annotations: descriptionAnnotation(props.description),
      },
      dependsOn: props.meshedAfter && [...props.meshedAfter],
    }).metadata.name;
  }
}
