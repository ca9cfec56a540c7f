import { LoggingLogView } from "@cdktf/provider-google/lib/logging-log-view";
import { LoggingLogViewIamMember } from "@cdktf/provider-google/lib/logging-log-view-iam-member";
import { LoggingProjectBucketConfig } from "@cdktf/provider-google/lib/logging-project-bucket-config";
import { LoggingProjectSink } from "@cdktf/provider-google/lib/logging-project-sink";
import { Id } from "@cdktf/provider-random/lib/id";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { keyName } from "../google/encryption";
import { KEYS_LATER, keptKey } from "../google/kept-key";
import { hash, type Installation, prefixedName } from "../installation";

export interface LogBucketProps {
  readonly installation: Installation;
  /** 1 to 3650. */
  readonly retentionDays: number;
  /** Who may read this bucket and no other: `group:ai@example.com`. */
  readonly viewers: readonly string[];
  /** Filter for the entries of the project that it gets. */
  readonly filter: string;
  /** Filter for entries that are left out nevertheless. @default - all are kept */
  readonly leftOut?: string;
  /** Filter for the entries that the view shows. @default - all */
  readonly seen?: string;
}

/** The longest name of a bucket, less a hyphen and the suffix. */
const NAME_LIMIT = 100 - 9;

/**
 * An environment's own log bucket, in its region, with a view for those who may read it. A view cannot filter by namespace, so a
 * view of the project's bucket cannot show one environment alone (https://cloud.google.com/logging/docs/logs-views).
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
    const key = keyName(installation.encryption, "logs", region);
    const bucket = new LoggingProjectBucketConfig(this, "bucket", {
      project: projectId,
      location: region,
      bucketId: `${prefixedName(installation, "", NAME_LIMIT)}-${suffix.hex}`,
      description: `What ${resourcePrefix} logs`,
      retentionDays: props.retentionDays,
      cmekSettings: key === undefined ? undefined : { kmsKeyName: key },
      // An import sets `project` to `projects/<id>`, which a creation refuses: if it were compared, an imported bucket would be replaced.
      // https://github.com/hashicorp/terraform-provider-google/blob/v7.45.0/google/services/logging/resource_logging_project_bucket_config.go
      lifecycle: {
        // Google refuses another key for a bucket that exists.
        ignoreChanges: ["project", "cmek_settings"],
        // https://cloud.google.com/logging/docs/routing/managed-encryption-storage
        postcondition: keptKey({
          purpose: "logs",
          what: "The environment's log bucket",
          has: "self.cmek_settings[0].kms_key_name",
          wanted: key,
          way: `To begin a bucket with the key: ${KEYS_LATER}`,
        }),
      },
    });
    this.sink = new LoggingProjectSink(this, "sink", {
      project: projectId,
      name: prefixedName(installation, "pods"),
      description: `What ${resourcePrefix} logs`,
      // A bucket of the same project needs no grant: https://cloud.google.com/logging/docs/export/configure_export_v2
      destination: `logging.googleapis.com/${bucket.id}`,
      filter,
      exclusions: leftOut === undefined ? undefined : [{ name: "health-checks", filter: leftOut }],
    });
    const view = new LoggingLogView(this, "view", {
      name: "environment",
      bucket: bucket.id,
      description: `What ${resourcePrefix} logs`,
      filter: props.seen,
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
