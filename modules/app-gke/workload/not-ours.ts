import { withoutTag } from "./image";
import type { DeploymentValue } from "./kubernetes";
import { LOGIN_ANNOTATION } from "./login-rotation";
import { SEEN_ANNOTATION, VALUES_ANNOTATION } from "./secret-restarts";
import type { Deliverer } from "./settings";

/**
 * @param image returns where an image is pulled from
 * @returns a function that says whether a pipeline decides on a running image. `undefined`: Terraform decides on all
 */
export function deliveredBy(
  deliverer: Deliverer | undefined,
  image: (upstream: string) => string,
): ((running: string) => boolean) | undefined {
  if (!deliverer) return undefined;
  if (deliverer.type === "releases") return () => true;
  const delivered = new Set(deliverer.images.map((upstream) => withoutTag(image(upstream))));
  return (running) => delivered.has(withoutTag(running));
}

/**
 * @param delivered whether a pipeline decides on an image
 * @param starts what restarts its pods without Terraform
 * @returns what a pipeline or a rotation changes in a Deployment that Terraform created; Terraform does not change it back
 */
export function notOurs(
  value: DeploymentValue,
  deliverer: Deliverer | undefined,
  delivered: ((running: string) => boolean) | undefined,
  starts: { readonly login: boolean; readonly secrets: boolean },
): string[] {
  const onPods = (annotation: string): string => `spec[0].template[0].metadata[0].annotations["${annotation}"]`;
  const restarts = [
    ...(starts.login ? [onPods(LOGIN_ANNOTATION)] : []),
    ...(starts.secrets ? [onPods(VALUES_ANNOTATION), `metadata[0].annotations["${SEEN_ANNOTATION}"]`] : []),
  ];
  if (!delivered) return restarts;
  if (deliverer?.type === "releases") return ["metadata[0].annotations", "metadata[0].labels", "spec"];
  return [
    ...value.template.spec.containers.flatMap((container, index) =>
      delivered(container.image) ? [`spec[0].template[0].spec[0].container[${index}].image`] : [],
    ),
    ...restarts,
  ];
}
