import { Construct } from "constructs";
import type { ITerraformDependable, Precondition } from "cdktf";
import { ComputeHealthCheck } from "@cdktf/provider-google/lib/compute-health-check";
import { ComputeInstanceGroupManager } from "@cdktf/provider-google/lib/compute-instance-group-manager";
import { ComputeInstanceTemplate } from "@cdktf/provider-google/lib/compute-instance-template";
import { type Installation, limitName } from "../installation";

export interface SingleInstanceProps {
  readonly installation: Installation;
  readonly name: string;
  readonly zone: string;
  readonly machineType: string;
  /** `<project>/<family>`: every new VM starts from the newest image of the family. */
  readonly image: string;
  readonly tags: readonly string[];
  /** E-mail address of the VM's service account. */
  readonly serviceAccount: string;
  readonly subnetworkId: string;
  /** Reserved internal address. */
  readonly address: string;
  /** The disk, which one VM after the other gets; in the VM it is `/dev/disk/by-id/google-<device name>`. */
  readonly dataDisk: { readonly name: string; readonly deviceName: string };
  /** `projects/…/cryptoKeys/…`, for the boot disk. @default - Google's own key */
  readonly bootKey?: string;
  /** What has to hold at plan time. */
  readonly preconditions: readonly Precondition[];
  /** Port that answers HTTP requests for `/` with 200 as long as all is well. */
  readonly healthCheckPort: number;
  /** Metadata of the VM, including `startup-script`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * One VM that is replaced automatically when it fails: a managed instance group of size one.
 *
 * The disk is named in the template and is stateful in the group, so it is never deleted with a VM. The address is
 * named in the template too, which Google allows for a group of one, and is reserved separately, so nobody else gets it
 * between two VMs. It is not stateful in the group: the group would keep the first VM's address even if a changed
 * template names another. A per-instance configuration, Google's way for larger groups, adds a second VM to a group
 * that already has one (hashicorp/terraform-provider-google#15911).
 */
export class SingleInstance extends Construct {
  constructor(scope: Construct, id: string, props: SingleInstanceProps) {
    super(scope, id);
    const { installation, name, zone } = props;
    const { projectId } = installation;

    const template = new ComputeInstanceTemplate(this, "template", {
      project: projectId,
      // A template cannot be changed: a new one is created, the group moves to it, and then the old one is deleted.
      namePrefix: `${limitName(name, 36)}-`,
      description: `VMs of ${name}`,
      region: installation.region,
      machineType: props.machineType,
      tags: [...props.tags],
      metadata: {
        "enable-oslogin": "TRUE",
        "block-project-ssh-keys": "TRUE",
        "serial-port-enable": "FALSE",
        // Logs of the VM's start are kept in Cloud Logging after it is gone:
        // https://cloud.google.com/compute/docs/troubleshooting/viewing-serial-port-output.
        "serial-port-logging-enable": "TRUE",
        ...props.metadata,
      },
      disk: [
        {
          boot: true,
          deviceName: "boot",
          sourceImage: props.image,
          diskType: "pd-balanced",
          diskSizeGb: 20,
          autoDelete: true,
          diskEncryptionKey: props.bootKey === undefined ? undefined : { kmsKeySelfLink: props.bootKey },
        },
        { boot: false, deviceName: props.dataDisk.deviceName, source: props.dataDisk.name, autoDelete: false },
      ],
      // Without `accessConfig` it has no external address.
      networkInterface: [{ subnetwork: props.subnetworkId, networkIp: props.address }],
      serviceAccount: { email: props.serviceAccount, scopes: ["cloud-platform"] },
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
      scheduling: { automaticRestart: true, onHostMaintenance: "MIGRATE" },
      // A VM keeps its boot disk's key until another change replaces it. Otherwise it would be replaced together with the
      // forgetting of the key, for which Terraform finds no order.
      lifecycle: {
        createBeforeDestroy: true,
        ignoreChanges: ["disk[0].disk_encryption_key"],
        precondition: props.preconditions.length > 0 ? [...props.preconditions] : undefined,
      },
      dependsOn: [...props.dependsOn],
    });
    // A minute without an answer, so that a busy VM does not count as failed.
    const healthCheck = new ComputeHealthCheck(this, "health-check", {
      project: projectId,
      name: limitName(`${name}-health`, 63),
      checkIntervalSec: 15,
      timeoutSec: 10,
      healthyThreshold: 1,
      unhealthyThreshold: 4,
      httpHealthCheck: { port: props.healthCheckPort, requestPath: "/" },
      dependsOn: [...props.dependsOn],
    });
    new ComputeInstanceGroupManager(this, "group", {
      project: projectId,
      zone,
      name,
      description: "One VM, replaced by itself when it fails its health check",
      baseInstanceName: limitName(name, 58),
      targetSize: 1,
      version: [{ name: "primary", instanceTemplate: template.selfLink }],
      statefulDisk: [{ deviceName: props.dataDisk.deviceName, deleteRule: "NEVER" }],
      autoHealingPolicies: {
        healthCheck: healthCheck.id,
        // Seconds for the first start: packages are installed, and the disk may need a file system check.
        initialDelaySec: 300,
      },
      updatePolicy: {
        type: "PROACTIVE",
        minimalAction: "REPLACE",
        // The old VM has to release disk and address before the new one can have them.
        replacementMethod: "RECREATE",
        maxSurgeFixed: 0,
        maxUnavailableFixed: 1,
      },
      // The apply waits until the VM answers its health check, or reports that it does not.
      waitForInstances: true,
      waitForInstancesStatus: "STABLE",
      timeouts: { create: "20m", update: "20m", delete: "20m" },
    });
  }
}
