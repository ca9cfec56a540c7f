import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ComputeDisk } from "@cdktf/provider-google/lib/compute-disk";
import { ComputeDiskResourcePolicyAttachment } from "@cdktf/provider-google/lib/compute-disk-resource-policy-attachment";
import { ComputeResourcePolicy } from "@cdktf/provider-google/lib/compute-resource-policy";
import { type Installation, limitName } from "../installation";

export interface DataDiskProps {
  readonly installation: Installation;
  /** 1 to 63 characters; stable, as another name is another disk. */
  readonly name: string;
  readonly zone: string;
  /** GiB. Growing happens in place, shrinking makes a new, empty disk. */
  readonly sizeGb: number;
  /** `HH:00`, UTC. */
  readonly snapshotStartTime: string;
  /** Days. */
  readonly snapshotRetentionDays: number;
  /**
   * What every plan expects of it; a disk that would be replaced is a plan that is refused.
   * @default [] - nothing
   */
  readonly preconditions?: readonly { readonly condition: string; readonly errorMessage: string }[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A disk that outlives the VMs it is attached to, with a snapshot a day. */
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
      // Google has no deletion protection for disks. Terraform's own refuses a plan that would destroy it.
      lifecycle: {
        preventDestroy: installation.deletionProtection,
        // One that came back from a snapshot, in another zone for example, is the same disk.
        ignoreChanges: ["snapshot"],
        precondition: props.preconditions?.map((condition) => ({ ...condition })),
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
          // Snapshots of a deleted disk age out like the others, instead of staying until somebody finds them.
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
