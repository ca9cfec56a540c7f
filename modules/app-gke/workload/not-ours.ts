import { withoutTag } from "./image";
import type { DeploymentValue } from "./kubernetes";
import type { Deliverer } from "./settings";

/**
 * @param image where an image is pulled from
 * @returns what a pipeline changes in a Deployment that Terraform created; Terraform does not change it back
 */
export function notOurs(
  value: DeploymentValue,
  deliverer: Deliverer | undefined,
  image: (upstream: string) => string,
): string[] {
  if (!deliverer) return [];
  if (deliverer.type === "releases") return ["metadata[0].annotations", "metadata[0].labels", "spec"];
  const delivered = new Set(deliverer.images.map((upstream) => withoutTag(image(upstream))));
  return value.template.spec.containers.flatMap((container, index) =>
    delivered.has(withoutTag(container.image)) ? [`spec[0].template[0].spec[0].container[${index}].image`] : [],
  );
}
