import { z } from "zod";
import { count, gpuType, priorityClass } from "./limits";

/** On what kind of node pods run, for components, services and jobs. */
export const placeFields = {
  spot: z
    .boolean()
    .optional()
    .describe("At a lower price, on capacity that Google may take back at any time, with 25 seconds for a pod to end."),
  compute_class: z
    .enum(["Balanced", "Scale-Out", "Performance", "Accelerator"])
    .optional()
    .describe("Autopilot's compute class. Not set: its general-purpose nodes."),
  architecture: z.enum(["amd64", "arm64"]).optional().describe("`arm64` needs a compute class that has it."),
  priority_class: priorityClass.optional().describe("Name of a PriorityClass that exists in the cluster."),
};

/** GPUs for models of your own. */
export const gpuFields = {
  gpu_type: gpuType.optional().describe("`nvidia-l4`; with it, each pod gets `gpu_count` of them."),
  gpu_count: count(1, 16).optional().describe("Not set: 1."),
};
