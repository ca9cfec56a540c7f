import { type TerraformMetaArguments, TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import {
  type DeploymentV1SpecTemplate,
  deploymentV1SpecTemplateToTerraform,
} from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { CLAIMS_STAY, REVISIONS_KEPT, type StatefulSetValue } from "./kubernetes";

export interface StatefulSetProps extends TerraformMetaArguments {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly replicas: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly template: DeploymentV1SpecTemplate;
  readonly value: StatefulSetValue;
  /** Seconds that a rollout may take. */
  readonly timeoutSeconds: number;
}

/**
 * `kubernetes_stateful_set_v1`. CDKTF's class would make every synth a tenth of a second slower, whether or not there is a
 * StatefulSet. The template of its pods is that of a Deployment, which every synth loads anyway.
 * @see https://registry.terraform.io/providers/hashicorp/kubernetes/2.38.0/docs/resources/stateful_set_v1
 */
export class StatefulSet extends TerraformResource {
  /** `placedObjects` reads it, as it reads other resources. */
  readonly metadataInput: StatefulSetProps["metadata"];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StatefulSetProps,
  ) {
    super(scope, id, { ...props, terraformResourceType: "kubernetes_stateful_set_v1" });
    this.metadataInput = props.metadata;
  }

  /** Names of its first pods' claims. A claim that exists already would be used. */
  get claimNames(): string[] {
    const { metadata, replicas, value } = this.props;
    return value.claims.flatMap(({ name }) =>
      Array.from({ length: replicas }, (_, pod) => `${name}-${metadata.name}-${pod}`),
    );
  }

  /** Refers to it, so that what uses the name waits for it. */
  get name(): string {
    return this.getStringAttribute("metadata[0].name");
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { metadata, replicas, selector, template, value, timeoutSeconds } = this.props;
    const timeout = `${timeoutSeconds}s`;
    return {
      metadata,
      spec: {
        replicas: String(replicas),
        revision_history_limit: REVISIONS_KEPT,
        service_name: value.serviceName,
        pod_management_policy: value.podManagementPolicy,
        update_strategy: {
          type: value.updateStrategy,
          // The server adds it: if it were left out, every plan would remove it.
          ...(value.updateStrategy === "RollingUpdate" && { rolling_update: { partition: 0 } }),
        },
        persistent_volume_claim_retention_policy: {
          when_deleted: CLAIMS_STAY.whenDeleted,
          when_scaled: CLAIMS_STAY.whenScaled,
        },
        selector: { match_labels: selector },
        template: deploymentV1SpecTemplateToTerraform(template) as unknown,
        ...(value.claims.length > 0 && {
          volume_claim_template: value.claims.map(({ name, labels, accessMode, storageClassName, size }) => ({
            metadata: { name, labels },
            spec: {
              access_modes: [accessMode],
              storage_class_name: storageClassName,
              resources: { requests: { storage: size } },
            },
          })),
        }),
      },
      // The provider cannot follow a rollout that waits for somebody to delete pods: it fails.
      wait_for_rollout: value.updateStrategy === "RollingUpdate",
      timeouts: { create: timeout, update: timeout, delete: "10m" },
    };
  }
}
