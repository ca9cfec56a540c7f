import { registryOf } from "../workload/image";
import type { EvaluationMode } from "./settings";

/**
 * What Binary Authorization has to let through by name, because no attestation can. With `REQUIRE_ATTESTATION` these are
 * the images that pods name by tag: one that is named by its digest can be attested. `ALWAYS_DENY` looks at no
 * attestation, so it is all of them, and none with `ALWAYS_ALLOW`.
 * @param references as they stand in the pods
 * @returns exact references, no pattern among them, in the form in which they are compared: registry, then tag or digest
 */
export function exemptImages(mode: EvaluationMode, references: readonly string[]): readonly string[] {
  if (mode === "ALWAYS_ALLOW") return [];
  const exempt = references.filter((reference) => mode === "ALWAYS_DENY" || !reference.includes("@"));
  return [...new Set(exempt.map(complete))].sort();
}

/** `nginx` → `docker.io/library/nginx:latest`: what the cluster makes of it. */
function complete(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const tagged = /[:@]/.test(name) ? reference : `${reference}:latest`;
  if (registryOf(reference) !== undefined) return tagged;
  return `docker.io/${reference.includes("/") ? "" : "library/"}${tagged}`;
}
