import type { SecretManagerSecretReplication } from "@cdktf/provider-google/lib/secret-manager-secret";

/** Secret Manager chooses the places, all over the world. */
const AUTOMATIC_REPLICATION = "automatic";

export interface SecretPlacement {
  readonly region: string;
  /** @see InstallationIdentity.secretLocations @default - the region */
  readonly secretLocations?: readonly string[];
}

/**
 * Where a secret's values are stored: in named regions, because organizations that restrict locations
 * (`constraints/gcp.resourceLocations`) refuse automatic replication
 * (https://cloud.google.com/secret-manager/docs/choosing-replication).
 *
 * It cannot be changed later: Terraform would delete the secret and create an empty one. So a secret keeps the
 * replication that it was created with.
 */
export function secretReplication({ region, secretLocations = [] }: SecretPlacement): {
  readonly replication: SecretManagerSecretReplication;
  readonly ignoreChanges: readonly ["replication"];
} {
  const locations = secretLocations.length > 0 ? secretLocations : [region];
  return {
    replication: locations.includes(AUTOMATIC_REPLICATION)
      ? { auto: {} }
      : { userManaged: { replicas: locations.map((location) => ({ location })) } },
    ignoreChanges: ["replication"],
  };
}
