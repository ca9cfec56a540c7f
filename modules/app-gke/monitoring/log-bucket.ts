import { LoggingLogView } from "@cdktf/provider-google/lib/logging-log-view";
import { LoggingLogViewIamMember } from "@cdktf/provider-google/lib/logging-log-view-iam-member";
import { LoggingProjectBucketConfig } from "@cdktf/provider-google/lib/logging-project-bucket-config";
import { LoggingProjectSink } from "@cdktf/provider-google/lib/logging-project-sink";
import { Id } from "@cdktf/provider-random/lib/id";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { hash, type Installation, prefixedName } from "../installation";

export interface LogBucketProps {
  readonly installation: Installation;
  /** 1 to 3650. */
  readonly retentionDays: number;
  /** Who may read it and nothing else: `group:ai@example.com`. */
  readonly viewers: readonly string[];
  /** Which entries of the project it gets. */
  readonly filter: string;
  /** Which of them it does not get after all. @default - all are kept */
  readonly leftOut?: string;
}

/** The longest name of a bucket, less a hyphen and the suffix. */
const NAME_LIMIT = 100 - 9;

/**
 * An environment's own log bucket, in its region, with a view for who may read it. A view's filter knows no namespaces, so a
 * view of the project's bucket could not be one of an environment (https://cloud.google.com/logging/docs/logs-views).
 */
export class LogBucket extends Construct {
  /** Name of the view: `projects/…/views/…`. */
  readonly view: string;
  readonly sink: LoggingProjectSink;

  constructor(scope: Construct, id: string, props: LogBucketProps) {
    super(scope, id);
    const { installation, filter, leftOut } = props;
    const { projectId, region, resourcePrefix } = installation;
    const stack = TerraformStack.of(this);
    if (!RandomProvider.isConstruct(stack.node.tryFindChild("random"))) new RandomProvider(stack, "random");
    // A deleted bucket keeps its name for a week, and with it its entries, in case it was a mistake.
    const suffix = new Id(this, "suffix", { byteLength: 4 });
    const bucket = new LoggingProjectBucketConfig(this, "bucket", {
      project: projectId,
      location: region,
      bucketId: `${prefixedName(installation, "", NAME_LIMIT)}-${suffix.hex}`,
      description: `What pods of ${resourcePrefix} log`,
      retentionDays: props.retentionDays,
      // An import reads `projects/<id>`, with which none is created; compared, an imported bucket would be replaced:
      // https://github.com/hashicorp/terraform-provider-google/blob/v7.45.0/google/services/logging/resource_logging_project_bucket_config.go
      lifecycle: { ignoreChanges: ["project"] },
    });
    this.sink = new LoggingProjectSink(this, "sink", {
      project: projectId,
      name: prefixedName(installation, "pods"),
      description: `What pods of ${resourcePrefix} log`,
      // A bucket of the same project needs no grant: https://cloud.google.com/logging/docs/export/configure_export_v2
      destination: `logging.googleapis.com/${bucket.id}`,
      filter,
      exclusions: leftOut === undefined ? undefined : [{ name: "health-checks", filter: leftOut }],
    });
    const view = new LoggingLogView(this, "view", {
      name: "environment",
      bucket: bucket.id,
      description: `All that pods of ${resourcePrefix} log`,
    });
    this.view = view.id;
    for (const member of props.viewers) {
      new LoggingLogViewIamMember(this, `viewer-${hash(member).slice(0, 8)}`, {
        parent: `projects/${projectId}`,
        location: region,
        bucket: bucket.bucketId,
        name: view.name,
        role: "roles/logging.viewAccessor",
        member,
      });
    }
  }
}
