import type { ApplicationConfig } from "../application-config";
import { type Installation, limitName } from "../installation";
import { serviceName } from "../workload/component-service";
import { podGroups } from "../workload/pod-groups";
import { DATA_VOLUME } from "../workload/data-cluster";
import { dataPodOwners } from "../workload/data-names";
import { cronJobName } from "../workload/task-job";
import type { OwnWorkloads } from "./own-workloads";
import type { OwnDisks } from "./watched";

/** @returns the disks that pods of an application have of their own; `undefined` where there are none */
export function ownDisks(
  installation: Installation,
  { components, dataClusters = [] }: Pick<ApplicationConfig, "components" | "dataClusters">,
): OwnDisks | undefined {
  const withDisks = components.filter(({ statefulSet }) => (statefulSet?.volumes ?? []).length > 0);
  if (withDisks.length + dataClusters.length === 0) return undefined;
  return {
    owners: [
      ...withDisks.map(({ name }) => serviceName(installation, name)),
      ...dataClusters.flatMap((cluster) => dataPodOwners(installation, cluster)),
    ],
    volumes: [
      ...new Set([
        ...withDisks.flatMap(({ statefulSet }) => statefulSet?.volumes ?? []).map(({ name }) => name),
        ...(dataClusters.length > 0 ? [DATA_VOLUME] : []),
      ]),
    ],
  };
}

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
