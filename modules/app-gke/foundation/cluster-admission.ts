import type { ContainerCluster } from "@cdktf/provider-google/lib/container-cluster";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Installation } from "../installation";
import { listSecrets } from "../google/secret-list";
import { secretReplication } from "../google/secret-replication";

export interface ClusterAdmissionProps {
  readonly installation: Installation;
  readonly clusterName: string;
  /** Pods are admitted by the project's Binary Authorization policy. */
  readonly byPolicy: boolean;
  /** Secret Manager's API. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Whether the cluster enforces the Binary Authorization policy. To turn that off, the block has to say so: the provider
 * does nothing about a missing block. A block in every cluster would show a difference where it was never on, and turn
 * it off where somebody else turned it on. So a secret without a value, which exists as long as it is on, notes that
 * this foundation turned it on.
 */
export class ClusterAdmission extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ClusterAdmissionProps,
  ) {
    super(scope, id);
  }

  /** Adds it to the cluster's configuration. */
  apply(cluster: ContainerCluster): void {
    const { installation, clusterName, byPolicy, dependsOn } = this.props;
    const secretId = `${clusterName}-binauthz`;
    if (byPolicy) {
      const { replication, ignoreChanges } = secretReplication(installation);
      const mark = new SecretManagerSecret(this, "mark", {
        project: installation.projectId,
        secretId,
        replication,
        // Removed after the cluster has been changed, not before: a failed update is tried again.
        lifecycle: { createBeforeDestroy: true, ignoreChanges: [...ignoreChanges] },
        dependsOn: [...dependsOn],
      });
      cluster.putBinaryAuthorization({ evaluationMode: "PROJECT_SINGLETON_POLICY_ENFORCE" });
      cluster.dependsOn = [...(cluster.dependsOn ?? []), `${mark.terraformResourceType}.${mark.friendlyUniqueId}`];
      return;
    }
    const marks = listSecrets(this, "marks", installation.projectId, [secretId], dependsOn);
    cluster.addOverride("dynamic.binary_authorization", {
      for_each: `\${[for s in ${marks} : s if s.secret_id == "${secretId}"]}`,
      content: { evaluation_mode: "DISABLED" },
    });
  }
}
