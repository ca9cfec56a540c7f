import { z } from "zod";
import { group, variable } from "./definition";
import { optionalCount, optionalCpu, optionalMemory } from "./limits";

/** Group 8: how much the namespace may use. An empty text sets no limit. */
export const resourceQuota = group(8, {
  quota_memory_requests: variable({
    description: "Sum of all memory requests, with Mi or Gi.",
    schema: optionalMemory,
    default: "4Gi",
  }),
  quota_memory_limits: variable({
    description: "Sum of all memory limits, with Mi or Gi.",
    schema: optionalMemory,
    default: "8Gi",
  }),
  enable_resource_quota: variable({
    description: "Puts a ResourceQuota with the numbers of this group on the namespace.",
    schema: z.boolean(),
    default: false,
  }),
  quota_cpu_requests: variable({
    description: "Sum of all CPU requests.",
    schema: optionalCpu,
    default: "4",
  }),
  quota_cpu_limits: variable({
    description: "Sum of all CPU limits.",
    schema: optionalCpu,
    default: "4",
  }),
  quota_max_pods: variable({
    description: "Largest number of pods.",
    schema: optionalCount,
    default: "20",
  }),
  quota_max_services: variable({
    description: "Largest number of Services.",
    schema: optionalCount,
    default: "10",
  }),
  quota_max_pvcs: variable({
    description: "Largest number of persistent volume claims.",
    schema: optionalCount,
    default: "5",
  }),
});
