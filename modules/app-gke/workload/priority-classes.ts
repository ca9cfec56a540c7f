import type { ApplicationConfig } from "../application-config";
import type { ClusterNeed } from "./cluster-check";

/**
 * @returns the PriorityClasses that pods name: if one is missing, the cluster refuses the pods, and the rollout waits until it times
 * out. They belong to the whole cluster, so its administrators have to create them.
 */
export function priorityClasses(cluster: string, { components, jobs = [] }: ApplicationConfig): readonly ClusterNeed[] {
  const tasks = [...components, ...jobs];
  const wanted = [...new Set(tasks.flatMap(({ place }) => place?.priorityClass ?? []))].sort();
  return wanted.map((name) => ({
    path: `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`,
    otherwise:
      `Cluster ${cluster} has no PriorityClass ${name}: it would refuse the pods, and the rollout would wait until it times ` +
      `out. Have it created (kubectl create priorityclass), or correct priority_class.`,
  }));
}
