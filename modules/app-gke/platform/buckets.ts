import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import type { BucketDefinition } from "../application-config";
import { keyLocation, keyName } from "../google/encryption";
import type { Installation } from "../installation";
import { idOf, named } from "../terraform/stack";
import { bucketName } from "./mounted-buckets";

export interface BucketsProps {
  readonly installation: Installation;
  readonly definitions: readonly BucketDefinition[];
  /** Who reads and writes objects: `serviceAccount:…`. */
  readonly member: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Days until an older version of an object, replaced or deleted, is deleted permanently. */
const NONCURRENT_DAYS = 30;

/** The application's buckets: private, uniform access, versioned. */
export class Buckets extends Construct {
  /** Bucket names by suffix. */
  readonly names: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    const { installation } = props;
    const names: Record<string, string> = {};
    for (const definition of props.definitions) {
      const { nameSuffix, location = installation.region } = definition;
      const key = keyName(installation.encryption, "buckets", keyLocation(location));
      const bucket = new StorageBucket(this, idOf(nameSuffix), {
        project: installation.projectId,
        name: bucketName(installation, nameSuffix),
        location: location.toUpperCase(),
        storageClass: definition.storageClass ?? "STANDARD",
        uniformBucketLevelAccess: true,
        // For new objects: those that exist keep their key until they are written again.
        encryption: key === undefined ? undefined : { defaultKmsKeyName: key },
        publicAccessPrevention: definition.publicAccessPrevention ?? "enforced",
        versioning: { enabled: definition.versioning ?? true },
        lifecycleRule: [
          {
            action: { type: "Delete" },
            condition: { daysSinceNoncurrentTime: NONCURRENT_DAYS, withState: "ARCHIVED" },
          },
          { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
          ...(definition.lifecycleRules ?? []).map(({ action, condition }) => ({
            action,
            condition: {
              ...condition,
              matchesStorageClass: condition.matchesStorageClass && [...condition.matchesStorageClass],
            },
          })),
        ],
        // A bucket is deleted together with its objects only without deletion protection.
        forceDestroy: (definition.forceDestroy ?? true) && !installation.deletionProtection,
        cors: definition.cors?.map((rule) => ({
          origin: [...rule.origin],
          method: [...rule.method],
          responseHeader: [...rule.responseHeader],
          maxAgeSeconds: rule.maxAgeSeconds,
        })),
        dependsOn: [...props.dependsOn],
        lifecycle: { preventDestroy: installation.deletionProtection },
      });
      names[nameSuffix] = bucket.name;
      // Google's client libraries read the bucket itself first, which the roles for objects do not include.
      for (const [grant, role] of [
        ["objects", "roles/storage.objectUser"],
        ["metadata", "roles/storage.legacyBucketReader"],
      ] as const) {
        new StorageBucketIamMember(named(this, "grants"), `${nameSuffix}-${grant}`, {
          bucket: bucket.name,
          role,
          member: props.member,
        });
      }
    }
    this.names = names;
  }
}
