import { Construct } from "constructs";
import { DataResource, type ITerraformDependable } from "cdktf";
import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { keyName } from "../google/encryption";
import { type Installation, limitName } from "../installation";
import { pause } from "../terraform/pause";
import { projectFile } from "../terraform/project-file";
import { dataDiskName } from "../google/data-disk-name";
import { GeneratedSecret } from "../google/generated-secret";
import type { SharedServices } from "../google/shared-services";
import { literal } from "../terraform/literal";
import { DataDisk } from "./data-disk";
import { FileServerFirewall } from "./file-server-firewall";
import type { Network } from "./network";
import { rememberedInSecret, memorySecret } from "./file-server-memory";
import { RedisServers } from "./redis-servers";
import { SingleInstance } from "./single-instance";
import type { SubnetworkAccess } from "./subnetwork";

export interface FileServerProps {
  readonly installation: Installation;
  readonly settings: NonNullable<SharedServices["fileServer"]>;
  readonly network: Network;
  /** Id of the project that the network is in. */
  readonly networkProject: string;
  /** Whether the firewall is opened here. In a Shared VPC, its administrators may do that. */
  readonly createFirewall: boolean;
  readonly subnetwork: SubnetworkAccess;
  /** Range of the cluster's nodes, which mount the share and connect to Redis for masqueraded pods. */
  readonly nodeCidr: string;
  /** Range of the cluster's pods, which connect to Redis. */
  readonly podCidr: string;
  /** The way to the internet: at its first start, the VM installs packages. */
  readonly internetAccess: readonly ITerraformDependable[];
  readonly dependsOn: readonly ITerraformDependable[];
}

const TAG = "nfsserver";
const DATA_DEVICE = "data";
const HEALTH_CHECK_PORT = 8080;
const IMAGE = "debian-cloud/debian-12";

/**
 * NFS and Redis on one VM without an external address. Everything that must last is separate from it: data disk,
 * address and password. The VM itself is replaced whenever its health check fails or its template changes (machine
 * type, scripts, password, labels), which takes a minute or two without files and Redis. Redis servers of stages and
 * guests are added and removed without that.
 */
export class FileServer extends Construct {
  /** Reserved internal address. */
  readonly address: string;

  constructor(scope: Construct, id: string, props: FileServerProps) {
    super(scope, id);
    const { installation, settings } = props;
    const { projectId } = installation;
    const dependsOn = [...props.dependsOn];

    const address = new ComputeAddress(this, "address", {
      project: projectId,
      region: installation.region,
      name: settings.addressName,
      description: `NFS and Redis server ${settings.name}`,
      addressType: "INTERNAL",
      purpose: "GCE_ENDPOINT",
      subnetwork: props.subnetwork.subnetworkId,
      dependsOn,
    });
    const overlap = settings.redisPasswordOverlap;
    const key = keyName(installation.encryption, "files", installation.region);
    const files = {
      "startup-script": script("startup.sh"),
      "redis-conf": script("redis.conf"),
      "redis-servers": overlap === undefined ? script("redis_servers.py") : withOverlap(),
      "health-check": script("health.py"),
      "share-path": settings.sharePath,
      "data-disk": `/dev/disk/by-id/google-${DATA_DEVICE}`,
    };
    const memory = rememberedInSecret(this, props);
    const size = memory.size();
    const keyed = memory.vmWithKey(key, [settings.machineType, IMAGE, files]);
    const disk = new DataDisk(this, "data", {
      installation,
      name: dataDiskName(settings.name),
      zone: settings.zone,
      sizeGb: settings.diskSizeGb,
      key,
      snapshotStartTime: settings.snapshotStartTime,
      snapshotRetentionDays: settings.snapshotRetentionDays,
      preconditions: [size.neverShrinks],
      dependsOn,
    });
    const account = new ServiceAccount(this, "service-account", {
      project: projectId,
      accountId: limitName(`${settings.name}-vm`, 30),
      displayName: `NFS and Redis server ${settings.name}`,
      dependsOn,
    });
    const password = new GeneratedSecret(this, "redis-password", {
      projectId,
      placement: installation,
      secretId: memorySecret(settings),
      // After the disk: a size that could not be created is not remembered.
      labels: { ...installation.labels, ...size.labels, ...keyed.labels },
      length: 32,
      revision: settings.redisPasswordRevision,
      dependsOn: [...dependsOn, disk.resource],
    });
    // The only right of the account: it reads no other secret and nothing else in the project.
    const passwordReader = new SecretManagerSecretIamMember(this, "redis-password-reader", {
      project: projectId,
      secretId: password.secretId,
      role: "roles/secretmanager.secretAccessor",
      member: `serviceAccount:${account.email}`,
    });
    const redisServers = new RedisServers(this, "redis-servers", {
      installation,
      fileServer: settings.name,
      servers: settings.redisServers ?? [],
      overlap: overlap === undefined ? undefined : { seconds: overlap, own: password.versionName },
      account: account.email,
      dependsOn,
    });
    if (props.createFirewall)
      new FileServerFirewall(this, "firewall", {
        projectId: props.networkProject,
        name: settings.name,
        networkId: props.network.networkId,
        targetTag: TAG,
        healthCheckPort: HEALTH_CHECK_PORT,
        nodeCidr: props.nodeCidr,
        podCidr: props.podCidr,
        redisPorts: settings.redisServers?.map(({ port }) => port),
      });
    new SingleInstance(this, "instance", {
      installation,
      name: settings.name,
      zone: settings.zone,
      machineType: settings.machineType,
      image: IMAGE,
      tags: [TAG],
      serviceAccount: account.email,
      subnetworkId: props.subnetwork.subnetworkId,
      address: address.address,
      dataDisk: { name: disk.name, deviceName: DATA_DEVICE },
      bootKey: key,
      preconditions: keyed.conditions,
      healthCheckPort: HEALTH_CHECK_PORT,
      metadata: {
        ...files,
        "redis-servers-secret": `${redisServers.listId}/versions/latest`,
        "allowed-cidrs": props.nodeCidr,
        // With an overlap, a new password must not replace the VM.
        "redis-password-secret": overlap === undefined ? password.versionName : `${password.secretId}/versions/latest`,
      },
      dependsOn: [...dependsOn, ...props.internetAccess, passwordReader, ...redisServers.ready],
    });
    if (overlap !== undefined) this.waitForPasswords([password.versionName, redisServers.versions]);
    this.address = address.address;
  }

  /** Pods use new passwords as soon as they are applied, and the VM looks for them only once a minute. */
  private waitForPasswords(versions: readonly unknown[]): void {
    new DataResource(this, "passwords-known", {
      triggersReplace: versions,
      provisioners: [{ type: "local-exec", command: pause(150) }],
    });
  }
}

const GUARD = '\nif __name__ == "__main__":\n    main()\n';

/**
 * Both files as one program, because startup.sh installs one. Without an overlap it is redis_servers.py alone: other metadata would
 * replace the VM.
 */
function withOverlap(): string {
  const program = projectFile("scripts/file-server/redis_servers.py");
  if (!program.endsWith(GUARD)) throw new Error("redis_servers.py does not end as redis_passwords.py expects");
  return literal(program.slice(0, -GUARD.length) + "\n" + projectFile("scripts/file-server/redis_passwords.py"));
}

/** A file for the VM, from `scripts/file-server`. */
function script(name: string): string {
  return literal(projectFile(`scripts/file-server/${name}`));
}
