import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DataKubernetesConfigMapV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1, type RoleV1Rule } from "@cdktf/provider-kubernetes/lib/role-v1";
import type { Job } from "../application-config";
import type { Installation } from "../installation";
import { serviceName } from "./component-service";

interface OutcomesProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly jobs: readonly Job[];
  /** Service account of a job. */
  readonly accountOf: (job: string) => string;
}

/** @returns the ConfigMaps in which jobs note how they ended, by job */
export function createOutcomes(scope: Construct, props: OutcomesProps): ReadonlyMap<string, JobOutcome> {
  const { accountOf, installation, jobs, labels, namespace } = props;
  return new Map(
    jobs
      .filter(({ rights }) => rights?.outcome)
      .map(({ name }): [string, JobOutcome] => [
        name,
        new JobOutcome(scope, `${name}-outcome`, {
          namespace,
          labels,
          name: `${serviceName(installation, name)}-outcome`,
          serviceAccount: accountOf(name),
          reader: jobs.flatMap((job) => (job.rights?.outcomeOf === name ? [accountOf(job.name)] : []))[0],
        }),
      ]),
  );
}

interface JobOutcomeProps {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of its ConfigMap, role and binding. */
  readonly name: string;
  /** Service account of the job. */
  readonly serviceAccount: string;
  /** That of the job that waits for it. @default - there is none */
  readonly reader?: string;
}

/**
 * A ConfigMap in which a job notes how it ended, so that an apply can end with that text: Terraform only learns that a job failed,
 * not why. The job may change this ConfigMap and nothing else. The job that waits for it may also read all jobs, because their
 * names are not known yet.
 */
export class JobOutcome extends Construct {
  readonly name: string;
  /** Expression that has another value after each run that failed. */
  readonly attempt: string;
  private readonly props: JobOutcomeProps;

  constructor(scope: Construct, id: string, props: JobOutcomeProps) {
    super(scope, id);
    this.props = props;
    const metadata = { name: props.name, namespace: props.namespace, labels: { ...props.labels } };
    const map = new ConfigMapV1(this, "outcome", {
      metadata,
      data: { error: "", attempt: "" },
      lifecycle: { ignoreChanges: ["data"] },
    });
    this.name = map.metadata.name;
    this.attempt = `${map.terraformResourceType}.${map.friendlyUniqueId}.data["attempt"]`;
    const own = { apiGroups: [""], resources: ["configmaps"], resourceNames: [props.name] };
    this.allow("", props.serviceAccount, [{ ...own, verbs: ["patch"] }]);
    if (props.reader === undefined) return;
    this.allow("reader-", props.reader, [
      { ...own, verbs: ["get", "patch"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"] },
    ]);
  }

  private allow(id: string, serviceAccount: string, rule: readonly RoleV1Rule[]): void {
    const { labels, name, namespace } = this.props;
    const metadata = { name: id === "" ? name : `${name}-reader`, namespace, labels: { ...labels } };
    const role = new RoleV1(this, `${id}role`, { metadata, rule: [...rule] });
    new RoleBindingV1(this, `${id}binding`, {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subject: [{ kind: "ServiceAccount", name: serviceAccount, namespace }],
    });
  }

  /** @returns what exists once the job has noted that it succeeded */
  after(job: ITerraformDependable): ITerraformDependable {
    return new DataKubernetesConfigMapV1(this, "read", {
      metadata: { name: this.props.name, namespace: this.props.namespace },
      lifecycle: {
        postcondition: [
          {
            condition: '${try(self.data["error"], "") == ""}',
            errorMessage: '${try(self.data["error"], "")}. Correct it and apply again.',
          },
        ],
      },
      dependsOn: [job],
    });
  }
}
