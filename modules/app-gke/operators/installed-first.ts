import type { Precondition } from "cdktf";
import type { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";

export interface InstalledFirstProps {
  /** Name of the cluster. */
  readonly cluster: string;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** The stack that installs it. */
  readonly stack: string;
  /** What would follow without the operator: `nobody would …`. */
  readonly otherwise: string;
}

/** @returns the condition that the stack of operators was applied: the operator's namespace exists, which it creates first */
export function installedFirst(
  scope: Construct,
  { cluster, namespace, otherwise, stack }: InstalledFirstProps,
): Precondition {
  const found = new DataKubernetesNamespaceV1(scope, "namespace", { metadata: { name: namespace } });
  return {
    condition: `\${try(length(data.${found.terraformResourceType}.${found.friendlyUniqueId}.metadata[0].uid), 0) > 0}`,
    errorMessage:
      `Cluster ${cluster} has no namespace ${namespace}, so the operator that install_operators asks for is not there yet, and ` +
      `${otherwise}. Apply the stack ${stack} first.`,
  };
}
