import { DataGoogleLoggingProjectSettings } from "@cdktf/provider-google/lib/data-google-logging-project-settings";
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project";
import { DataGoogleStorageProjectServiceAccount } from "@cdktf/provider-google/lib/data-google-storage-project-service-account";
import { KmsCryptoKey } from "@cdktf/provider-google/lib/kms-crypto-key";
import { KmsCryptoKeyIamMember } from "@cdktf/provider-google/lib/kms-crypto-key-iam-member";
import { KmsKeyRing } from "@cdktf/provider-google/lib/kms-key-ring";
import { DataResource, type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import {
  type EncryptionSettings,
  inLocation,
  KEY_PURPOSES,
  keyId,
  type KeyPlace,
  type KeyPurpose,
  keyRingName,
} from "../google/encryption";
import { checkKeys } from "../google/key-check";
import type { GoogleApi } from "../google/google-api";
import { KEY_USERS } from "../google/key-users";
import type { EnableApis } from "../google/google-apis";
import { listSecrets } from "../google/secret-list";
import { ServiceAgent } from "../google/service-agent";
import type { Installation } from "../installation";
import { resourcesOf } from "../terraform/dependencies";
import { Propagation } from "../terraform/propagation";
import { addressOf, forgetAddresses } from "../terraform/removed";
import { FoundKeys } from "./found-keys";

export interface EncryptionKeysProps {
  readonly installation: Installation;
  readonly encryption: EncryptionSettings;
  readonly enabled: EnableApis;
}

/** Encrypts and decrypts, and nothing else: https://cloud.google.com/kms/docs/reference/permissions-and-roles */
const ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
/** A new role may take minutes to be known everywhere: https://cloud.google.com/iam/docs/access-change-propagation */
const KNOWN_SECONDS = 120;

/**
 * Keys of your own, one for each purpose, and the right to use each for the one account of Google's that needs it.
 *
 * Everything that was encrypted with a key needs the key and that right. So nothing here deletes them: a key that is no
 * longer in the settings stays at Google with its grant, and a destroy leaves all keys. A later apply finds them by
 * their names.
 */
export class EncryptionKeys extends Construct {
  private readonly known = new Map<KeyPurpose, ITerraformDependable[]>();
  private readonly granted = new Map<string, ITerraformDependable>();
  private readonly checks: { readonly condition: string; readonly errorMessage: string }[] = [];
  private readonly rings = new Map<string, { readonly ring: KmsKeyRing; readonly found: FoundKeys }>();
  private readonly agents = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EncryptionKeysProps,
  ) {
    super(scope, id);
    const { encryption, installation } = props;
    if (encryption.keys.length > 0 && !encryption.keyRing.create) {
      const dependsOn = props.enabled("cloudkms.googleapis.com");
      checkKeys(this, { installation, encryption, purposes: KEY_PURPOSES, dependsOn });
    }
    for (const place of encryption.keys) {
      const cryptoKeyId = encryption.keyRing.create
        ? this.create(place)
        : `${keyRingName(encryption, place.location)}/cryptoKeys/${keyId(encryption, place.purpose)}`;
      if (encryption.grants ?? true) this.grant(place, cryptoKeyId);
    }
    if (this.checks.length > 0) this.checks.push(...this.keepsReplicas());
    if (this.checks.length > 0) new DataResource(this, "check", { lifecycle: { precondition: this.checks } });
    this.forgetEarlier(installation);
  }

  /** What has to exist before something is encrypted with a key. */
  ready(purpose: KeyPurpose): readonly ITerraformDependable[] {
    return this.known.get(purpose) ?? [];
  }

  private create(place: KeyPlace): string {
    const { encryption, installation } = this.props;
    const { purpose, location } = place;
    const { deletionProtection } = installation;
    const name = keyId(encryption, purpose);
    const { ring, found } = this.ringIn(location);
    const key = new KmsCryptoKey(this, inLocation(purpose, location, installation.region), {
      keyRing: ring.id,
      name,
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: encryption.rotationPeriod,
      lifecycle: { preventDestroy: deletionProtection },
    });
    // Otherwise a destroy, or a purpose that is taken out of the settings, would destroy all versions of the key.
    key.addOverride("deletion_policy", "ABANDON");
    found.takeKey(key, name, `${keyRingName(encryption, location)}/cryptoKeys/${name}`);
    return key.id;
  }

  private ringIn(location: string) {
    const { encryption, installation } = this.props;
    const known = this.rings.get(location);
    if (known) return known;
    const found = new FoundKeys(this, inLocation("found", location, installation.region), { encryption, location });
    const ring = new KmsKeyRing(this, inLocation("ring", location, installation.region), {
      project: encryption.keyRing.projectId,
      location,
      name: encryption.keyRing.name,
      lifecycle: { preventDestroy: installation.deletionProtection },
    });
    found.takeRing(ring);
    this.rings.set(location, { ring, found });
    return { ring, found };
  }

  private grant(place: KeyPlace, cryptoKeyId: string): void {
    const { encryption, installation } = this.props;
    const { purpose, location } = place;
    const id = inLocation(purpose, location, installation.region);
    const fullName = `${keyRingName(encryption, location)}/cryptoKeys/${keyId(encryption, purpose)}`;
    // Two purposes may have the same key and the same user, if the settings name the keys: one grant is enough.
    const pair = `${KEY_USERS[purpose].account} ${fullName}`;
    const same = this.granted.get(pair);
    if (same) {
      this.known.set(purpose, [...(this.known.get(purpose) ?? []), same]);
      return;
    }
    const grant = new KmsCryptoKeyIamMember(this, grantId(place, installation.region), {
      cryptoKeyId,
      role: ROLE,
      member: this.agent(purpose),
    });
    const known = new Propagation(this, `${id}-known`, {
      after: [grant],
      seconds: KNOWN_SECONDS,
      remembered: fullName,
    });
    this.granted.set(pair, known.resource);
    this.known.set(purpose, [...(this.known.get(purpose) ?? []), known.resource]);
    const was = `try(${known.remembered}, "${fullName}")`;
    this.checks.push({
      condition: `\${${was} == "${fullName}"}`,
      errorMessage:
        `The key for ${purpose} in ${location} was \${${was}} and is now ${fullName}: the apply would take the right to use the ` +
        `old one away, and what it has encrypted could not be read any more. Set kms_key_ring and kms_key_names back, or first take ` +
        `${purpose} out of customer_managed_keys for one apply, which leaves the old key with its right.`,
    });
  }

  /** A secret keeps the locations that it was created with, and there the key. */
  private keepsReplicas() {
    const { encryption, enabled, installation } = this.props;
    const { deploymentId, projectId } = installation;
    const there = encryption.keys.filter(({ purpose }) => purpose === "secrets").map(({ location }) => location);
    if (there.length === 0) return [];
    // Its names have the id in them, also those of the file server's passwords.
    const secrets = listSecrets(this, "encrypted", projectId, [deploymentId], enabled("secretmanager.googleapis.com"));
    const replicas = `try(s.replication[0].user_managed[0].replicas, [])`;
    const encrypted = `strcontains(try(r.customer_managed_encryption[0].kms_key_name, ""), "/keyRings/${encryption.keyRing.name}/")`;
    const all = `distinct(flatten([for s in ${secrets} : [for r in ${replicas} : r.location if ${encrypted}]]))`;
    const gone = `setsubtract(${all}, ${JSON.stringify(there)})`;
    return [
      {
        condition: `\${length(${gone}) == 0}`,
        errorMessage:
          `Secrets of this environment have values in \${join(", ", ${gone})}, encrypted with keys there, and ` +
          `secret_replication_locations no longer has that location: the apply would take the right to use those keys away, and ` +
          `nobody could read the values. Set secret_replication_locations back.`,
      },
    ];
  }

  /** @returns `serviceAccount:…` */
  private agent(purpose: KeyPurpose): string {
    const { api, account } = KEY_USERS[purpose];
    const known = this.agents.get(account);
    if (known !== undefined) return known;
    const dependsOn = this.props.enabled(api);
    const member = this.toldByService(purpose, dependsOn) ?? this.requestedAgent(serviceOf(api), account, dependsOn);
    this.agents.set(account, member);
    return member;
  }

  /** @returns the account, where a service makes it when it is asked for it */
  private toldByService(purpose: KeyPurpose, dependsOn: ITerraformDependable[]): string | undefined {
    const { projectId: project } = this.props.installation;
    // https://cloud.google.com/storage/docs/getting-service-agent
    if (purpose === "buckets")
      return new DataGoogleStorageProjectServiceAccount(this, "storage-agent", { project, dependsOn }).member;
    // https://cloud.google.com/logging/docs/routing/managed-encryption-storage
    if (purpose === "logs") {
      const settings = new DataGoogleLoggingProjectSettings(this, "logging-agent", { project, dependsOn });
      return `serviceAccount:${settings.kmsServiceAccountId}`;
    }
    return undefined;
  }

  private requestedAgent(service: string, account: string, dependsOn: ITerraformDependable[]): string {
    const { projectId: project } = this.props.installation;
    const { projectNumber } = this;
    return new ServiceAgent(this, `${service}-agent`, { project, projectNumber, service, account, dependsOn }).member;
  }

  private get projectNumber(): string {
    const known = this.node.tryFindChild("project");
    const { projectId } = this.props.installation;
    return (known instanceof DataGoogleProject ? known : new DataGoogleProject(this, "project", { projectId })).number;
  }

  /**
   * Keys of an earlier apply stay: what they encrypted is still there. They are forgotten together with their grants and the
   * waits after these, because Terraform cannot order what it forgets among what it destroys.
   */
  private forgetEarlier({ region }: Installation): void {
    const { earlier = [] } = this.props.encryption;
    const stack = TerraformStack.of(this);
    const all = [
      "terraform_data check",
      ...Object.values(KEY_USERS).map(({ api }) => `terraform_data ${serviceOf(api)}-agent/request`),
      ...earlier.flatMap((place) => {
        const id = inLocation(place.purpose, place.location, region);
        return [
          `google_kms_key_ring ${inLocation("ring", place.location, region)}`,
          `google_kms_crypto_key ${id}`,
          `google_kms_crypto_key_iam_member ${grantId(place, region)}`,
          `terraform_data ${id}-known/pause`,
        ];
      }),
    ];
    const kept = new Set(resourcesOf(this).map(addressOf));
    const prefix = stack.getLogicalId(this.node);
    const addresses = all.map((name) => name.replace(" ", `.${prefix}_`).replaceAll(/[-/]/g, "_"));
    forgetAddresses(
      stack,
      [...new Set(addresses)].filter((address) => !kept.has(address)),
    );
  }
}

function grantId({ purpose, location }: KeyPlace, region: string): string {
  return `${inLocation(purpose, location, region)}-agent-uses`;
}

/** `compute` of `compute.googleapis.com`. */
function serviceOf(api: GoogleApi): string {
  return api.split(".", 1)[0] ?? api;
}
