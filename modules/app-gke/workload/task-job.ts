import { DefaultTokenResolver, type ITerraformDependable, StringConcat, Tokenization } from "cdktf";
import { Construct } from "constructs";
import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import { JobV1, type JobV1Spec, type JobV1SpecTemplateMetadata } from "@cdktf/provider-kubernetes/lib/job-v1";
import type { Job } from "../application-config";
import { type Installation, hash, limitName } from "../installation";
import { escaped } from "../terraform/literal";
import type { PodSpec } from "./kubernetes";
import { commonLabels, descriptionAnnotation, selectorLabels } from "./labels";
import { terraformPod } from "./terraform-pod";

export interface TaskJobProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly job: Job;
  readonly pod: PodSpec;
  /** Labels of the pod, in addition to those that all pods have. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the pod. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What the job needs in addition to its pod: configuration and scripts. */
  readonly inputs: unknown;
  readonly timeoutSeconds: number;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * A Kubernetes Job that Terraform waits for. Its name ends with a hash of what it runs: a changed script is a new job,
 * and an unchanged one does not run again.
 */
export class TaskJob extends Construct {
  readonly name: string;
  /** The same name as plain text, known before the job exists. */
  readonly knownName: string;
  readonly resource: ITerraformDependable;

  constructor(scope: Construct, id: string, props: TaskJobProps) {
    super(scope, id);
    const { installation, job } = props;
    const timeout = props.timeoutSeconds;
    // Resolved first, because a token's own text depends on the order in which tokens were created.
    const runs = JSON.stringify(
      Tokenization.resolve(
        [
          props.pod,
          props.inputs,
          ...(severalTasks(job) ? [job.tasks] : []),
          ...given(props.annotations),
          ...given(props.labels),
          ...(job.finalExitCodes ?? []),
        ],
        {
          scope: this,
          preparing: false,
          resolver: new DefaultTokenResolver(new StringConcat()),
        },
      ),
    );
    this.knownName = `${limitName(`${installation.applicationName}-${job.name}`, 54)}-${hash(escaped(runs)).slice(0, 8)}`;
    const resource = new JobV1(this, "job", {
      metadata: {
        name: this.knownName,
        namespace: props.namespace,
        labels: { ...commonLabels(installation), "app.kubernetes.io/component": job.name },
        annotations: descriptionAnnotation(job.description),
      },
      spec: {
        backoffLimit: job.retries ?? 3,
        activeDeadlineSeconds: timeout,
        ...completions(job),
        ...failures(job),
        template: {
          metadata: podMetadata(props),
          spec: terraformPod(props.pod),
        },
      },
      // For a job that failed, Terraform would say no more than that it did.
      waitForCompletion: !job.rights?.outcome,
      timeouts: { create: `${timeout + 60}s`, update: `${timeout + 60}s` },
      dependsOn: [...props.dependsOn],
    });
    this.name = resource.metadata.name;
    this.resource = resource;
  }
}

/** Part of the hash for labels or annotations: empty if there are none, so that jobs without any keep their names. */
function given(values: Readonly<Record<string, string>>): readonly Readonly<Record<string, string>>[] {
  return Object.keys(values).length > 0 ? [values] : [];
}

function podMetadata(props: TaskJobProps): JobV1SpecTemplateMetadata {
  const { installation, job } = props;
  const labels = { ...commonLabels(installation), ...selectorLabels(installation, job.name), ...props.labels };
  const [annotations] = given(props.annotations);
  return { labels, ...(annotations && { annotations: { ...annotations } }) };
}

function severalTasks({ tasks = 1 }: Job): boolean {
  return tasks > 1;
}

/** How many pods have to complete, and whether each has a number. */
function completions(job: Job): Pick<JobV1Spec, "completions" | "parallelism" | "completionMode"> {
  const { tasks = 1 } = job;
  return { completions: tasks, parallelism: tasks, ...(severalTasks(job) && { completionMode: "Indexed" }) };
}

/** Exit codes after which the job has failed at once. */
function failures({ finalExitCodes: values = [], name }: Job): Pick<JobV1Spec, "podFailurePolicy"> {
  if (values.length === 0) return {};
  const onExitCodes = { containerName: name, operator: "In", values: [...values] };
  return { podFailurePolicy: { rule: [{ action: "FailJob", onExitCodes }] } };
}

/** @returns the name of a CronJob */
export function cronJobName(
  { applicationName }: Pick<Installation, "applicationName">,
  job: Pick<Job, "name">,
): string {
  return limitName(`${applicationName}-${job.name}`, 52);
}

/** A Kubernetes CronJob. */
export class TaskCronJob extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: TaskJobProps & { readonly schedule: string }) {
    super(scope, id);
    const { installation, job } = props;
    const labels = { ...commonLabels(installation), "app.kubernetes.io/component": job.name };
    const resource = new CronJobV1(this, "cron-job", {
      metadata: {
        name: cronJobName(installation, job),
        namespace: props.namespace,
        labels,
      },
      spec: {
        schedule: props.schedule,
        concurrencyPolicy: job.concurrencyPolicy ?? "Forbid",
        suspend: job.suspend ?? false,
        successfulJobsHistoryLimit: job.history?.successful ?? 3,
        failedJobsHistoryLimit: job.history?.failed ?? 1,
        startingDeadlineSeconds: job.startingDeadlineSeconds,
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: job.retries ?? 3,
            activeDeadlineSeconds: props.timeoutSeconds,
            ...completions(job),
            template: {
              metadata: podMetadata(props),
              spec: terraformPod(props.pod),
            },
          },
        },
      },
      dependsOn: [...props.dependsOn],
    });
    this.name = resource.metadata.name;
  }
}
