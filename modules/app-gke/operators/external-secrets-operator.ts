import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import type { Installation } from "../installation";
import { HelmRelease } from "../terraform/helm";

/** Namespace, release and chart. */
const NAME = "external-secrets";
/** https://github.com/external-secrets/external-secrets/releases/tag/helm-chart-2.9.0 */
const VERSION = "2.9.0";
const REPOSITORY = "https://charts.external-secrets.io";
/** As on the application's objects: who made it. */
const OWNER = "app.kubernetes.io/instance";
const SECONDS = 600;

export interface ExternalSecretsOperatorProps {
  readonly installation: Installation;
  /** Name of the cluster, for messages. */
  readonly cluster: string;
}

/**
 * The External Secrets Operator, in a namespace of its own. A cluster that has one already keeps it: a plan refuses a second, which would
 * fail in the middle of an apply, because a kind can be defined only once.
 */
export class ExternalSecretsOperator extends Construct {
  constructor(scope: Construct, id: string, { installation, cluster }: ExternalSecretsOperatorProps) {
    super(scope, id);
    const { resourcePrefix } = installation;
    const found = new DataKubernetesNamespaceV1(this, "found", { metadata: { name: NAME } });
    const metadata = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.metadata[0]`;
    const exists = `try(length(${metadata}.uid), 0) > 0`;
    const owner = `try(${metadata}.labels["${OWNER}"], "")`;
    const api = new DataKubernetesResources(this, "api", {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      fieldSelector: "metadata.name=v1.external-secrets.io",
    });
    const served = `length(data.${api.terraformResourceType}.${api.friendlyUniqueId}.objects) > 0`;
    const remedy = "Take external-secrets out of install_operators: the one that is there will do.";
    const namespace = new NamespaceV1(this, "namespace", {
      metadata: {
        name: NAME,
        labels: {
          [OWNER]: resourcePrefix,
          "app.kubernetes.io/managed-by": "terraform",
          // What the chart's pods are fit for: https://kubernetes.io/docs/concepts/security/pod-security-standards/.
          "pod-security.kubernetes.io/enforce": "restricted",
        },
      },
      lifecycle: {
        preventDestroy: installation.deletionProtection,
        precondition: [
          {
            condition: `\${!(${exists}) || ${owner} == "${resourcePrefix}"}`,
            errorMessage:
              `Cluster ${cluster} has a namespace ${NAME} that \${${owner} == "" ? "somebody else" : ${owner}} made (label ${OWNER}), and ` +
              `install_operators would install the operator there: the apply would stop half-way. ${remedy}`,
          },
          {
            condition: `\${!(${served}) || ${owner} == "${resourcePrefix}"}`,
            errorMessage:
              `Cluster ${cluster} has an External Secrets Operator already, in another namespace than ${NAME}: its kinds can be defined ` +
              `only once, so a second one would fail in the middle of the apply. ${remedy}`,
          },
        ],
      },
    });
    new HelmRelease(this, "release", {
      name: NAME,
      namespace: namespace.metadata.name,
      repository: REPOSITORY,
      chart: NAME,
      version: VERSION,
      values: VALUES,
      timeoutSeconds: SECONDS,
      // With it go the definitions, and with them the objects of everybody in the cluster.
      preventDestroy: installation.deletionProtection,
      dependsOn: [namespace],
    });
  }
}

/** Autopilot gives pods what they request, and not more: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests. */
function resources(cpu: string, memory: string): object {
  return { requests: { cpu, memory }, limits: { memory } };
}

const TWO = { replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } };

/**
 * What differs from the chart's own values. Without its webhook nobody can write a store or an ExternalSecret, so that two answer. Its
 * port stays 10250, which the control plane reaches in private clusters without a firewall rule
 * (https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#add_firewall_rules).
 * @see https://github.com/external-secrets/external-secrets/blob/helm-chart-2.9.0/deploy/charts/external-secrets/values.yaml
 */
const VALUES = {
  installCRDs: true,
  ...TWO,
  leaderElect: true,
  resources: resources("100m", "256Mi"),
  webhook: { ...TWO, port: 10250, resources: resources("50m", "128Mi") },
  certController: { replicaCount: 1, resources: resources("50m", "128Mi") },
};
