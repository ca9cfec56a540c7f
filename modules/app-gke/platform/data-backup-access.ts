import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { type Installation, limitName } from "../installation";
import { resourcesOf } from "../terraform/dependencies";
import { pause } from "../terraform/pause";
import { memberOf } from "./pod-account";

export interface DataBackupAccessProps {
  readonly installation: Installation;
  /** Name of the bucket that backups are written to. */
  readonly bucket: string;
  readonly projectNumber: string;
  readonly workloadPool: string;
  /** Where the databases run. */
  readonly namespace: string;
  /** Where KubeBlocks runs. */
  readonly operatorNamespace: string;
}

/** Folder of the bucket that KubeBlocks has for itself. */
export const DATA_BACKUPS_FOLDER = "kubeblocks";
/**
 * As whom KubeBlocks' pods copy, in each namespace.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/deploy/helm/templates/_dataprotection.tpl
 */
const WORKER = "kubeblocks-dataprotection-worker";
/**
 * The file with which it tests a repository, once, in its own namespace.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/controllers/dataprotection/backuprepo_controller.go#L839
 */
const TRIAL = "precheck.txt";
/** Time until a new role counts (https://cloud.google.com/iam/docs/access-change-propagation): KubeBlocks tries the bucket only once. */
const SETTLE_SECONDS = 120;

/**
 * What KubeBlocks' pods may do in the bucket of backups: everything in a folder of its own, which no other backup is in. In the
 * operator's own namespace, only the file with which it tests the repository.
 */
export class DataBackupAccess extends Construct {
  /** What exists once the roles count. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: DataBackupAccessProps) {
    super(scope, id);
    const { bucket, namespace, operatorNamespace } = props;
    const objects = `projects/_/buckets/${bucket}/objects/${DATA_BACKUPS_FOLDER}/`;
    // Listing is a request to the bucket, not to an object; its prefix names the folder: https://cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes.
    const listed = `api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("${DATA_BACKUPS_FOLDER}/")`;
    const grants = [
      this.grant("worker", props, namespace, `resource.name.startsWith("${objects}") || ${listed}`),
      this.grant("trial", props, operatorNamespace, `resource.name == "${objects}${TRIAL}"`),
    ];
    const counted = new DataResource(this, "counted", {
      input: { bucket, namespace, operatorNamespace },
      triggersReplace: { bucket, namespace, operatorNamespace },
      provisioners: [{ type: "local-exec", command: pause(SETTLE_SECONDS) }],
      dependsOn: [...resourcesOf(...grants)],
    });
    this.ready = [counted];
  }

  private grant(
    what: string,
    { bucket, installation, ...pool }: DataBackupAccessProps,
    namespace: string,
    expression: string,
  ): StorageBucketIamMember {
    return new StorageBucketIamMember(this, what, {
      bucket,
      role: "roles/storage.objectUser",
      member: memberOf({ ...pool, namespace, account: WORKER }),
      condition: {
        title: limitName(`${installation.resourcePrefix}-${DATA_BACKUPS_FOLDER}-${what}`, 100),
        description: "KubeBlocks' own backups only",
        expression,
      },
    });
  }
}
