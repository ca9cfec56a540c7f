import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";

/** An object of a custom kind that a stack creates in its namespace, as Kubernetes names it. */
export interface CustomObject {
  /** `gateway.networking.k8s.io/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** What is created in a namespace, once all of it is there. */
export interface PlacedObjects {
  readonly custom: readonly CustomObject[];
  /** Names by the provider's type: `kubernetes_config_map_v1`. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** @returns what is created in the cluster below a construct */
export function placedObjects(root: IConstruct): PlacedObjects {
  const custom: CustomObject[] = [];
  const names = new Map<string, string[]>();
  for (const construct of root.node.findAll()) {
    if (construct instanceof Manifest) {
      const { apiVersion, kind, metadata } = construct.manifestInput as unknown as CustomObject & {
        readonly metadata: { readonly name: string };
      };
      custom.push({ apiVersion, kind, name: metadata.name });
    } else if (construct instanceof TerraformResource) {
      const { terraformResourceType: type } = construct;
      if (!type.startsWith("kubernetes_")) continue;
      const { name } = (construct as unknown as { readonly metadataInput: { readonly name: string } }).metadataInput;
      names.set(type, [...(names.get(type) ?? []), name]);
    }
  }
  return { custom, names };
}
