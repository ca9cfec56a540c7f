import type { App } from "cdktf";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import { hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { build } from "./synth";
import { VARIANTS } from "./variants";

/** One app a case: what is added to it is what is looked at. */
export type Case = (app: App) => DifyGke | Promise<DifyGke>;

async function shipped(app: App, environment: string): Promise<DifyGke> {
  const { environments, problems } = await readEnvironments({ directory: "variables", only: [environment] });
  const [read] = environments;
  if (!read || hasErrors(problems)) throw new Error(`variables/${environment}.tfvars is not good`);
  return new DifyGke(app, { environment, variables: read.variables });
}

/** Every variant and both shipped environments, by name. */
export const CASES: ReadonlyMap<string, Case> = new Map<string, Case>([
  ...["dev", "prod"].map((name): [string, Case] => [`variables/${name}.tfvars`, (app) => shipped(app, name)]),
  ...Object.entries(VARIANTS).map(([name, given]): [string, Case] => [name, (app) => build(app, given)]),
]);
