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

/** What is created in a namespace; complete once all constructs exist. */
export interface PlacedObjects {
  /** Objects of custom kinds. */
  readonly custom: readonly NamedObject[];
  /** API paths of objects that the provider cannot read by name, by kind and name: `Job dify-migration`. */
  readonly paths: (namespace: string) => Readonly<Record<string, string>>;
  /** Names by the provider's type: `kubernetes_config_map_v1`. Claims that a StatefulSet's first pods take are among them. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** Built-in kinds that the provider has no data source for, by its resource types: API version and kind. */
const BUILT_IN: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  kubernetes_cron_job_v1: ["batch/v1", "CronJob"],
  kubernetes_deployment_v1: ["apps/v1", "Deployment"],
  kubernetes_horizontal_pod_autoscaler_v2: ["autoscaling/v2", "HorizontalPodAutoscaler"],
  kubernetes_job_v1: ["batch/v1", "Job"],
  kubernetes_network_policy_v1: ["networking.k8s.io/v1", "NetworkPolicy"],
  kubernetes_pod_disruption_budget_v1: ["policy/v1", "PodDisruptionBudget"],
  kubernetes_role_binding_v1: ["rbac.authorization.k8s.io/v1", "RoleBinding"],
  kubernetes_role_v1: ["rbac.authorization.k8s.io/v1", "Role"],
  kubernetes_stateful_set_v1: ["apps/v1", "StatefulSet"],
};

/** @returns what is created in the cluster below a construct */
export function placedObjects(root: IConstruct): PlacedObjects {
  const custom: NamedObject[] = [];
  const builtIn: NamedObject[] = [];
  const names = new Map<string, string[]>();
  const add = (type: string, ...more: readonly string[]) => names.set(type, [...(names.get(type) ?? []), ...more]);
  for (const construct of root.node.findAll()) {
    if (construct instanceof Manifest) {
      const { apiVersion, kind, metadata } = construct.manifestInput as unknown as NamedObject & {
        readonly metadata: { readonly name: string };
      };
      custom.push({ apiVersion, kind, name: metadata.name });
    } else if (construct instanceof TerraformResource) {
      const { terraformResourceType: type } = construct;
      if (!type.startsWith("kubernetes_")) continue;
      const { name } = (construct as unknown as { readonly metadataInput: { readonly name: string } }).metadataInput;
      add(type, name);
      const [apiVersion, kind] = BUILT_IN[type] ?? [];
      if (apiVersion !== undefined && kind !== undefined) builtIn.push({ apiVersion, kind, name });
      if (construct instanceof StatefulSet) add("kubernetes_persistent_volume_claim_v1", ...construct.claimNames);
    }
  }
  return {
    custom,
    names,
    paths: (namespace) =>
      Object.fromEntries(builtIn.map((object) => [`${object.kind} ${object.name}`, pathOf(object, namespace)])),
  };
}

/** @returns the object's path in the API */
function pathOf({ apiVersion, kind, name }: NamedObject, namespace: string): string {
  const plural = kind.toLowerCase().replace(/y$/, "ie");
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}s/${name}`;
}
