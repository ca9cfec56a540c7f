import type { SecretManagerSecretReplication } from "@cdktf/provider-google/lib/secret-manager-secret";
import { type EncryptionSettings, keyName } from "./encryption";

/** Lets Secret Manager choose the locations, all over the world. */
const AUTOMATIC_REPLICATION = "automatic";

export interface SecretPlacement {
  readonly region: string;
  /** @see InstallationIdentity.secretLocations @default - the region */
  readonly secretLocations?: readonly string[];
  /** @see InstallationIdentity.secretVersionDays @default - they stay, disabled */
  readonly secretVersionDays?: number;
  /** @see InstallationIdentity.encryption @default - Google's own keys */
  readonly encryption?: EncryptionSettings;
}

/** @returns how long a secret's version stays disabled before it is destroyed, counted from the request to destroy it */
export function versionDestroyTtl({ secretVersionDays: days }: SecretPlacement): string | undefined {
  return days === undefined ? undefined : `${days * 24 * 60 * 60}s`;
}

/** @returns where a secret's values are stored, as Cloud KMS names it */
export function secretPlaces({ region, secretLocations = [] }: SecretPlacement): readonly string[] {
  if (secretLocations.includes(AUTOMATIC_REPLICATION)) return ["global"];
  return secretLocations.length > 0 ? secretLocations : [region];
}

/**
 * Where a secret's values are stored: in named regions, because organizations that restrict locations
 * (`constraints/gcp.resourceLocations`) refuse automatic replication
 * (https://cloud.google.com/secret-manager/docs/choosing-replication).
 *
 * It cannot be changed later: Terraform would delete the secret and create an empty one. So a secret keeps the
 * replication that it was created with.
 */
export function secretReplication(placement: SecretPlacement): {
  readonly replication: SecretManagerSecretReplication;
  readonly ignoreChanges: readonly ["replication"];
} {
  const places = secretPlaces(placement);
  const encrypted = (location: string) => {
    const kmsKeyName = keyName(placement.encryption, "secrets", location);
    return kmsKeyName === undefined ? {} : { customerManagedEncryption: { kmsKeyName } };
  };
  return {
    replication: places.includes("global")
      ? { auto: encrypted("global") }
      : { userManaged: { replicas: places.map((location) => ({ location, ...encrypted(location) })) } },
    ignoreChanges: ["replication"],
  };
}
