import { App, TerraformStack } from "cdktf";
import { Construct } from "constructs";

/**
 * Refuses constructs of another copy of `constructs` or `cdktf` than this package's. CDKTF recognizes things by their class: those
 * of another copy, such as a provider, would be missing in the stack without an error.
 */
export function requireOneCopy(scope: Construct): void {
  const foreign = !(scope instanceof Construct)
    ? "constructs"
    : scope.node.scopes.some(
          (each) =>
            (App.isApp(each) && !(each instanceof App)) ||
            (TerraformStack.isStack(each) && !(each instanceof TerraformStack)),
        )
      ? "cdktf"
      : undefined;
  if (foreign === undefined) return;
  throw new Error(
    `Another copy of the package ${foreign} made the scope that these constructs are created in: they would not recognize each ` +
      `other. Install this project from its package (npm pack) instead of linking its directory; npm ls ${foreign} has to ` +
      "show one copy.",
  );
}
