import type { Construct } from "constructs";
import type { Job } from "../application-config";
import { type JobInputs, jobsWithRights } from "../platform/job-rights";
import { bare } from "../terraform/expression";
import { named } from "../terraform/stack";
import { againForSecrets } from "./data-database";
import { createOutcomes, type JobOutcome } from "./job-outcome";
import { LoginRotation, type LoginRotationProps } from "./login-rotation";
import { SecretRestarts } from "./secret-restarts";
import { withServerCertificate } from "./server-certificate";
import type { WorkloadProps } from "./settings";

interface PreparedJobsProps extends Pick<
  WorkloadProps,
  "application" | "database" | "externalSecrets" | "installation" | "jobInputs" | "login" | "secrets"
> {
  /** Namespace, as an expression. */
  readonly placedIn: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly groups: LoginRotationProps["groups"];
  readonly secretName: string;
  readonly accountOf: (job: string) => string;
}

/** @returns an application's jobs with what only apply knows, and the objects in the cluster that jobs with rights of their own need */
export function preparedJobs(scope: Construct, props: PreparedJobsProps) {
  const {
    accountOf,
    application,
    database,
    groups,
    installation,
    labels,
    login,
    placedIn: namespace,
    secretName,
  } = props;
  const outcomes = createOutcomes(named(scope, "outcomes"), {
    ...{ installation, namespace, labels, accountOf },
    jobs: jobsWithRights(application),
  });
  const rotation =
    login &&
    new LoginRotation(scope, "login", {
      ...{ installation, namespace, application, groups, accountOf },
      secretName,
      loginSecret: `projects/${installation.projectId}/secrets/${login.secretId}`,
    });
  const restarts =
    props.externalSecrets &&
    new SecretRestarts(scope, "secret-restarts", {
      installation,
      namespace,
      application,
      groups,
      accountOf,
      secretName,
    });
  const jobs = (application.jobs ?? []).map((job) =>
    withInputs(
      againForSecrets(
        withServerCertificate(job, application.database, database?.instance),
        (secret) => props.secrets.get(secret).version,
      ),
      props.jobInputs.get(job.rights?.outcomeOf ?? job.name),
      { login: rotation, outcome: outcomes.get(job.rights?.outcomeOf ?? job.name), restarts },
    ),
  );
  return { jobs, outcomes, rotation, restarts };
}

/** @returns a job that is told what it may use, and runs again when its files change or after a run that failed */
function withInputs(
  job: Job,
  inputs: JobInputs = {},
  known: {
    readonly login?: LoginRotation;
    readonly outcome?: JobOutcome;
    readonly restarts?: SecretRestarts;
  } = {},
): Job {
  const { environment, rights } = job;
  if (!rights) return job;
  const { administrator, files } = inputs;
  const { login, outcome, restarts } = known;
  const runs = [...(inputs.run === undefined ? [] : [bare(inputs.run)]), ...(outcome ? [outcome.attempt] : [])];
  return {
    ...job,
    environment: (bindings) => ({
      ...environment?.(bindings),
      ...(rights.login && login?.environment),
      ...(rights.restarts && restarts?.environment),
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
