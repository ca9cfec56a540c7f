import type { Place, VerticalRange } from "../app-gke/application-config";
import type { Variables } from "./variables";

/** @returns how far sizes follow what pods use; `undefined`: numbers do */
export function verticalRange({
  enable_vertical_pod_autoscaling: on,
  vertical_autoscaling_range: range,
}: Pick<Variables, "enable_vertical_pod_autoscaling" | "vertical_autoscaling_range">): VerticalRange | undefined {
  return on ? range : undefined;
}

/** @returns on what kind of node pods run; `undefined`: on general-purpose ones */
export function place(
  given: Pick<Variables["component_settings"][string], "spot" | "compute_class" | "architecture" | "priority_class"> &
    Pick<Variables["additional_services"][number], "gpu_type" | "gpu_count">,
): Place | undefined {
  const { spot, compute_class: computeClass, architecture, priority_class: priorityClass } = given;
  const gpu = given.gpu_type === undefined ? undefined : { type: given.gpu_type, count: given.gpu_count ?? 1 };
  if (!spot && [computeClass, architecture, priorityClass, gpu].every((one) => one === undefined)) return undefined;
  return { spot, computeClass, architecture, priorityClass, gpu };
}
