import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { DataResource } from "cdktf";
import type { IConstruct } from "constructs";
import { secretReplication } from "../google/secret-replication";
import { resourcesOf } from "../terraform/dependencies";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import type { BinaryAuthorization } from "./binary-authorization";
import { policyScript, writtenPolicy } from "./policy-script";

const POD_TYPES = new Set([
  "kubernetes_deployment_v1",
  "kubernetes_stateful_set_v1",
  "kubernetes_job_v1",
  "kubernetes_cron_job_v1",
]);

/**
 * Removes exemptions that only earlier pods needed from the policy once the new pods run, and then remembers what is in
 * it. If Terraform does not know what runs, exemptions stay.
 *
 * Its parts are created in the memory's scope, because their Terraform addresses are older than this class.
 */
export class PolicyRecord {
  /** @param workloads all whose pods the policy admits */
  constructor({ memory, ready }: BinaryAuthorization, workloads: readonly IConstruct[]) {
    const { dependsOn, installation, keepExemptions, settings } = memory.props;
    const pods = resourcesOf(...workloads).filter(({ terraformResourceType }) => POD_TYPES.has(terraformResourceType));
    const after = [...resourcesOf(ready), ...pods];
    // After the pods: while they are being replaced, an old pod may have to start again.
    const pruned = keepExemptions
      ? []
      : [
          new DataResource(memory, "pruned", {
            input: { ...settings },
            triggersReplace: writtenPolicy(settings),
            provisioners: [
              policyScript({
                action: "prune",
                token: accessToken(memory, after),
                previous: memory.previous,
                quotaProject: quotaProject(memory),
              }),
            ],
            dependsOn: after,
          }),
        ];
    const { replication, ignoreChanges } = secretReplication(installation);
    new SecretManagerSecret(memory, "memory", {
      project: installation.projectId,
      secretId: memory.secretId,
      replication,
      lifecycle: { ignoreChanges: [...ignoreChanges] },
      annotations: memory.annotations,
      dependsOn: [...(keepExemptions ? after : pruned), ...dependsOn],
    });
  }
}
