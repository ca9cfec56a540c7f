import type { SharedServices } from "../app-gke/google/shared-services";
import { installationOf } from "./installation";
import type { Environment } from "./environment";
import type { Problem } from "./problems";
import { type StageRuleId, stageRules } from "./rules/stages";
import { sharedServices } from "./shared-services";
import { namespaceOf, placeStages, type StageVariable } from "./stage-places";
import type { Variables } from "./variables";
import { readable } from "./variables/mention";

/** What is wrong, before its place is known. */
type Finding = Required<Pick<Problem, "severity" | "message">> & { readonly id: StageRuleId };

/** An environment with the names that follow from its file. */
interface Party {
  readonly variables: Variables;
  readonly services: SharedServices;
  readonly namespace: string;
}

/**
 * What does not fit between a pipeline and the environments that are its stages.
 * @param found environments with a file next to this one's, by the stages' names; `undefined` if the file exists but
 *   could not be read
 */
export function stageProblems(
  environment: Environment,
  found: ReadonlyMap<string, Environment | undefined>,
): Problem[] {
  const { name, variables, file, locations } = environment;
  if (!variables.enable_cloud_deploy) return [];
  const place = locations.get("cloud_deploy_stages");
  const findings = placeStages(name, variables).flatMap(({ type, variable: stage }): Finding[] => {
    if (type !== "elsewhere") return [];
    if (!found.has(stage.name)) return [hasNoFile(stage)];
    const sibling = found.get(stage.name);
    // Its own problems are reported separately.
    if (!sibling) return [];
    return [...disagreements(stage, sibling.file, party(sibling)), ...admission(sibling)];
  });
  return findings.map(({ severity, id, message }) => ({
    severity,
    environment: name,
    file: place?.file ?? file,
    line: place?.line,
    column: place?.column,
    variable: "cloud_deploy_stages",
    group: 12,
    message: readable(message),
    rule: { id, risk: severity === "warning" ? "Medium" : stageRules[id].risk },
  }));
}

function party({ name, variables }: Environment): Party {
  const installation = installationOf(name, variables);
  return {
    variables,
    services: sharedServices(variables, installation),
    namespace: namespaceOf(variables, installation),
  };
}

function hasNoFile({ name }: StageVariable): Finding {
  return {
    severity: "warning",
    id: "stage-has-no-file",
    message: `Stage "${name}" is another environment, and there is no ${name}.tfvars next to this file: its pods would get the sizes and settings of this file, under the names of an environment called "${name}". Put its variable file here, or give the stage that file's name.`,
  };
}

/** What an entry leaves out comes from the environment's own file. */
function disagreements(stage: StageVariable, file: string, { variables, services, namespace }: Party): Finding[] {
  const places: readonly [string, string | undefined, string][] = [
    ["namespace", stage.namespace, namespace],
    ["project", stage.project_id, variables.project_id],
    ["region", stage.region, variables.region],
    ["cluster", stage.cluster, services.cluster.name],
  ];
  return places
    .filter(([, here, there]) => here !== undefined && here !== there)
    .map(([what, here = "", there]) => ({
      severity: "error",
      id: "stage-is-its-environment",
      message: `Stage "${stage.name}" is the environment of ${file}, and the two disagree: the ${what} is ${here} here and ${there} there. Releases would go where nothing is prepared for them. Make both the same.`,
    }));
}

/** Whether that environment admits what the pipeline delivers. */
function admission({ file, variables }: Environment): Finding[] {
  const { delivered_by_service_account, enable_binary_authorization, binauthz_evaluation_mode } = variables;
  const result: Finding[] = [];
  if (delivered_by_service_account === "") {
    result.push({
      severity: "warning",
      id: "stage-lets-nobody-in",
      message: `delivered_by_service_account is empty in ${file}, so that environment does not know this pipeline: its releases would be refused there, and Terraform would undo them. Set it to this environment's output cloud_deploy_service_account.`,
    });
  }
  if (enable_binary_authorization && binauthz_evaluation_mode === "REQUIRE_ATTESTATION") {
    result.push({
      severity: "warning",
      id: "stage-attests-by-itself",
      message: `The cluster of ${file} requires attestations of that environment's own attestor, and this pipeline's builds have at most those of this environment: no pod of a new version would start there. Attest its images with scripts/delivery/attest-images.sh for that environment (its output binary_authorization has attestor and key) before promoting, or set binauthz_evaluation_mode = "ALWAYS_ALLOW" there.`,
    });
  }
  return result;
}
