/** What runs of an environment, by name: in a namespace of others, the namespace says nothing. */
export interface OwnWorkloads {
  /** Names of Deployments. */
  readonly deployments: readonly string[];
  /** What the names of Jobs begin with. */
  readonly jobs: readonly string[];
}

/** @returns a pattern (RE2) of whole names of Deployments */
export function deploymentNames({ deployments }: OwnWorkloads): string {
  return deployments.join("|");
}

/** @returns a pattern (RE2) of whole names of Jobs: with a hash of what they run, or the time that they were due */
export function jobNames({ jobs }: OwnWorkloads): string {
  return `(${jobs.join("|")})(-[a-z0-9]+)?`;
}

/**
 * @returns a pattern (RE2) of whole names of pods, which end with five characters: after the hash of the Deployment's
 * template, or after the name of the Job and perhaps the number of the task
 */
export function podNames(own: OwnWorkloads): string {
  const ofJobs = own.jobs.length > 0 ? [`${jobNames(own)}(-[0-9]+)?`] : [];
  return `(${[`(${deploymentNames(own)})-[a-z0-9]+`, ...ofJobs].join("|")})-[a-z0-9]{5}`;
}
