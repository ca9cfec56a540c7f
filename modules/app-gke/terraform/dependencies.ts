import { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";

/**
 * All resources in these constructs, for `dependsOn`. CDKTF ignores `node.addDependency`, so an order that does not
 * follow from a reference has to be written in Terraform's own way.
 */
export function resourcesOf(...constructs: readonly IConstruct[]): TerraformResource[] {
  return constructs.flatMap((construct) =>
    construct.node
      .findAll()
      .filter((child): child is TerraformResource => TerraformResource.isTerraformResource(child)),
  );
}
