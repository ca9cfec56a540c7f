import type { Environment } from "../../../modules/dify-gke/environment";
import type { Problem } from "../../../modules/dify-gke/problems";
import { checkRules } from "../../../modules/dify-gke/rules";
import { definitionOf, defaults, type Variables } from "../../../modules/dify-gke/variables";
import { checkValue } from "../../../modules/dify-gke/variables/check";

/** Values as a variable file gives them: nested fields may be missing. */
export type Given = Readonly<Partial<Record<keyof Variables, unknown>>>;

/** What a small, good file says. */
const GOOD: Given = { project_id: "demo-project", require_services_gcp_module: false };

/**
 * @returns an environment as its file was read: a good one with these values in it
 * @throws for a value that a variable does not take
 */
export function environmentWith(given: Given, refused: readonly string[] = []): Environment {
  const all = { ...GOOD, ...given };
  const values = Object.entries(all).map(([name, value]) => {
    const definition = definitionOf(name);
    if (!definition) throw new Error(`There is no variable ${name}`);
    const result = checkValue(definition, value);
    if (!("value" in result)) throw new Error(`${name} is refused: ${JSON.stringify(result.complaints)}`);
    return [name, result.value];
  });
  return {
    name: "test",
    file: "variables/test.tfvars",
    variables: { ...defaults, ...(Object.fromEntries(values) as Partial<Variables>) } as Variables,
    given: new Set(Object.keys(all)),
    refused: new Set(refused),
    locations: new Map(
      Object.keys(all).map((name, index) => [name, { file: "variables/test.tfvars", line: index + 1 }]),
    ),
  };
}

const asked = new Map<string, readonly Problem[]>();

/** @returns what the rules say about a good file with these values in it, asked once for each file. */
export function broken(given: Given, refused: readonly string[] = []): readonly Problem[] {
  const key = JSON.stringify([given, refused]);
  const problems = asked.get(key) ?? checkRules(environmentWith(given, refused));
  asked.set(key, problems);
  return problems;
}
