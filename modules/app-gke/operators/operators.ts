import { Construct } from "constructs";
import { DataGoogleContainerCluster } from "@cdktf/provider-google/lib/data-google-container-cluster";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import { controlPlane } from "../platform/control-plane";
import { helmProvider } from "../terraform/helm";
import { type KubernetesCredentials, kubernetesProvider, requireProviders } from "../terraform/providers";
import { EXTERNAL_SECRETS, externalSecrets } from "./external-secrets-operator";
import { kubeBlocks, type KubeBlocksAddon } from "./kubeblocks";
import { Operator, type OperatorDefinition, removeOperator } from "./operator";

/** An operator that can be installed. */
type OperatorName = typeof EXTERNAL_SECRETS | "kubeblocks";

export interface OperatorsProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly names: readonly OperatorName[];
  /** Where KubeBlocks is installed. @see docs/kubeblocks.md @default kb-system */
  readonly kubeBlocksNamespace?: string;
  /** What KubeBlocks can run, in addition to Qdrant. @see docs/kubeblocks.md @default [] */
  readonly kubeBlocksAddons?: readonly KubeBlocksAddon[];
  /** KubeBlocks copies its databases. @see docs/kubeblocks-operations.md @default false */
  readonly kubeBlocksBackups?: boolean;
  /** How Terraform signs in to the cluster. @see docs/operations.md @default token */
  readonly kubernetesCredentials?: KubernetesCredentials;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
}

/**
 * Operators for an application's objects, in the cluster that the foundation makes or that is named. They have a stack of their own,
 * because Terraform cannot plan an object of a kind that the cluster does not know yet.
 */
export class Operators extends Construct {
  constructor(scope: Construct, id: string, props: OperatorsProps) {
    super(scope, id);
    requireProviders(this, ["google", "kubernetes", "helm"]);
    const { installation, services, names, kubeBlocksNamespace = "kb-system", kubernetesCredentials } = props;
    const definitions: Readonly<Record<OperatorName, OperatorDefinition>> = {
      [EXTERNAL_SECRETS]: externalSecrets,
      kubeblocks: kubeBlocks(props.kubeBlocksBackups === true),
    };
    const { cluster } = services;
    const found = new DataGoogleContainerCluster(this, "cluster", {
      project: installation.projectId,
      location: cluster.location,
      name: cluster.name,
    });
    const access = controlPlane(found, cluster);
    kubernetesProvider(this, access, kubernetesCredentials);
    helmProvider(this, access, kubernetesCredentials);
    const namespaces: Readonly<Record<OperatorName, string>> = {
      [EXTERNAL_SECRETS]: EXTERNAL_SECRETS,
      kubeblocks: kubeBlocksNamespace,
    };
    const { impersonateServiceAccount } = props;
    for (const [name, definition] of Object.entries(definitions) as [OperatorName, OperatorDefinition][])
      if (names.includes(name))
        new Operator(this, name, {
          ...{ access, cluster: cluster.name, definition, impersonateServiceAccount, installation },
          namespace: namespaces[name],
          addons: name === "kubeblocks" ? props.kubeBlocksAddons : [],
        });
      else removeOperator(this, name, definition);
  }
}
