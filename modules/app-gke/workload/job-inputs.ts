import type { Job } from "../application-config";
import type { JobInputs } from "../platform/job-rights";
import { bare } from "../terraform/expression";
import type { JobOutcome } from "./job-outcome";

/** @returns a job that knows what it may use, and that runs again with other files and after a run that did not end well */
export function withInputs(
  job: Job,
  inputs: JobInputs = {},
  outcomes: ReadonlyMap<string, JobOutcome> = new Map(),
): Job {
  const { environment, rights } = job;
  const outcome = outcomes.get(job.name);
  if (!rights) return job;
  const { administrator, files } = inputs;
  const runs = [...(inputs.run === undefined ? [] : [bare(inputs.run)]), ...(outcome ? [outcome.attempt] : [])];
  return {
    ...job,
    environment: (bindings) => ({
      ...environment?.(bindings),
      ...(outcome && { OUTCOME: outcome.name }),
      ...(administrator !== undefined && { DB_ADMINISTRATOR: administrator }),
    }),
    files: [
      ...(job.files ?? []),
      ...(rights.files && files !== undefined ? [{ mountPath: rights.files.listPath, content: () => files }] : []),
    ],
    run: runs.length > 0 ? `\${join("-", compact([${runs.join(", ")}]))}` : undefined,
  };
}
