import type { Resource } from "../stacks/resources";
import { HOURS, month, type Usage } from "./usage";

/** Pods as a chart's values have them, in thousandths of a vCPU and MiB. */
interface ChartPods {
  readonly replicaCount: number;
  readonly resources: { readonly requests: Readonly<Record<"cpu" | "memory", string>> };
}

/** @returns what the pods of a chart use, as its values name what they request */
export function chartUsage({ block }: Resource): Usage[] {
  const [values = "{}"] = block.values as readonly string[];
  const { certController, webhook, ...own } = JSON.parse(values) as ChartPods &
    Readonly<Record<"certController" | "webhook", ChartPods>>;
  const all = (what: "cpu" | "memory"): number =>
    [own, webhook, certController].reduce(
      (sum, { replicaCount, resources }) => sum + replicaCount * Number.parseInt(resources.requests[what]),
      0,
    );
  const [cpu, memory] = [all("cpu") / 1000, all("memory") / 1024];
  return [
    month("operators", "autopilot-cpu", cpu * HOURS, `${cpu} vCPU of its pods`),
    month("operators", "autopilot-memory", memory * HOURS, `${memory} GiB of its pods`),
  ];
}
