import type { ApplicationConfig } from "../application-config";
import { type Installation, limitName } from "../installation";
import { serviceName } from "../workload/component-service";
import { podGroups } from "../workload/pod-groups";
import { cronJobName } from "../workload/task-job";
import type { OwnWorkloads } from "./own-workloads";

/** @returns the names of what runs of an application */
export function ownWorkloads(
  installation: Installation,
  { components, jobs = [] }: Pick<ApplicationConfig, "components" | "jobs">,
): OwnWorkloads {
  const names = (stateful: boolean): string[] =>
    podGroups(components)
      .filter(([{ statefulSet }]) => (statefulSet !== undefined) === stateful)
      .map(([{ name }]) => serviceName(installation, name));
  return {
    deployments: names(false),
    statefulSets: names(true),
    jobs: jobs.map((job) =>
      job.schedule === undefined
        ? limitName(`${installation.applicationName}-${job.name}`, 54)
        : cronJobName(installation, job),
    ),
  };
}
