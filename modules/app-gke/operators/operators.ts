import { Construct } from "constructs";
import { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import { controlPlane } from "../platform/control-plane";
import { helmProvider } from "../terraform/helm";
import { type KubernetesCredentials, kubernetesProvider } from "../terraform/providers";
import { ExternalSecretsOperator } from "./external-secrets-operator";

/** An operator that can be installed. */
type OperatorName = "external-secrets";

export interface OperatorsProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly names: readonly OperatorName[];
  /** How Terraform signs in to the cluster. @see docs/operations.md @default token */
  readonly kubernetesCredentials?: KubernetesCredentials;
}

/**
 * Operators for an application's objects, in the cluster that the foundation makes or that is named. A stack of its own: Terraform plans no
 * object of a kind that the cluster does not know yet.
 */
export class Operators extends Construct {
  constructor(scope: Construct, id: string, { installation, services, names, kubernetesCredentials }: OperatorsProps) {
    super(scope, id);
    const { cluster } = services;
    const found = new DataGoogleContainerCluster(this, "cluster", {
      project: installation.projectId,
      location: cluster.location,
      name: cluster.name,
    });
    const at = controlPlane(found, cluster);
    kubernetesProvider(this, at, kubernetesCredentials);
    helmProvider(this, at, kubernetesCredentials);
    if (names.includes("external-secrets"))
      new ExternalSecretsOperator(this, "external-secrets", { installation, cluster: cluster.name, access: at });
  }
}
