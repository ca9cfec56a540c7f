import { DataResource, type TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import { accessToken } from "../terraform/ephemeral";
import { forgetAddresses } from "../terraform/removed";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { type DeploymentValue, kindOf } from "./kubernetes";

export interface HandOverProps {
  readonly value: DeploymentValue;
  /** What makes the pods now. */
  readonly workload: TerraformResource;
  readonly access: ClusterAccess;
}

const OTHER = { Deployment: "StatefulSet", StatefulSet: "Deployment" } as const;
/** Terraform type, and last part of the address. */
const ADDRESSES = {
  Deployment: ["kubernetes_deployment_v1", "deployment"],
  StatefulSet: ["kubernetes_stateful_set_v1", "stateful_set"],
} as const;

/**
 * Takes over a component's pods from the other kind, Deployment or StatefulSet. Terraform has no order for a resource that is gone
 * from the configuration: it would delete it while it makes the new one. So it forgets the earlier one, which keeps running, and a
 * script deletes that once the new pods are ready. After an interruption at any point, the next apply continues.
 */
export class HandOver extends Construct {
  constructor(scope: Construct, id: string, { value, workload, access }: HandOverProps) {
    super(scope, id);
    const to = kindOf(value);
    const from = OTHER[to];
    const [type, end] = ADDRESSES[from];
    const beginning = workload.friendlyUniqueId.slice(0, -ADDRESSES[to][1].length);
    forgetAddresses(TerraformStack.of(this), [`${type}.${beginning}${end}`]);
    const { name, namespace, scaled, timeoutSeconds } = value;
    new DataResource(this, "done", {
      input: { name, namespace, scaled, timeoutSeconds, from, to },
      triggersReplace: { to },
      dependsOn: [workload],
      provisioners: [clusterScript("hand-over", access, accessToken(this, [workload]))],
    });
  }
}

/**
 * @param plainNamespace as plain text: a plan reads in it
 * @returns the images that run as the other kind, if a pipeline decides on them: the new pods begin with the version that runs, not
 * with that of the variable file. Otherwise the images that are given
 */
export function runningImages(
  scope: Construct,
  value: DeploymentValue,
  plainNamespace: string,
  delivered: (image: string) => boolean,
): DeploymentValue {
  const found = new DataKubernetesResources(scope, "before", {
    apiVersion: "apps/v1",
    kind: OTHER[kindOf(value)],
    namespace: plainNamespace,
    fieldSelector: `metadata.name=${value.name}`,
  });
  const running = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.objects[0].spec.template.spec.containers`;
  const { spec } = value.template;
  const containers = spec.containers.map((container) =>
    delivered(container.image)
      ? {
          ...container,
          image: `\${try(one([for c in ${running} : c.image if c.name == "${container.name}"]), "${container.image}")}`,
        }
      : container,
  );
  return { ...value, template: { ...value.template, spec: { ...spec, containers } } };
}
