import { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";

/**
 * Every resource in these constructs, for `dependsOn`. CDKTF takes no notice of `node.addDependency`, so an order that
 * does not follow from a reference has to be written as Terraform writes it.
 */
export function resourcesOf(...constructs: readonly IConstruct[]): TerraformResource[] {
  return constructs.flatMap((construct) =>
    construct.node
      .findAll()
      .filter((child): child is TerraformResource => TerraformResource.isTerraformResource(child)),
  );
}
