import { bytes, cores } from "../../modules/app-gke/workload/quantities";
import type { Resource } from "../stacks/resources";
import { HOURS, type Usage } from "./usage";

const GIB = 2 ** 30;

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly container: readonly {
          readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
        }[];
      };
    };
  };
}

interface Autoscaler {
  readonly spec: {
    readonly min_replicas: number;
    readonly max_replicas: number;
    /** Its name is an expression that refers to the Deployment. */
    readonly scale_target_ref: { readonly name: string };
  };
}

/**
 * @param stack every resource of it
 * @returns what the pods of a Deployment request, which is what Autopilot bills
 * @see https://cloud.google.com/kubernetes-engine/pricing#autopilot_mode
 */
export function podUsage({ name, block }: Resource, stack: readonly Resource[]): Usage[] {
  const { metadata, spec } = block as unknown as Deployment;
  const { rest, most } = replicasOf(name, spec.replicas ?? 1, stack);
  const count = rest === most ? `${rest} ${rest === 1 ? "pod" : "pods"}` : `${rest} to ${most} pods`;
  const [, stage] = /^app_stage_(.+)_workload_/.exec(name) ?? [];
  const sum = (request: string, amount: (quantity: string) => number): number =>
    spec.template.spec.container.reduce(
      (total, { resources }) => total + amount(resources?.requests?.[request] ?? "0"),
      0,
    );
  const requests = [
    ["autopilot-cpu", sum("cpu", cores), "vCPU"],
    ["autopilot-memory", sum("memory", bytes) / GIB, "GiB"],
    ["autopilot-storage", sum("ephemeral-storage", bytes) / GIB, "GiB of local disk"],
  ] as const;
  return requests
    .filter(([, amount]) => amount > 0)
    .map(([price, amount, unit]) => ({
      part: `pods: ${metadata.name}${stage ? ` (stage ${stage})` : ""}`,
      price,
      rest: rest * amount * HOURS,
      most: most * amount * HOURS,
      why: `${count} with ${Math.round(amount * 1000) / 1000} ${unit}`,
    }));
}

function replicasOf(
  deployment: string,
  fixed: number,
  stack: readonly Resource[],
): { readonly rest: number; readonly most: number } {
  const own = stack
    .filter(({ type }) => type === "kubernetes_horizontal_pod_autoscaler_v2")
    .map(({ block }) => (block as unknown as Autoscaler).spec)
    .find(({ scale_target_ref: { name } }) => name.includes(`kubernetes_deployment_v1.${deployment}.`));
  return { rest: own?.min_replicas ?? fixed, most: own?.max_replicas ?? fixed };
}
