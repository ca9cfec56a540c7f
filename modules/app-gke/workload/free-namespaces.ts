import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import type { PlanCheck } from "../terraform/check-block";
import { idOf, named } from "../terraform/stack";
import { INSTANCE_LABEL } from "./labels";

export interface FreeNamespacesProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly namespace: string;
  /** Those with namespaces of their own. */
  readonly stages: readonly { readonly installation: Installation; readonly namespace: string }[];
}

/**
 * Refuses, at plan time, a namespace that somebody else made: everything of an installation is created in a namespace of
 * its own, and its network policies, quota and pod security are the whole namespace's. Kubernetes would only refuse it in
 * the middle of an apply, with databases and buckets made.
 */
export class FreeNamespaces extends Construct {
  readonly checks: readonly PlanCheck[];

  constructor(scope: Construct, id: string, { installation: home, services, namespace, stages }: FreeNamespacesProps) {
    super(scope, id);
    const clusterName = services.cluster.name;
    this.checks = [{ installation: home, namespace }, ...stages].map(({ installation, namespace: name }) => {
      // Nothing to depend on: it is read at every plan. Of a namespace that does not exist, it has no uid.
      const found = new DataKubernetesNamespaceV1(named(this, "namespaces"), idOf(name), { metadata: { name } });
      const metadata = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.metadata[0]`;
      const owner = `try(${metadata}.labels["${INSTANCE_LABEL}"], "")`;
      return {
        condition: `try(length(${metadata}.uid), 0) == 0 || ${owner} == "${installation.resourcePrefix}"`,
        message:
          `Namespace ${name} of cluster ${clusterName} exists, and belongs to \${${owner} == "" ? "somebody else" : ${owner}} ` +
          `(label ${INSTANCE_LABEL}): the apply would stop there half-way, and network policies and quota would hold for ` +
          `what others run in it. Set namespace_name to a name that is free, or leave it out. If the namespace is this ` +
          `environment's own, import it with that label set to ${installation.resourcePrefix}.`,
      };
    });
  }
}
