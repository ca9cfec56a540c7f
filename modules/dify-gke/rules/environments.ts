import type { Variables } from "../variables";

type Environments = Pick<Variables, "environment_variables" | "component_settings">;

/** @returns the environment variables of a file that are not secret: those of all components, and those of single ones */
export function environments(v: Environments): readonly Readonly<Record<string, string>>[] {
  return [v.environment_variables, ...Object.values(v.component_settings).map(({ environment }) => environment)];
}

/** @returns those of these names that a file turns on as environment variables */
export function turnedOn(v: Environments, names: readonly string[]): readonly string[] {
  return names.filter((name) => environments(v).some((all) => isTrue(all[name])));
}

/** As Dify reads a switch: https://docs.pydantic.dev/latest/api/standard_library_types/#booleans */
function isTrue(value: string | undefined): boolean {
  return /^(true|t|yes|y|on|1)$/i.test((value ?? "").trim());
}
