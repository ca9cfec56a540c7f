import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import { StatefulSet } from "./stateful-set";

/** An object that a stack creates in its namespace, as Kubernetes names it. */
export interface NamedObject {
  /** `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** What is created in a namespace, once all of it is there. */
export interface PlacedObjects {
  /** Those that are listed with this name: custom kinds, and what the provider does not read by its name. */
  readonly listed: readonly NamedObject[];
  /** Names by the provider's type: `kubernetes_config_map_v1`. Claims that a StatefulSet's first pods take are among them. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** Built-in kinds that the provider has no data source for, by its types. */
const LISTED: Readonly<Record<string, Omit<NamedObject, "name">>> = {
  kubernetes_cron_job_v1: { apiVersion: "batch/v1", kind: "CronJob" },
  kubernetes_deployment_v1: { apiVersion: "apps/v1", kind: "Deployment" },
  kubernetes_horizontal_pod_autoscaler_v2: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  kubernetes_job_v1: { apiVersion: "batch/v1", kind: "Job" },
  kubernetes_network_policy_v1: { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  kubernetes_pod_disruption_budget_v1: { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  kubernetes_role_binding_v1: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
  kubernetes_role_v1: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  kubernetes_stateful_set_v1: { apiVersion: "apps/v1", kind: "StatefulSet" },
};

/** @returns what is created in the cluster below a construct */
export function placedObjects(root: IConstruct): PlacedObjects {
  const listed: NamedObject[] = [];
  const names = new Map<string, string[]>();
  const add = (type: string, ...more: readonly string[]) => names.set(type, [...(names.get(type) ?? []), ...more]);
  for (const construct of root.node.findAll()) {
    if (construct instanceof Manifest) {
      const { apiVersion, kind, metadata } = construct.manifestInput as unknown as NamedObject & {
        readonly metadata: { readonly name: string };
      };
      listed.push({ apiVersion, kind, name: metadata.name });
    } else if (construct instanceof TerraformResource) {
      const { terraformResourceType: type } = construct;
      if (!type.startsWith("kubernetes_")) continue;
      const { name } = (construct as unknown as { readonly metadataInput: { readonly name: string } }).metadataInput;
      add(type, name);
      const kind = LISTED[type];
      if (kind) listed.push({ ...kind, name });
      if (construct instanceof StatefulSet) add("kubernetes_persistent_volume_claim_v1", ...construct.claimNames);
    }
  }
  return { listed, names };
}
