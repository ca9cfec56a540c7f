import type { SecretDefinition } from "../application-config";

/** @returns those that are in the pods' Secret themselves */
export function written(definitions: readonly SecretDefinition[]): readonly SecretDefinition[] {
  return definitions.filter(({ onlyComposed }) => onlyComposed !== true);
}
