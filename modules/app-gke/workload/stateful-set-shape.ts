import { DataResource, type ITerraformDependable, type Precondition, TerraformDataSource } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import type { DeploymentValue, StatefulSetValue } from "./kubernetes";
import { claimTemplates } from "./manifest";
import { bytes, inBytes } from "./quantities";

export interface StatefulSetShapeProps {
  readonly value: DeploymentValue & { readonly statefulSet: StatefulSetValue };
  /** The namespace as plain text: a plan reads claims in it. */
  readonly plainNamespace: string;
  readonly access: ClusterAccess;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Terraform paths of a StatefulSet that only `StatefulSetShape` changes. */
export const SHAPE = ["spec[0].volume_claim_template", "spec[0].pod_management_policy"] as const;

/**
 * Changes what Kubernetes lets no update of a StatefulSet change: its claims, and the order in which pods start. Terraform would
 * delete it with its pods. Instead, a script lets the claims grow, and makes the StatefulSet again around its pods. It runs before
 * the StatefulSet is updated, whose template may already need a new volume. A plan refuses disks that would have to shrink or to
 * change their class: it reads the claim of the first pod.
 */
export class StatefulSetShape extends Construct {
  constructor(scope: Construct, id: string, { value, plainNamespace, access, dependsOn }: StatefulSetShapeProps) {
    super(scope, id);
    const { claims, podManagementPolicy } = value.statefulSet;
    const input = {
      namespace: value.namespace,
      name: value.name,
      selector: Object.entries(value.selector)
        .map(([label, of]) => `${label}=${of}`)
        .join(","),
      podManagementPolicy,
      volumeClaimTemplates: claimTemplates(claims),
    };
    new DataResource(this, "made", {
      input,
      triggersReplace: input,
      dependsOn: [...dependsOn],
      provisioners: [clusterScript("reshape", access, accessToken(this, dependsOn))],
      lifecycle: { precondition: claims.flatMap((claim) => this.conditionsOf(claim, value.name, plainNamespace)) },
    });
  }

  private conditionsOf(claim: StatefulSetValue["claims"][number], workload: string, namespace: string): Precondition[] {
    // Nothing to depend on: it is read at every plan, and has no `spec` where it does not exist.
    const first = `${claim.name}-${workload}-0`;
    const found = new TerraformDataSource(this, claim.name, {
      terraformResourceType: "kubernetes_persistent_volume_claim_v1",
    });
    found.addOverride("metadata", { name: first, namespace });
    const spec = `data.kubernetes_persistent_volume_claim_v1.${found.friendlyUniqueId}.spec[0]`;
    const has = `try(${spec}.resources[0].requests["storage"], "0")`;
    const storageClass = `try(${spec}.storage_class_name, "")`;
    const stays = "Their data stays until somebody deletes the claims";
    return [
      {
        condition: `\${try(${inBytes(has)} <= ${bytes(claim.size)}, true)}`,
        errorMessage:
          `${claim.named.size} is ${claim.size}, and the disks have \${${has}} (claim ${first}). A disk cannot shrink. Set it to ` +
          `\${${has}} or more. ${stays}: kubectl -n ${namespace} get pvc`,
      },
      {
        condition: `\${contains(["", "${claim.storageClassName}"], ${storageClass})}`,
        errorMessage:
          `${claim.named.storageClass} is ${claim.storageClassName}, and the disks were made with \${${storageClass}} (claim ${first}). ` +
          `A disk keeps the class that it was made with, so some pods would have one and some another. Set it back. ${stays}: ` +
          `kubectl -n ${namespace} get pvc`,
      },
    ];
  }
}
