import { DataResource, type ITerraformDependable, type Precondition } from "cdktf";
import { Construct } from "constructs";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { keyName } from "../google/encryption";
import { restScript } from "../google/rest-script";
import { listSecrets } from "../google/secret-list";
import { secretReplication, versionDestroyTtl } from "../google/secret-replication";
import type { MemorystoreSettings } from "../google/shared-services";
import type { Installation } from "../installation";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";
import type { Network } from "./network";

export interface MemorystoreProps {
  readonly installation: Installation;
  readonly settings: MemorystoreSettings;
  readonly network: Network;
  /** What has to hold at plan time. */
  readonly precondition: readonly Precondition[];
  /** Includes the private services connection, from which it takes its address, and the right to use its key. */
  readonly dependsOn: readonly ITerraformDependable[];
  readonly secretApis: readonly ITerraformDependable[];
}

const SCRIPT = { file: "memorystore_redis.py", prefix: "MEMORYSTORE" } as const;
/** Ids of the constructs, from which addresses follow. */
const [ID, CLAIM] = ["memorystore", "claim"];

/**
 * Memorystore for Redis with a replica, a password, TLS and what a queue needs of it. A script makes it, because the
 * provider's resource writes its password into the state as soon as it has one: `resourceRedisInstanceDecoder` asks for it at
 * every read. See docs/redis.md, also for why it is not Valkey.
 * @see https://github.com/hashicorp/terraform-provider-google/blob/v7.45.0/google/services/redis/resource_redis_instance.go
 */
export class Memorystore extends Construct {
  /** What is encrypted with a key: the instance. */
  readonly encrypted: DataResource;

  constructor(scope: Construct, props: MemorystoreProps) {
    super(scope, ID);
    const { installation, settings, network } = props;
    const { projectId: project, region: location } = installation;
    const { replication, ignoreChanges } = secretReplication(installation);
    const secret = new SecretManagerSecret(this, "password", {
      project,
      secretId: settings.passwordSecret,
      replication,
      versionDestroyTtl: versionDestroyTtl(installation),
      // The script writes where the instance is.
      lifecycle: { ignoreChanges: [...ignoreChanges, "annotations"] },
      dependsOn: [...props.secretApis],
    });
    const identity = {
      project,
      location,
      name: settings.name,
      secret: settings.passwordSecret,
      release: settings.releaseSecret,
      impersonate: settings.impersonateServiceAccount ?? "",
    };
    const script = { ...SCRIPT, quotaProject: quotaProject(this) };
    // Before the instance, so that one that was made halfway is deleted as well.
    const claim = new DataResource(this, CLAIM, {
      input: identity,
      triggersReplace: { project, location, name: settings.name },
      provisioners: [restScript({ ...script, action: "delete", atDestroy: true })],
      lifecycle: {
        precondition: [...props.precondition, ...(settings.mayFollowAnother ? [] : [this.queueElsewhere(props)])],
      },
      dependsOn: [...props.dependsOn, secret],
    });
    const instance = instanceOf(props, network.networkId);
    const { passwordRevision = 1 } = settings;
    const rotation = passwordRevision > 1 ? { rotation: passwordRevision } : {};
    const versions = installation.secretVersionDays === undefined ? {} : { destroysVersions: true };
    this.encrypted = new DataResource(this, "instance", {
      input: { ...identity, instance, ...rotation, ...versions },
      triggersReplace: { name: settings.name, instance, ...rotation },
      provisioners: [restScript({ ...script, action: "ensure", token: accessToken(this, [claim]) })],
      dependsOn: [claim],
    });
  }

  /** The application says where its queue is, and a queue is not left behind. */
  private queueElsewhere({ installation, settings, secretApis }: MemorystoreProps): Precondition {
    const { projectId } = installation;
    const { releaseSecret: id } = settings;
    const list = listSecrets(this, "release", projectId, [id], secretApis);
    const places = `[for s in ${list} : lookup(s.labels, "redis", "") if s.secret_id == "${id}"]`;
    return {
      condition: `\${length([for p in ${places} : p if p != "memorystore"]) == 0}`,
      errorMessage:
        `redis_service is "memorystore", and the application has its queue on another Redis: what is queued there would be ` +
        `lost. Set redis_moves_from to where it is now ("file_server", "external" or "kubeblocks"), and the apply moves ` +
        `it; or to "nothing", and it is lost. See docs/redis.md.`,
    };
  }
}

function instanceOf({ installation, settings }: MemorystoreProps, network: string): object {
  const { region, labels } = installation;
  return {
    tier: settings.highAvailability ? "STANDARD_HA" : "BASIC",
    memorySizeGb: settings.memoryGb,
    redisVersion: settings.version,
    authorizedNetwork: network,
    connectMode: "PRIVATE_SERVICE_ACCESS",
    authEnabled: true,
    transitEncryptionMode: "SERVER_AUTHENTICATION",
    customerManagedKey: keyName(installation.encryption, "redis", region),
    labels: { ...labels },
    // A broker must not forget tasks to make room: a full server refuses writes, loudly.
    redisConfigs: { "maxmemory-policy": "noeviction" },
    // For the case that both nodes are lost; a replica takes over with what it has.
    persistenceConfig: { persistenceMode: "RDB", rdbSnapshotPeriod: "ONE_HOUR" },
    maintenancePolicy: {
      weeklyMaintenanceWindow: [{ day: "SUNDAY", startTime: { hours: settings.maintenanceStartHour ?? 4 } }],
    },
  };
}

/** Deletes what an earlier apply made where none is asked for any more. */
export function removeMemorystore(scope: Construct): void {
  takeBack(
    scope,
    [ID, CLAIM],
    restScript({ ...SCRIPT, quotaProject: quotaProject(scope), action: "delete", atDestroy: true }),
  );
}
