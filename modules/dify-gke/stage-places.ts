import type { StageSettings } from "../app-gke/delivery/settings";
import type { Installation } from "../app-gke/installation";
import type { Siblings } from "./environment";
import { installationOf } from "./installation";
import { sharedServices } from "./shared-services";
import type { Variables } from "./variables";

/** One entry of `cloud_deploy_stages`. */
export type StageVariable = Variables["cloud_deploy_stages"][number];

/** What a stage is, and where. */
export interface PlacedStage {
  readonly variable: StageVariable;
  readonly type: StageSettings["type"];
  readonly projectId: string;
  readonly region: string;
  /** Name of its environment, which its names are made of. */
  readonly environment: string;
}

/**
 * Decides for each stage whether it is the environment itself, gets its own data, or is another environment. Without
 * `namespace` and on the environment's own cluster, it is one of the first two. The environment itself is the stage
 * that is named like its variable file, or otherwise the first of these: a choice that `gateway_backend_stage` does not
 * affect.
 * @param siblings say where another environment is, if its entry does not; what a stage is does not depend on them
 */
export function placeStages(
  environment: string,
  variables: Variables,
  siblings: Siblings = new Map(),
): readonly PlacedStage[] {
  const home = installationOf(environment, variables);
  const cluster = sharedServices(variables, home).cluster.name;
  const homeNamespace = namespaceOf(variables, home);
  const here = ({ project_id, cluster: name, region, namespace }: StageVariable): boolean =>
    (project_id ?? home.projectId) === home.projectId &&
    (name ?? cluster) === cluster &&
    (region ?? home.region) === home.region &&
    (namespace === undefined || namespace === homeNamespace);
  const own = variables.cloud_deploy_stages.filter(here);
  const homeStage =
    own.find(({ namespace }) => namespace === homeNamespace) ?? own.find(({ name }) => name === environment) ?? own[0];
  return variables.cloud_deploy_stages.map((variable) => {
    const type = variable === homeStage ? "home" : own.includes(variable) ? "own" : "elsewhere";
    const sibling = type === "elsewhere" ? siblings.get(variable.name) : undefined;
    return {
      variable,
      type,
      projectId: variable.project_id ?? sibling?.project_id ?? home.projectId,
      region: variable.region ?? sibling?.region ?? home.region,
      // A slash is in no file's name, so no environment has this name.
      environment: { home: environment, own: `${environment}/${variable.name}`, elsewhere: variable.name }[type],
    };
  });
}

/** @returns the Kubernetes namespace of an environment */
export function namespaceOf(variables: Pick<Variables, "namespace_name">, { resourcePrefix }: Installation): string {
  return variables.namespace_name || resourcePrefix;
}
