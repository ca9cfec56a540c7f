import type { Construct } from "constructs";
import { DataGoogleStorageBucket } from "@cdktf/provider-google/lib/data-google-storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import type { ObjectAccess } from "../component";
import { named } from "../terraform/stack";

/** Lets somebody use one object of a bucket of others. */
export function grantObject(
  scope: Construct,
  { id, bucket, object, role, member }: ObjectAccess & { readonly member: string },
): void {
  const found = new DataGoogleStorageBucket(named(scope, "buckets"), id, {
    name: bucket,
    lifecycle: { postcondition: [uniform(bucket, object)] },
  });
  // A string of CEL, which knows the same escapes as JSON.
  const name = JSON.stringify(`projects/_/buckets/${bucket}/objects/${object}`);
  new StorageBucketIamMember(named(scope, "objects"), id, {
    bucket: found.name,
    role,
    member,
    condition: {
      title: "one object",
      description: "The backup that is imported",
      expression: `resource.name == ${name}`,
    },
  });
}

/** @see https://cloud.google.com/storage/docs/access-control/iam#conditions */
function uniform(bucket: string, object: string): { readonly condition: string; readonly errorMessage: string } {
  return {
    condition: "${self.uniform_bucket_level_access}",
    errorMessage:
      `Bucket ${bucket} has access control by object: no account can be allowed to read gs://${bucket}/${object} and nothing else. ` +
      `Switch it to uniform access (gcloud storage buckets update gs://${bucket} --uniform-bucket-level-access), or copy the object to a bucket that has it.`,
  };
}
