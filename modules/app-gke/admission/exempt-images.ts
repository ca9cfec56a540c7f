import { registryOf } from "../workload/image";
import type { EvaluationMode } from "./settings";

/**
 * The images that Binary Authorization has to admit by name because they cannot be attested. With `REQUIRE_ATTESTATION`
 * these are the images that pods name by tag, since an image named by its digest can be attested. With `ALWAYS_DENY`,
 * which ignores attestations, these are all images, and with `ALWAYS_ALLOW` none.
 * @param references as in the pods
 * @returns exact references without patterns, in the form in which they are compared: registry, then tag or digest
 */
export function exemptImages(mode: EvaluationMode, references: readonly string[]): readonly string[] {
  if (mode === "ALWAYS_ALLOW") return [];
  const exempt = references.filter((reference) => mode === "ALWAYS_DENY" || !reference.includes("@"));
  return [...new Set(exempt.map(complete))].sort();
}

/** `nginx` → `docker.io/library/nginx:latest`: how the cluster completes it. */
function complete(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const tagged = /[:@]/.test(name) ? reference : `${reference}:latest`;
  if (registryOf(reference) !== undefined) return tagged;
  return `docker.io/${reference.includes("/") ? "" : "library/"}${tagged}`;
}
