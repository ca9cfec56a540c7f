import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DataGoogleStorageBucket } from "@cdktf/provider-google/lib/data-google-storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import type { ApplicationConfig } from "../application-config";
import { hash, type Installation } from "../installation";
import { mountsByAccount, suffixOf } from "./mounted-buckets";

export interface BucketAccessProps {
  readonly installation: Installation;
  readonly application: ApplicationConfig;
  readonly projectNumber: string;
  readonly workloadPool: string;
  readonly namespace: string;
  /** Name of the Kubernetes service account that a task has for itself. */
  readonly accountOf: (task: string) => string;
  /** The installation's identity: `serviceAccount:…`. It has its rights on the application's own buckets already. */
  readonly identity: string;
  /** Full names of the application's own buckets by suffix, known once they are made. */
  readonly names: Readonly<Record<string, string>>;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * What pods may do in the buckets that they mount: read objects, or also write them, in each bucket and for each account
 * alone. A bucket that exists is looked up, so that a plan fails for one that does not.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-setup#authentication
 */
export class BucketAccess extends Construct {
  constructor(scope: Construct, id: string, props: BucketAccessProps) {
    super(scope, id);
    const { installation, application } = props;
    const found = new Map<string, string>();
    const existing = (name: string): string => {
      const known =
        found.get(name) ??
        new DataGoogleStorageBucket(this, `existing-${idOfBucket(name)}`, {
          name,
          // Only so that the provider does not ask Compute Engine for the bucket's project.
          project: installation.projectId,
          dependsOn: [...props.dependsOn],
        }).name;
      found.set(name, known);
      return known;
    };
    for (const [account, mounts] of mountsByAccount(application)) {
      const buckets = mounts.map((mount) => ({
        ...mount,
        suffix: suffixOf(mount.bucket, installation, application.buckets),
      }));
      for (const given of new Set(buckets.map(({ bucket, suffix }) => suffix ?? bucket))) {
        const own = buckets.filter(({ bucket, suffix }) => (suffix ?? bucket) === given);
        const made = own.some(({ suffix }) => suffix !== undefined);
        if (made && account === "") continue;
        const of = account === "" ? "identity" : `of-${account}`;
        // The address has the bucket's name, not the volume's: if it changed, deleting the earlier one would take the same role
        // away again.
        new StorageBucketIamMember(this, `${of}-${idOfBucket(given)}`, {
          bucket: made ? (props.names[given] ?? given) : existing(given),
          role: own.every(({ readOnly }) => readOnly === true)
            ? "roles/storage.objectViewer"
            : "roles/storage.objectUser",
          member: account === "" ? props.identity : this.principal(account, props),
          // Pods can go on reading while their role is replaced.
          lifecycle: { createBeforeDestroy: true },
        });
      }
    }
  }

  private principal(task: string, { accountOf, namespace, projectNumber, workloadPool }: BucketAccessProps): string {
    const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${workloadPool}`;
    return `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${accountOf(task)}`;
  }
}

/** Names of buckets have dots and underscores as well, which addresses do not tell from hyphens. */
function idOfBucket(name: string): string {
  return /^[a-z0-9-]+$/.test(name) ? name : `${name.replaceAll(/[^a-z0-9]+/g, "-")}-${hash(name).slice(0, 6)}`;
}
