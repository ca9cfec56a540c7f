import { DataResource } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import type { Installation } from "../installation";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { HelmRelease } from "../terraform/helm";

/** Namespace, release and chart. */
export const EXTERNAL_SECRETS = "external-secrets";
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
  readonly access: ClusterAccess;
}

/**
 * The External Secrets Operator, in a namespace of its own. A cluster that has one already keeps it: a second one is refused before anything is made, because it would
 * fail in the middle of an apply: a kind can be defined only once.
 */
export class ExternalSecretsOperator extends Construct {
  constructor(scope: Construct, id: string, { access, installation, cluster }: ExternalSecretsOperatorProps) {
    super(scope, id);
    const { resourcePrefix } = installation;
    const found = new DataKubernetesNamespaceV1(this, "found", { metadata: { name: EXTERNAL_SECRETS } });
    const metadata = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.metadata[0]`;
    const exists = `try(length(${metadata}.uid), 0) > 0`;
    const owner = `try(${metadata}.labels["${OWNER}"], "")`;
    const remedy = "Take external-secrets out of install_operators: the one that is there will do.";
    const alone = new DataResource(this, "alone", {
      input: {
        name: EXTERNAL_SECRETS,
        path: "/apis/external-secrets.io",
        otherwise:
          `cluster ${cluster} has an External Secrets Operator already, in another namespace than ${EXTERNAL_SECRETS}: its kinds can be ` +
          `defined only once, so a second one would fail in the middle of the apply. ${remedy}`,
      },
      lifecycle: { ignoreChanges: ["input"] },
      provisioners: [clusterScript("absent", access, accessToken(this))],
    });
    const namespace = new NamespaceV1(this, "namespace", {
      metadata: {
        name: EXTERNAL_SECRETS,
        labels: {
          [OWNER]: resourcePrefix,
          "app.kubernetes.io/managed-by": "terraform",
          // What the chart's pods are fit for: https://kubernetes.io/docs/concepts/security/pod-security-standards/.
          "pod-security.kubernetes.io/enforce": "restricted",
        },
      },
      dependsOn: [alone],
      lifecycle: {
        preventDestroy: installation.deletionProtection,
        precondition: [
          {
            condition: `\${!(${exists}) || ${owner} == "${resourcePrefix}"}`,
            errorMessage:
              `Cluster ${cluster} has a namespace ${EXTERNAL_SECRETS} that \${${owner} == "" ? "somebody else" : ${owner}} made (label ${OWNER}), and ` +
              `install_operators would install the operator there: the apply would stop half-way. ${remedy}`,
          },
        ],
      },
    });
    new HelmRelease(this, "release", {
      name: EXTERNAL_SECRETS,
      namespace: namespace.metadata.name,
      repository: REPOSITORY,
      chart: EXTERNAL_SECRETS,
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
