import { registryOf } from "../workload/image";
import type { EvaluationMode } from "./settings";

/** An image that a pod runs. */
export interface PodImage {
  /** As it stands in the pod. */
  readonly reference: string;
  /** The variable file names its digest, and it is attested. */
  readonly attested: boolean;
}

/**
 * The images that Binary Authorization has to admit by name because they cannot be attested. With `REQUIRE_ATTESTATION`
 * these are the images whose digests the user has not named, since an image named by its digest can be attested. With
 * `ALWAYS_DENY`, which ignores attestations, these are all images, and with `ALWAYS_ALLOW` none.
 * @returns exact references without patterns, in the form in which they are compared: registry, then tag or digest
 */
export function exemptImages(mode: EvaluationMode, images: readonly PodImage[]): readonly string[] {
  if (mode === "ALWAYS_ALLOW") return [];
  const exempt = images.filter(({ attested }) => mode === "ALWAYS_DENY" || !attested);
  return [...new Set(exempt.map(({ reference }) => complete(reference)))].sort();
}

/** `nginx` → `docker.io/library/nginx:latest`: how the cluster completes it. */
function complete(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const tagged = /[:@]/.test(name) ? reference : `${reference}:latest`;
  if (registryOf(reference) !== undefined) return tagged;
  return `docker.io/${reference.includes("/") ? "" : "library/"}${tagged}`;
}
