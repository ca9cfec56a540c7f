import { withoutTag } from "./image";
import type { DeploymentValue } from "./kubernetes";
import { LOGIN_ANNOTATION } from "./login-rotation";
import type { Deliverer } from "./settings";

/**
 * @param image where an image is pulled from
 * @param rotates whether a rotation of its login starts pods anew
 * @returns what a pipeline or a rotation changes in a Deployment that Terraform created; Terraform does not change it back
 */
export function notOurs(
  value: DeploymentValue,
  deliverer: Deliverer | undefined,
  image: (upstream: string) => string,
  rotates: boolean,
): string[] {
  const restarts = rotates ? [`spec[0].template[0].metadata[0].annotations["${LOGIN_ANNOTATION}"]`] : [];
  if (!deliverer) return restarts;
  if (deliverer.type === "releases") return ["metadata[0].annotations", "metadata[0].labels", "spec"];
  const delivered = new Set(deliverer.images.map((upstream) => withoutTag(image(upstream))));
  return [
    ...value.template.spec.containers.flatMap((container, index) =>
      delivered.has(withoutTag(container.image)) ? [`spec[0].template[0].spec[0].container[${index}].image`] : [],
    ),
    ...restarts,
  ];
}
