import { deploymentOf } from "./deployment";
import type { Problem } from "./problems";
import { namespaceOf, placeStages } from "./stages";
import type { Environment } from "./variable-files";

/**
 * What does not fit between a pipeline and the environments that are its stages.
 * @param found environments with a file beside this one's, by the stages' names
 */
export function stageProblems(environment: Environment, found: ReadonlyMap<string, Environment>): Problem[] {
  const { name, variables, file, locations } = environment;
  if (!variables.enable_cloud_deploy) return [];
  const place = locations.get("cloud_deploy_stages");
  const problem = (severity: Problem["severity"], id: string, message: string): Problem => ({
    severity,
    environment: name,
    file: place?.file ?? file,
    line: place?.line,
    variable: "cloud_deploy_stages",
    group: 12,
    message,
    rule: { id, risk: severity === "error" ? "Critical" : "Medium" },
  });
  return placeStages(name, variables).flatMap(({ type, variable: stage, projectId }): Problem[] => {
    if (type !== "elsewhere") return [];
    const sibling = found.get(stage.name);
    if (!sibling) {
      return [
        problem(
          "warning",
          "stage-has-no-file",
          `Stage "${stage.name}" is another environment, and there is no ${stage.name}.tfvars here: its pods would get this file's sizes and settings, under the names that an environment called "${stage.name}" has. Put its variable file here, or call the stage like it.`,
        ),
      ];
    }
    const identity = deploymentOf(sibling.name, sibling.variables);
    const namespace = namespaceOf(sibling.variables, identity);
    const differs = [
      ...(stage.namespace !== undefined && stage.namespace !== namespace
        ? [`namespace is ${stage.namespace} here and ${namespace} there`]
        : []),
      ...(projectId === sibling.variables.project_id
        ? []
        : [`the project is ${projectId} here and ${sibling.variables.project_id} there`]),
    ];
    return [
      ...differs.map((difference) =>
        problem(
          "error",
          "stage-is-its-environment",
          `Stage "${stage.name}" is the environment of ${sibling.file}, and the two disagree: ${difference}. Its releases would go where nothing is prepared for them. Make both the same.`,
        ),
      ),
      ...(sibling.variables.delivered_by_service_account === ""
        ? [
            problem(
              "warning",
              "stage-lets-nobody-in",
              `The environment of ${sibling.file} does not know of this pipeline: its releases would be refused there, and Terraform would take them back. Set delivered_by_service_account in it to this environment's output cloud_deploy_service_account.`,
            ),
          ]
        : []),
    ];
  });
}
