import { Construct, type IDependable } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { SecretManagerSecretVersion } from "@cdktf/provider-google/lib/secret-manager-secret-version";
import { type SecretPlacement, secretReplication, versionDestroyTtl } from "./secret-replication";
import { EphemeralResource } from "../terraform/ephemeral";

/** Reminders by Pub/Sub that a secret is due for rotation; nothing rotates automatically. */
export interface RotationReminder {
  /** `2592000s`: at least an hour. */
  readonly period: string;
  /** Pub/Sub topic, `projects/…/topics/…`, that Secret Manager's service agent may publish to. */
  readonly topicId: string;
  /** The permission to publish; Secret Manager checks it when the secret is created. */
  readonly publisher: ITerraformDependable;
}

export interface StoredSecretProps {
  readonly projectId: string;
  readonly placement: SecretPlacement;
  /** Name in Secret Manager. */
  readonly secretId: string;
  /** Labels in addition to the provider's default ones. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Raise it to write a new version. @default 1 */
  readonly revision?: number;
  /** Whether others add versions and disable this one. @default false */
  readonly othersAddVersions?: boolean;
  /** @default - no reminder */
  readonly rotation?: RotationReminder;
  /** @default [] */
  readonly dependsOn?: readonly ITerraformDependable[];
}

export interface GeneratedSecretProps extends StoredSecretProps {
  /** Number of characters; letters and digits only. */
  readonly length: number;
}

/**
 * A Secret Manager secret whose value Terraform hands over once, through a write-only argument: neither state nor plan
 * ever contains it. Whatever needs the value reads it back from Secret Manager (`SecretValue`), so an apply that failed
 * between any two steps continues with the same value.
 */
export class StoredSecret extends Construct {
  readonly secret: SecretManagerSecret;
  /** `projects/<project>/secrets/<id>`. */
  readonly secretId: string;
  /** Number of the version that holds the value; changes with `revision`. */
  readonly version: string;
  /** `projects/<number>/secrets/<id>/versions/<version>`. */
  readonly versionName: string;
  readonly versionResource: SecretManagerSecretVersion;

  constructor(scope: Construct, id: string, props: StoredSecretProps & { readonly value: string }) {
    super(scope, id);
    const { replication, ignoreChanges } = secretReplication(props.placement);
    this.secret = new SecretManagerSecret(this, "secret", {
      project: props.projectId,
      secretId: props.secretId,
      replication,
      versionDestroyTtl: versionDestroyTtl(props.placement),
      labels: props.labels && { ...props.labels },
      dependsOn: [...(props.dependsOn ?? []), ...(props.rotation ? [props.rotation.publisher] : [])],
      ...(props.rotation && {
        topics: [{ name: props.rotation.topicId }],
        rotation: {
          rotationPeriod: props.rotation.period,
          nextRotationTime: `\${timeadd(plantimestamp(), "${props.rotation.period}")}`,
        },
      }),
      lifecycle: {
        // Secret Manager moves the date on automatically, and every plan would show a difference.
        ignoreChanges: [...ignoreChanges, ...(props.rotation ? ["rotation[0].next_rotation_time"] : [])],
      },
    });
    this.versionResource = new SecretManagerSecretVersion(this, "version", {
      secret: this.secret.id,
      secretDataWo: props.value,
      secretDataWoVersion: props.revision ?? 1,
      // A replaced version is kept but disabled: it can be enabled again to read what it encrypted. With `secretVersionDays`,
      // destroying it also only disables it until these days are over.
      deletionPolicy: props.placement.secretVersionDays === undefined ? "DISABLE" : "DELETE",
      lifecycle: { createBeforeDestroy: true, ...(props.othersAddVersions && { ignoreChanges: ["enabled"] }) },
    });
    this.secretId = this.secret.id;
    this.version = this.versionResource.version;
    this.versionName = this.versionResource.name;
  }
}

/** A secret that nobody chooses: generated at the first apply, and the same from then on. */
export class GeneratedSecret extends StoredSecret {
  constructor(scope: Construct, id: string, props: GeneratedSecretProps) {
    const password = new EphemeralResource(scope, `${id}-value`, {
      type: "random_password",
      config: { length: props.length, special: false },
    });
    super(scope, id, { ...props, value: password.ref("result") });
  }
}

/** The value of a secret version, read from Secret Manager during the run, for write-only arguments. */
export class SecretValue extends Construct {
  /** Terraform expression, ephemeral. */
  readonly value: string;

  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly projectId: string;
      /** Name or `projects/…/secrets/…`. */
      readonly secretId: string;
      /** A number, or `latest`. */
      readonly version: string;
      /** @default [] */
      readonly dependsOn?: readonly IDependable[];
    },
  ) {
    super(scope, id);
    const read = new EphemeralResource(this, "read", {
      type: "google_secret_manager_secret_version",
      config: { project: props.projectId, secret: props.secretId, version: props.version },
      dependsOn: props.dependsOn,
    });
    this.value = read.ref("secret_data");
  }
}
