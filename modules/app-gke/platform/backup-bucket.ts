import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import type { BackupBucketDefinition } from "../application-config";
import { keyLocation, keyName } from "../google/encryption";
import type { Installation } from "../installation";
import { bucketName } from "./mounted-buckets";

export interface BackupBucketProps {
  readonly installation: Installation;
  readonly definition: BackupBucketDefinition;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Suffix of its name, and its name among the bindings' buckets. */
export const BACKUPS = "backups";
const DAY = 24 * 3600;
/** Days for which a deleted backup can still be restored. */
const GRACE_DAYS = 7;

/**
 * The bucket that backups are written to. It is not one of the application's own buckets, in which its pods may write and
 * delete. With a lock, nobody can delete a backup before its time. Without one, a deleted backup stays for a while as an older
 * version. Cloud Storage has either the one or the other (https://cloud.google.com/storage/docs/bucket-lock#other-features).
 */
export class BackupBucket extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { installation, definition, dependsOn }: BackupBucketProps) {
    super(scope, id);
    const { location = installation.region, locked = false, retentionDays } = definition;
    const key = keyName(installation.encryption, "buckets", keyLocation(location));
    this.name = new StorageBucket(this, "bucket", {
      project: installation.projectId,
      name: bucketName(installation, BACKUPS),
      location: location.toUpperCase(),
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      encryption: key === undefined ? undefined : { defaultKmsKeyName: key },
      publicAccessPrevention: "enforced",
      versioning: { enabled: !locked },
      retentionPolicy: locked ? { isLocked: true, retentionPeriod: retentionDays * DAY } : undefined,
      lifecycleRule: [
        { action: { type: "Delete" }, condition: { age: retentionDays, withState: "LIVE" } },
        ...(locked
          ? []
          : [
              {
                action: { type: "Delete" },
                condition: { daysSinceNoncurrentTime: GRACE_DAYS, withState: "ARCHIVED" },
              },
            ]),
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
      // A destroy stops here while there is a backup: it may be all that is left.
      forceDestroy: false,
      dependsOn: [...dependsOn],
      lifecycle: { preventDestroy: installation.deletionProtection },
    }).name;
  }
}
