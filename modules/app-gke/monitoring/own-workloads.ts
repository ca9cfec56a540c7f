/** What runs of an environment, by name: in a namespace of others, the namespace says nothing. */
export interface OwnWorkloads {
  /** Names of Deployments. */
  readonly deployments: readonly string[];
  /** Names of StatefulSets. */
  readonly statefulSets: readonly string[];
  /** What the names of Jobs begin with. */
  readonly jobs: readonly string[];
}

/** @returns a pattern (RE2) of whole names of Deployments */
export function deploymentNames({ deployments }: OwnWorkloads): string {
  return deployments.join("|");
}

/** @returns a pattern (RE2) of whole names of StatefulSets */
export function statefulSetNames({ statefulSets }: OwnWorkloads): string {
  return statefulSets.join("|");
}

/** @returns a pattern (RE2) of whole names of Jobs: with a hash of what they run, or the time that they were due */
export function jobNames({ jobs }: OwnWorkloads): string {
  return `(${jobs.join("|")})(-[a-z0-9]+)?`;
}

/**
 * @returns a pattern (RE2) of whole names of pods. Most end with five characters: after the hash of the Deployment's template, or
 * after the name of the Job and perhaps the number of the task. Those of a StatefulSet have a number
 */
export function podNames(own: OwnWorkloads): string {
  const ofJobs = own.jobs.length > 0 ? [`${jobNames(own)}(-[0-9]+)?`] : [];
  const random = `(${[`(${deploymentNames(own)})-[a-z0-9]+`, ...ofJobs].join("|")})-[a-z0-9]{5}`;
  return own.statefulSets.length > 0 ? `(${random}|(${statefulSetNames(own)})-[0-9]+)` : random;
}
