import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeDisk } from "@cdktf/provider-google/lib/compute-disk";
import { ComputeDiskResourcePolicyAttachment } from "@cdktf/provider-google/lib/compute-disk-resource-policy-attachment";
import { ComputeResourcePolicy } from "@cdktf/provider-google/lib/compute-resource-policy";
import { KEYS_LATER, keptKey } from "../google/kept-key";
import { type Installation, limitName } from "../installation";

export interface DataDiskProps {
  readonly installation: Installation;
  /** 1 to 63 characters. Must stay the same: another name is another disk. */
  readonly name: string;
  readonly zone: string;
  /** GiB. It can grow in place; a smaller size creates a new, empty disk. */
  readonly sizeGb: number;
  /** `projects/…/cryptoKeys/…`, for a new disk and its snapshots. @default - Google's own key */
  readonly key?: string;
  /** `HH:00`, UTC. */
  readonly snapshotStartTime: string;
  /** Days. */
  readonly snapshotRetentionDays: number;
  /** Conditions for every plan; a plan that would replace the disk is refused. @default [] - none */
  readonly preconditions?: readonly { readonly condition: string; readonly errorMessage: string }[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A disk that outlives the VMs it is attached to, with a daily snapshot. */
export class DataDisk extends Construct {
  readonly name: string;
  readonly resource: ComputeDisk;

  constructor(scope: Construct, id: string, props: DataDiskProps) {
    super(scope, id);
    const { installation } = props;
    const disk = new ComputeDisk(this, "disk", {
      project: installation.projectId,
      zone: props.zone,
      name: props.name,
      description: "Shared files and Redis data",
      type: "pd-balanced",
      size: props.sizeGb,
      diskEncryptionKey: props.key === undefined ? undefined : { kmsKeySelfLink: props.key },
      // Google has no deletion protection for disks; Terraform's own refuses a plan that would destroy this one.
      lifecycle: {
        preventDestroy: installation.deletionProtection,
        // A disk that was restored from a snapshot, for example in another zone, is still the same disk. Another key would
        // make a new and empty one.
        ignoreChanges: ["snapshot", "disk_encryption_key"],
        precondition: props.preconditions?.map((condition) => ({ ...condition })),
        // https://cloud.google.com/compute/docs/disks/customer-managed-encryption
        postcondition: keptKey({
          purpose: "files",
          what: `Disk ${props.name}`,
          has: "self.disk_encryption_key[0].kms_key_self_link",
          wanted: props.key,
          way: `To copy it to a disk with the key: ${KEYS_LATER}`,
        }),
      },
      dependsOn: [...props.dependsOn],
    });
    const schedule = new ComputeResourcePolicy(this, "snapshot-schedule", {
      project: installation.projectId,
      region: installation.region,
      name: limitName(`${props.name}-daily`, 63),
      snapshotSchedulePolicy: {
        schedule: { dailySchedule: { daysInCycle: 1, startTime: props.snapshotStartTime } },
        retentionPolicy: {
          maxRetentionDays: props.snapshotRetentionDays,
          // Snapshots of a deleted disk expire like the others; otherwise they stay until somebody finds them.
          onSourceDiskDelete: "APPLY_RETENTION_POLICY",
        },
        snapshotProperties: { labels: { ...installation.labels }, storageLocations: [installation.region] },
      },
      dependsOn: [...props.dependsOn],
    });
    new ComputeDiskResourcePolicyAttachment(this, "snapshots", {
      project: installation.projectId,
      zone: props.zone,
      disk: disk.name,
      name: schedule.name,
    });
    this.name = disk.name;
    this.resource = disk;
  }
}
